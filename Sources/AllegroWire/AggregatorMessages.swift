package import AllegroModels

/// What the validators together answered to a payment.
package struct FanoutResponse: Hashable, Sendable {
    package var txHash: TxHash
    /// Nil where no validator certified the payment.
    package var effectsHash: EffectsHash?
    package var certificates: [Certificate]
    package var rejects: [ValidatorReject]
    /// Whether the certificates make a quorum.
    package var thresholdMet: Bool

    package init(
        txHash: TxHash, effectsHash: EffectsHash?, certificates: [Certificate],
        rejects: [ValidatorReject], thresholdMet: Bool
    ) {
        self.txHash = txHash
        self.effectsHash = effectsHash
        self.certificates = certificates
        self.rejects = rejects
        self.thresholdMet = thresholdMet
    }
}

/// One validator's refusal.
package struct ValidatorReject: Hashable, Sendable {
    package var validator: ValidatorReference
    package var reason: RejectReason

    package init(validator: ValidatorReference, reason: RejectReason) {
        self.validator = validator
        self.reason = reason
    }
}

/// Which quorum certificate to make.
package struct QuorumCertificateRequest: Hashable, Sendable {
    package var txHash: TxHash
    /// Nil: the effects with most signers, ties to the smaller hash.
    package var effectsHash: EffectsHash?
    /// What to write into the quorum certificate; decides nothing.
    package var threshold: UInt32

    package init(txHash: TxHash, effectsHash: EffectsHash? = nil, threshold: UInt32) {
        self.txHash = txHash
        self.effectsHash = effectsHash
        self.threshold = threshold
    }
}

/// A quorum certificate, or why there is none.
package enum QuorumCertificateResult: Hashable, Sendable {
    case formed(QuorumCertificate)
    case rejected(RejectReason)
}

/// How far a payment has come, as a gateway knows it.
package struct TxStatus: Hashable, Sendable {
    package var txHash: TxHash
    package var certificates: [Certificate]
    /// The hash of the payment's quorum certificate; nil while none is known.
    package var qcHash: QCHash?
    /// Nil where the payment is not known.
    package var stage: LifecycleUpdate.Stage?
    /// The height that the stage was last looked up at; 0 where there is no chain.
    package var observedBlockHeight: UInt64
    /// When anything of this last changed, in milliseconds since 1970.
    package var lastUpdatedUnixMillis: UInt64

    package init(
        txHash: TxHash, certificates: [Certificate], qcHash: QCHash?,
        stage: LifecycleUpdate.Stage?, observedBlockHeight: UInt64, lastUpdatedUnixMillis: UInt64
    ) {
        self.txHash = txHash
        self.certificates = certificates
        self.qcHash = qcHash
        self.stage = stage
        self.observedBlockHeight = observedBlockHeight
        self.lastUpdatedUnixMillis = lastUpdatedUnixMillis
    }
}
