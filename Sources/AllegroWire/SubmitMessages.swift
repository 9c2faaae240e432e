package import AllegroModels

/// A payment and the quorum certificates that it is presented with.
package struct SubmitRequest: Hashable, Sendable {
    package var transaction: FastPayTransaction
    package var parents: [PresentedQuorumCertificate]

    package init(transaction: FastPayTransaction, parents: [PresentedQuorumCertificate] = []) {
        self.transaction = transaction
        self.parents = parents
    }
}

/// A quorum certificate as it came with a payment.
///
/// A broken one refuses the payment only when its turn comes among the checks, so it travels on.
package enum PresentedQuorumCertificate: Hashable, Sendable {
    case parsed(QuorumCertificate)
    /// One line that names the field, from the request on, and what is wrong with it.
    case malformed(String)
}

/// What a `SubmitFastPayRequest` turned out to be.
///
/// A message whose fields are missing or of the wrong size is answered within the protocol, as any
/// other refusal is, so decoding it is no error.
package enum SubmitMessage: Hashable, Sendable {
    case wellFormed(SubmitRequest)
    /// Always `INVALID_FORMAT`; the message names the field.
    case malformed(RejectReason)
}

/// What one validator answers to a payment.
package enum SubmitResult: Hashable, Sendable {
    case certified(Certificate)
    case rejected(RejectReason)
}

/// What a stream of payments is answered with.
package enum SubmitEvent: Hashable, Sendable {
    case certified(Certificate)
    case rejected(RejectReason)
    case lifecycle(LifecycleUpdate)
}

/// That a payment has come to a stage.
package struct LifecycleUpdate: Hashable, Sendable {
    package typealias Stage = PaymentStage

    package var txHash: TxHash
    package var stage: Stage
    /// When the stage was reached, in milliseconds since 1970.
    package var unixMillis: UInt64
    /// The block that the stage was seen in; 0 where there is none.
    package var blockHeight: UInt64

    package init(txHash: TxHash, stage: Stage, unixMillis: UInt64, blockHeight: UInt64) {
        self.txHash = txHash
        self.stage = stage
        self.unixMillis = unixMillis
        self.blockHeight = blockHeight
    }
}
