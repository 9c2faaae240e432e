internal import AllegroModels

extension AccountGuard {
    /// Greater sums than payments of 64 bits can make, and small enough to be added to.
    private static let sumMax = UInt128.max / 2

    /// What is wrong with it, as a store never is; nil when it may be signed on.
    package var problem: String? {
        for (key, lane) in lanes {
            if let problem = problem(of: lane, key) { return "nonce key \(key): \(problem)" }
        }
        for (sequence, key) in claims {
            if let problem = problem(ofClaimOf: sequence, by: key) {
                return "account nonce \(sequence): \(problem)"
            }
        }
        for (nonce, slot) in slots {
            if let problem = problem(of: slot.state, at: nonce) {
                return "nonce key \(nonce.key) sequence \(nonce.sequence): \(problem)"
            }
        }
        return overlayProblem
    }

    private var order: LaneState? { lanes[.protocol] }

    private func problem(of lane: LaneState, _ key: NonceKey) -> String? {
        guard lane.confirmed <= lane.next else { return "more is confirmed than taken" }
        switch lane.use {
        case .native where key == .protocol: return "key 0 has no native payments"
        case .declaredElsewhere where key != .protocol: return "is no account nonce"
        case .ethereum where key != .protocol:
            guard let order, order.use == .declaredElsewhere else {
                return "there is no account nonce for its Ethereum payments"
            }
            return lane.settled == 0 ? nil : "is a label, and has settled payments"
        case .unknown, .ethereum, .native, .declaredElsewhere: break
        }
        guard lane.settled <= lane.confirmed else { return "begins after what is confirmed" }
        // Each of them is listed, so that there cannot be more.
        guard lane.next - lane.settled <= UInt64(slots.count) else { return "lacks slots" }
        for sequence in lane.settled..<lane.next {
            guard let state = state(at: sequence, under: key) else {
                return "lacks sequence \(sequence)"
            }
            guard sequence >= lane.confirmed || state.confirmed != nil else {
                return "sequence \(sequence) is not confirmed"
            }
        }
        return nil
    }

    /// The payment that takes a sequence of an order.
    private func state(at sequence: UInt64, under key: NonceKey) -> SlotState? {
        let declared = key == .protocol ? claims[sequence] ?? key : key
        return slots[Nonce2D(key: declared, sequence: sequence)]?.state
    }

    private func problem(ofClaimOf sequence: UInt64, by key: NonceKey) -> String? {
        guard key != .protocol else { return "is claimed by key 0" }
        guard let order, order.use == .declaredElsewhere, sequence >= order.settled else {
            return "is claimed outside of its order"
        }
        guard let slot = slots[Nonce2D(key: key, sequence: sequence)] else {
            return "is claimed by no payment"
        }
        guard slot.state.signed.map({ $0.signedNonce.key == .protocol }) ?? true else {
            return "is claimed by a native payment"
        }
        return nil
    }

    private func problem(of state: SlotState, at nonce: Nonce2D) -> String? {
        let lane = lanes[nonce.key]
        guard nonce.sequence >= lane?.settled ?? 0 else { return "is before its lane begins" }
        guard let signed = state.signed else { return nil }
        guard let lane else { return "is signed and has no lane" }
        switch signed.signedNonce.key {
        case .protocol where nonce.key == .protocol:
            return lane.use == .ethereum ? nil : "is not what its key is used for"
        case .protocol:
            guard lane.use == .ethereum else { return "is not what its key is used for" }
            return claims[nonce.sequence] == nonce.key ? nil : "has no account nonce"
        case nonce.key: return lane.use == .native ? nil : "is not what its key is used for"
        default: return "is signed for another key"
        }
    }

    private var overlayProblem: String? {
        var taken: [Address: UInt128] = [:]
        for slot in slots.values {
            taken[slot.state.effects.asset, default: 0] += UInt128(slot.state.effects.amount)
        }
        for (asset, sum) in taken where sum > overlays[asset]?.debits ?? 0 {
            return "asset \(asset): its payments take more than its debits"
        }
        for (asset, overlay) in overlays
        where max(overlay.credits, overlay.debits) > Self.sumMax {
            return "asset \(asset): its sums are too great"
        }
        return nil
    }
}
