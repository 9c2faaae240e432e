internal import AllegroModels
internal import FoundationEssentials

extension SubmitResult {
    /// - Throws: ``WireError`` when neither answer is set or its fields are of another size.
    init(_ message: PBSubmitFastPayResponse) throws(WireError) {
        switch message.result {
        case .cert(let certificate):
            self = .certified(try within("cert", certificate, Certificate.init(_:)))
        case .reject(let reason):
            self = .rejected(try within("reject", reason, RejectReason.init(_:)))
        case nil: throw WireError("result", .missing)
        }
    }
}

extension PBSubmitFastPayResponse {
    init(_ result: SubmitResult) {
        switch result {
        case .certified(let certificate): cert = PBValidatorCertificate(certificate)
        case .rejected(let reason): reject = PBRejectReason(reason)
        }
    }
}

extension SubmitEvent {
    /// - Throws: ``WireError`` when no event is set or its fields are of another size.
    init(_ message: PBSubmitFastPayEvent) throws(WireError) {
        switch message.event {
        case .cert(let certificate):
            self = .certified(try within("cert", certificate, Certificate.init(_:)))
        case .reject(let reason):
            self = .rejected(try within("reject", reason, RejectReason.init(_:)))
        case .lifecycle(let update):
            self = .lifecycle(try within("lifecycle", update, LifecycleUpdate.init(_:)))
        case nil: throw WireError("event", .missing)
        }
    }
}

extension PBSubmitFastPayEvent {
    init(_ event: SubmitEvent) {
        switch event {
        case .certified(let certificate): cert = PBValidatorCertificate(certificate)
        case .rejected(let reason): reject = PBRejectReason(reason)
        case .lifecycle(let update): lifecycle = PBTxLifecycleUpdate(update)
        }
    }
}

extension LifecycleUpdate {
    /// - Throws: ``WireError`` for a hash of another size and a stage that is not known.
    init(_ message: PBTxLifecycleUpdate) throws(WireError) {
        self.init(
            txHash: try parse(message.txHash, "tx_hash"), stage: try parse(message.stage),
            unixMillis: message.unixMillis, blockHeight: message.blockHeight)
    }
}

extension PBTxLifecycleUpdate {
    init(_ update: LifecycleUpdate) {
        txHash = Data(update.txHash)
        stage = Stage(update.stage)
        unixMillis = update.unixMillis
        blockHeight = update.blockHeight
    }
}

extension PaymentStage {
    /// Nil where the stage is left out.
    ///
    /// - Throws: ``WireError`` for a number that is not known.
    init?(_ stage: PBTxLifecycleUpdate.Stage) throws(WireError) {
        switch stage {
        case .unspecified: return nil
        case .accepted: self = .accepted
        case .certified: self = .certified
        case .queuedOnchain: self = .queuedOnchain
        case .included: self = .included
        case .finalized: self = .finalized
        case .UNRECOGNIZED(let number): throw WireError("stage", .unknownValue(number))
        }
    }
}

/// Gives a stage that must be set its meaning.
func parse(_ stage: PBTxLifecycleUpdate.Stage) throws(WireError) -> PaymentStage {
    guard let stage = try PaymentStage(stage) else { throw WireError("stage", .missing) }
    return stage
}

extension PBTxLifecycleUpdate.Stage {
    /// Nil leaves the stage out.
    init(_ stage: PaymentStage?) {
        switch stage {
        case nil: self = .unspecified
        case .accepted: self = .accepted
        case .certified: self = .certified
        case .queuedOnchain: self = .queuedOnchain
        case .included: self = .included
        case .finalized: self = .finalized
        }
    }
}
