package import AllegroModels

/// What is handed over of one account: all that the ledger holds of it, so that another store decides
/// as this one would (docs/decisions/0010).
package struct AccountGuard: Hashable, Sendable {
    /// A slot, with the payment as its sender signed it where that is known.
    package struct Slot: Hashable, Sendable {
        package var state: SlotState
        package var signedBytes: [UInt8]?

        package init(state: SlotState, signedBytes: [UInt8]?) {
            self.state = state
            self.signedBytes = signedBytes
        }
    }

    package var account: Address
    /// By asset.
    package var overlays: [Address: OverlayBalance] = [:]
    /// By key.
    package var lanes: [NonceKey: LaneState] = [:]
    /// The declared key of the payment that took an account nonce, by its sequence.
    package var claims: [UInt64: NonceKey] = [:]
    /// By declared nonce.
    package var slots: [Nonce2D: Slot] = [:]

    package init(account: Address) {
        self.account = account
    }
}
