package import AllegroModels

/// What is handed over of one account: everything that keeps another store from signing a rival.
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
    /// By key, each with ``LaneState/settled`` where its slots begin here.
    package var lanes: [NonceKey: LaneState] = [:]
    /// The declared key of the payment that took an account nonce, by its sequence.
    package var claims: [UInt64: NonceKey] = [:]
    /// By declared nonce.
    package var slots: [Nonce2D: Slot] = [:]

    package init(account: Address) {
        self.account = account
    }
}

/// From where on each of an account's orders is handed over (docs/decisions/0010).
///
/// What is before is confirmed and counted in the overlays. Another store takes it for settled: it
/// signs nothing there, and a quorum certificate for it changes nothing.
package struct HandOverCut: Sendable {
    private let order: LaneState?
    /// The first account nonce that is handed over.
    package let firstAccountNonce: UInt64

    /// - Parameters:
    ///   - order: the lane of key 0, if there is one.
    ///   - highestTaken: the highest account nonce that a claim or a slot under key 0 takes.
    package init(order: LaneState?, highestTaken: UInt64?) {
        self.order = order
        firstAccountNonce = order.map { Self.first(of: $0, highestTaken) } ?? 0
    }

    /// The first sequence under a key whose slot is handed over.
    ///
    /// - Parameter highestTaken: the highest sequence under the key that is taken.
    package func first(under key: NonceKey, _ lane: LaneState?, highestTaken: UInt64?) -> UInt64 {
        // Without a lane nothing is confirmed in order, so that all of it is needed.
        guard let lane else { return 0 }
        guard key != .protocol else { return firstAccountNonce }
        switch lane.use {
        case .native, .declaredElsewhere: return Self.first(of: lane, highestTaken)
        // A label: the order of these payments is key 0's.
        case .ethereum: return max(lane.settled, firstAccountNonce)
        case .unknown:
            // It may yet turn out to be the label of the account's Ethereum payments, whose account
            // nonces are then taken from its slots, from the first on.
            let mayBeLabel = lane.settled == 0 && order?.use ?? .unknown == .unknown
            return mayBeLabel ? 0 : Self.first(of: lane, highestTaken)
        }
    }

    /// The first sequence without a quorum certificate, or the last that is taken.
    private static func first(of lane: LaneState, _ highestTaken: UInt64?) -> UInt64 {
        max(lane.settled, min(lane.confirmed, highestTaken ?? lane.confirmed))
    }
}
