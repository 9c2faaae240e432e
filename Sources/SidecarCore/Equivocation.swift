package import AllegroModels

/// Two payments that one sender signed for the same signed nonce, which no honest wallet does.
///
/// The place is the one in the *signed* bytes: the key that an Ethereum payment declares is not signed,
/// so a clash of declared keys proves nothing about the sender.
package struct Equivocation: Hashable, Sendable {
    /// The slot of the payment that was certified, whose signed bytes are kept beside its guard.
    package var slot: NonceSlot
    /// The nonce in both payments' signed bytes.
    package var signedNonce: Nonce2D
    package var certifiedTxHash: TxHash
    package var refusedTxHash: TxHash
    /// The refused payment as its sender signed it.
    package var refusedBytes: [UInt8]
    /// When it was refused, in milliseconds since 1970.
    package var unixMillis: UInt64

    package var sender: Address { slot.account }

    package init(
        slot: NonceSlot, signedNonce: Nonce2D, certifiedTxHash: TxHash, refusedTxHash: TxHash,
        refusedBytes: [UInt8], unixMillis: UInt64
    ) {
        self.slot = slot
        self.signedNonce = signedNonce
        self.certifiedTxHash = certifiedTxHash
        self.refusedTxHash = refusedTxHash
        self.refusedBytes = refusedBytes
        self.unixMillis = unixMillis
    }
}

/// A place that a request asks for and another payment has (check 7).
struct PlaceTaken: Error {
    var slot: NonceSlot
    var state: SlotState
    /// The place as its sender would name it.
    var place: String

    var reason: RejectReason {
        RejectReason(.equivocation, "\(place) is taken by payment \(state.txHash)")
    }

    /// What the clash proves about the sender of `payment`; nil for nothing.
    func equivocation(of payment: AdmittedPayment, at moment: Moment) -> Equivocation? {
        guard let signed = state.signed, signed.signedNonce == payment.signedNonce,
            signed.signingHash != payment.signingHash
        else { return nil }
        return Equivocation(
            slot: slot, signedNonce: signed.signedNonce, certifiedTxHash: signed.txHash,
            refusedTxHash: payment.txHash, refusedBytes: payment.signedBytes,
            unixMillis: moment.unixMillis)
    }
}
