package import AllegroModels

/// Two quorum certificates for one slot: more than f validators have signed both.
package struct QuorumConflict: Hashable, Sendable {
    package var slot: NonceSlot
    /// The payment whose quorum certificate was learned first, and holds.
    package var known: TxHash
    package var other: TxHash

    package init(slot: NonceSlot, known: TxHash, other: TxHash) {
        self.slot = slot
        self.known = known
        self.other = other
    }

    /// The refusal of the second one.
    package var reason: RejectReason {
        RejectReason(
            .invalidParentQC,
            "quorum certificate for \(other) contradicts the one known for \(known)")
    }
}
