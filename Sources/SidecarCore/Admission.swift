package import AllegroCrypto
package import AllegroModels

/// A request that passed every check that needs no state.
package struct AdmittedPayment: Sendable {
    /// The name of the envelope that it came in.
    package var txHash: TxHash
    package var effectsHash: EffectsHash
    /// What was signed, under the nonce that the request declares.
    package var effects: Effects
    /// With the sender, the payment's identity in any envelope.
    package var signingHash: SigningHash
    /// The nonce in the signed bytes.
    package var signedNonce: Nonce2D
    /// The transaction as its sender signed it, which is kept beside the guard.
    package var signedBytes: [UInt8]
    package var expiry: Expiry
    package var parentQCHash: QCHash?
    /// Empty for none.
    package var clientRequestID: String
    package var parents: PresentedParents

    package init(
        txHash: TxHash, effectsHash: EffectsHash, effects: Effects, signingHash: SigningHash,
        signedNonce: Nonce2D, signedBytes: [UInt8], expiry: Expiry,
        parentQCHash: QCHash?, clientRequestID: String, parents: PresentedParents
    ) {
        self.txHash = txHash
        self.effectsHash = effectsHash
        self.effects = effects
        self.signingHash = signingHash
        self.signedNonce = signedNonce
        self.signedBytes = signedBytes
        self.expiry = expiry
        self.parentQCHash = parentQCHash
        self.clientRequestID = clientRequestID
        self.parents = parents
    }

    var slot: NonceSlot { NonceSlot(effects) }

    /// The sequence that the chain will check: the signed key's.
    var signedLane: NonceLane { NonceLane(account: effects.sender, key: signedNonce.key) }

    /// What the declared key stands for.
    var keyUse: KeyUse { signedNonce.key == .protocol ? .ethereum : .native }

    /// The account nonce of an Ethereum payment; nil for a native one.
    var accountNonce: AccountNonce? {
        guard signedNonce.key == .protocol else { return nil }
        return AccountNonce(account: effects.sender, sequence: signedNonce.sequence)
    }
}

/// The quorum certificates that came with a request, after their signatures were checked.
package struct PresentedParents: Sendable {
    package var verified: [VerifiedQuorumCertificate]
    /// What was wrong with the first that did not verify.
    package var problem: RejectReason?

    package init(
        verified: [VerifiedQuorumCertificate] = [], problem: RejectReason? = nil
    ) {
        self.verified = verified
        self.problem = problem
    }
}

/// The moment of a decision, as the shell saw it.
package struct Moment: Hashable, Sendable {
    /// Milliseconds since 1970.
    package var unixMillis: UInt64
    /// The chain's head.
    package var blockHeight: UInt64

    package init(unixMillis: UInt64, blockHeight: UInt64) {
        self.unixMillis = unixMillis
        self.blockHeight = blockHeight
    }
}
