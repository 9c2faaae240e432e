internal import AllegroModels
internal import FoundationEssentials

extension FanoutResponse {
    /// - Throws: ``WireError`` when a field is missing or of another size.
    init(_ message: PBSubmitFastPayFanoutResponse) throws(WireError) {
        self.init(
            txHash: try parse(message.txHash, "tx_hash"),
            effectsHash: try parseOptional(message.effectsHash, "effects_hash"),
            certificates: try parseEach(message.certs, "certs", Certificate.init(_:)),
            rejects: try parseEach(message.rejects, "rejects", ValidatorReject.init(_:)),
            thresholdMet: message.thresholdMet)
    }
}

extension PBSubmitFastPayFanoutResponse {
    init(_ response: FanoutResponse) {
        txHash = Data(response.txHash)
        effectsHash = Data(response.effectsHash)
        certs = response.certificates.map(PBValidatorCertificate.init(_:))
        rejects = response.rejects.map(PBValidatorReject.init(_:))
        thresholdMet = response.thresholdMet
    }
}

extension ValidatorReject {
    /// - Throws: ``WireError`` when the validator or the reason is missing or broken.
    init(_ message: PBValidatorReject) throws(WireError) {
        self.init(
            validator: try required(
                "validator", isSet: message.hasValidator, message.validator,
                ValidatorReference.init(_:)),
            reason: try required(
                "reject", isSet: message.hasReject, message.reject, RejectReason.init(_:)))
    }
}

extension PBValidatorReject {
    init(_ rejection: ValidatorReject) {
        validator = PBValidatorId(rejection.validator)
        reject = PBRejectReason(rejection.reason)
    }
}

extension QuorumCertificateRequest {
    /// - Throws: ``WireError`` for a hash of another size.
    init(_ message: PBGetQuorumCertificateRequest) throws(WireError) {
        self.init(
            txHash: try parse(message.txHash, "tx_hash"),
            effectsHash: try parseOptional(message.effectsHash, "effects_hash"),
            threshold: message.threshold)
    }
}

extension PBGetQuorumCertificateRequest {
    init(_ request: QuorumCertificateRequest) {
        txHash = Data(request.txHash)
        effectsHash = Data(request.effectsHash)
        threshold = request.threshold
    }
}

extension QuorumCertificateResult {
    /// - Throws: ``WireError`` when neither answer is set or its fields are of another size.
    init(_ message: PBGetQuorumCertificateResponse) throws(WireError) {
        switch message.result {
        case .qc(let qc): self = .formed(try within("qc", qc, QuorumCertificate.init(_:)))
        case .reject(let reason):
            self = .rejected(try within("reject", reason, RejectReason.init(_:)))
        case nil: throw WireError("result", .missing)
        }
    }
}

extension PBGetQuorumCertificateResponse {
    init(_ result: QuorumCertificateResult) {
        switch result {
        case .formed(let formed): qc = PBQuorumCertificate(formed)
        case .rejected(let reason): reject = PBRejectReason(reason)
        }
    }
}

extension TxStatus {
    /// - Throws: ``WireError`` for a field of another size and a hash without `qc_formed`.
    init(_ message: PBGetTxStatusResponse) throws(WireError) {
        guard message.qcFormed || message.qcHash.isEmpty else {
            throw WireError("qc_hash", .unexpected)
        }
        self.init(
            txHash: try parse(message.txHash, "tx_hash"),
            certificates: try parseEach(message.certs, "certs", Certificate.init(_:)),
            qcHash: message.qcFormed ? try parse(message.qcHash, "qc_hash") : nil,
            stage: try LifecycleUpdate.Stage(message.stage),
            observedBlockHeight: message.observedBlockHeight,
            lastUpdatedUnixMillis: message.lastUpdatedUnixMillis)
    }
}

extension PBGetTxStatusResponse {
    init(_ status: TxStatus) {
        txHash = Data(status.txHash)
        certs = status.certificates.map(PBValidatorCertificate.init(_:))
        qcFormed = status.qcHash != nil
        qcHash = Data(status.qcHash)
        stage = PBTxLifecycleUpdate.Stage(status.stage)
        observedBlockHeight = status.observedBlockHeight
        lastUpdatedUnixMillis = status.lastUpdatedUnixMillis
    }
}

extension PBGetTxStatusRequest {
    init(_ hash: TxHash) { txHash = Data(hash) }
}
