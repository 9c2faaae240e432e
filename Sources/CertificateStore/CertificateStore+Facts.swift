package import AllegroModels
package import SidecarCore

extension CertificateStore: LedgerFacts {
    package func slot(_ slot: NonceSlot) throws -> SlotState? { try storedSlot(slot)?.state }

    func storedSlot(_ slot: NonceSlot) throws -> StoredSlot? {
        if let cached = memory.slots[slot] { return cached }
        let (stored, behind) = try tables.ledger.slots(from: slot)
        memory.slots[slot] = .some(stored)
        if let next = slot.next, memory.slots[next] == nil { memory.slots[next] = .some(behind) }
        return stored
    }

    package func claim(of accountNonce: AccountNonce) throws -> NonceSlot? {
        if let cached = memory.claims[accountNonce] { return cached }
        guard let stored = try tables.ledger.claim(of: accountNonce) else { return nil }
        memory.claims[accountNonce] = stored
        return stored
    }

    package func lane(_ lane: NonceLane) throws -> LaneState {
        if let cached = memory.lanes[lane] { return cached }
        let state =
            try tables.ledger.lane(lane) ?? LaneState(settled: base.sequences[lane] ?? 0)
        memory.lanes[lane] = state
        return state
    }

    package func overlay(of account: AccountAsset) throws -> OverlayBalance {
        if let cached = memory.overlays[account] { return cached }
        let stored = try tables.ledger.overlay(of: account)
        memory.overlays[account] = stored
        return stored
    }

    package func baseBalance(of account: AccountAsset) -> UInt128 { base.balances[account] ?? 0 }

    package func knowsQuorumCertificate(_ hash: QCHash) -> Bool {
        memory.knownQCHashes[hash] != nil
    }

    package func hasOwnCertificate(_ txHash: TxHash) -> Bool {
        memory.board.holds(txHash, of: identity.validator)
    }

    package func clientRequest(_ request: ClientRequest) -> SigningHash? {
        memory.clientRequests[request]
    }
}

extension NonceSlot {
    /// The slot of the next sequence under the same key; nil behind the last.
    fileprivate var next: NonceSlot? {
        guard nonce.sequence < .max else { return nil }
        var next = self
        next.nonce.sequence += 1
        return next
    }
}
