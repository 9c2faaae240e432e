internal import AllegroModels
internal import FoundationEssentials

extension ConfirmMessage {
    init(_ message: PBConfirmFastPayRequest) {
        do {
            self = .wellFormed(
                try required("qc", isSet: message.hasQc, message.qc, QuorumCertificate.init(_:)))
        } catch {
            self = .malformed(RejectReason(.invalidFormat, error.description))
        }
    }
}

extension PBConfirmFastPayRequest {
    /// - Throws: ``WireError`` for a message that was received malformed.
    init(_ message: ConfirmMessage) throws(WireError) {
        switch message {
        case .wellFormed(let certificate): qc = PBQuorumCertificate(certificate)
        case .malformed(let reason): throw WireError("qc", .malformed(reason.message))
        }
    }
}

extension ConfirmResult {
    /// - Throws: ``WireError`` when neither answer is set or its fields are of another size.
    init(_ message: PBConfirmFastPayResponse) throws(WireError) {
        switch message.result {
        case .confirmed(let payment):
            self = .confirmed(try within("confirmed", payment, ConfirmedPayment.init(_:)))
        case .reject(let reason):
            self = .rejected(try within("reject", reason, RejectReason.init(_:)))
        case nil: throw WireError("result", .missing)
        }
    }
}

extension PBConfirmFastPayResponse {
    init(_ result: ConfirmResult) {
        switch result {
        case .confirmed(let payment): confirmed = PBConfirmedPayment(payment)
        case .rejected(let reason): reject = PBRejectReason(reason)
        }
    }
}

extension ConfirmedPayment {
    /// - Throws: ``WireError`` when a field is missing or of another size.
    init(_ message: PBConfirmedPayment) throws(WireError) {
        self.init(
            txHash: try parse(message.txHash, "tx_hash"),
            effects: try required(
                "effects", isSet: message.hasEffects, message.effects, Effects.init(_:)),
            qcHash: try parseOptional(message.qcHash, "qc_hash"),
            stage: try parse(message.stage),
            nextSequence: message.nextNonceSeq)
    }
}

extension PBConfirmedPayment {
    init(_ payment: ConfirmedPayment) {
        txHash = Data(payment.txHash)
        effects = PBEffectsSummary(payment.effects)
        qcHash = Data(payment.qcHash)
        stage = PBTxLifecycleUpdate.Stage(payment.stage)
        nextNonceSeq = payment.nextSequence
    }
}
