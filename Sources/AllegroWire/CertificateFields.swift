internal import AllegroModels
internal import FoundationEssentials

extension ValidatorReference {
    /// - Throws: ``WireError`` unless the id has 32 bytes and the key 32 or none.
    init(_ message: PBValidatorId) throws(WireError) {
        self.init(
            id: try parse(message.id, "id"),
            publicKey: try parseOptional(message.pubkey, "pubkey"),
            name: try parse(
                message.name, bytesMax: WireLimits.validatorNameBytesMax, "name"))
    }
}

extension ValidatorIdentity {
    /// - Throws: ``WireError`` unless both the id and the key have 32 bytes.
    init(_ message: PBValidatorId) throws(WireError) {
        self.init(
            id: try parse(message.id, "id"),
            publicKey: try parse(message.pubkey, "pubkey"),
            name: try parse(
                message.name, bytesMax: WireLimits.validatorNameBytesMax, "name"))
    }
}

extension PBValidatorId {
    init(_ validator: ValidatorReference) {
        id = Data(validator.id)
        pubkey = Data(validator.publicKey)
        name = validator.name
    }
}

extension Certificate {
    /// - Throws: ``WireError`` when a field is missing or of another size; nothing is verified.
    init(_ message: PBValidatorCertificate) throws(WireError) {
        self.init(
            signer: try required(
                "signer", isSet: message.hasSigner, message.signer, ValidatorReference.init(_:)),
            txHash: try parse(message.txHash, "tx_hash"),
            effectsHash: try parse(message.effectsHash, "effects_hash"),
            effects: try required(
                "effects", isSet: message.hasEffects, message.effects, Effects.init(_:)),
            signature: try parse(message.signature, "signature"),
            createdUnixMillis: message.createdUnixMillis,
            epoch: message.epoch)
    }
}

extension PBValidatorCertificate {
    init(_ certificate: Certificate) {
        signer = PBValidatorId(certificate.signer)
        txHash = Data(certificate.txHash)
        effectsHash = Data(certificate.effectsHash)
        effects = PBEffectsSummary(certificate.effects)
        signature = Data(certificate.signature)
        createdUnixMillis = certificate.createdUnixMillis
        epoch = certificate.epoch
    }
}

extension QuorumCertificate {
    /// - Throws: ``WireError`` when a field is missing or of another size; nothing is verified.
    init(_ message: PBQuorumCertificate) throws(WireError) {
        self.init(
            txHash: try parse(message.txHash, "tx_hash"),
            effectsHash: try parse(message.effectsHash, "effects_hash"),
            certificates: try parseEach(
                message.certs, "certs", countMax: WireLimits.certificatesPerQCCountMax,
                Certificate.init(_:)),
            threshold: message.threshold,
            claimedHash: try parseOptional(message.qcHash, "qc_hash"))
    }
}

extension PBQuorumCertificate {
    init(_ qc: QuorumCertificate) {
        txHash = Data(qc.txHash)
        effectsHash = Data(qc.effectsHash)
        certs = qc.certificates.map(PBValidatorCertificate.init(_:))
        threshold = qc.threshold
        qcHash = Data(qc.claimedHash)
    }
}

extension RejectReason {
    /// - Throws: ``WireError`` for code 0, a code that is not known, or too long a message.
    init(_ message: PBRejectReason) throws(WireError) {
        guard let code = RejectCode(rawValue: message.code.rawValue) else {
            throw WireError("code", .unknownValue(message.code.rawValue))
        }
        self.init(
            code,
            try parse(
                message.message, bytesMax: WireLimits.rejectMessageBytesMax, "message"))
    }
}

extension PBRejectReason {
    init(_ reason: RejectReason) {
        code = PBRejectCode(reason.code)
        message = reason.message
    }
}

extension PBRejectCode {
    init(_ code: RejectCode) {
        switch code {
        case .invalidFormat: self = .invalidFormat
        case .wrongChain: self = .wrongChain
        case .expired: self = .expired
        case .notPaymentTx: self = .notPaymentTx
        case .nonceSeqTooLow: self = .nonceSeqTooLow
        case .nonceSeqTooHigh: self = .nonceSeqTooHigh
        case .equivocation: self = .equivocation
        case .insufficientFunds: self = .insufficientFunds
        case .missingParentQC: self = .missingParentQc
        case .invalidParentQC: self = .invalidParentQc
        case .temporaryUnavailable: self = .temporaryUnavailable
        }
    }
}
