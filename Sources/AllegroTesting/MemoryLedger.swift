internal import AllegroCrypto
package import AllegroModels
package import SidecarCore

/// A ledger in dictionaries: what a store would answer, for tests of the decider alone.
package struct MemoryLedger: LedgerFacts {
    package var base: BaseState
    package private(set) var slots: [NonceSlot: SlotState] = [:]
    package private(set) var ownCertificates: [OwnCertificate] = []
    package private(set) var overlays: [AccountAsset: OverlayBalance] = [:]
    private var claims: [AccountNonce: NonceSlot] = [:]
    private var lanes: [NonceLane: LaneState] = [:]
    private var certificateHashes: Set<QCHash> = []
    private var clientRequests: [ClientRequest: SigningHash] = [:]

    package init(base: BaseState = BaseState()) {
        self.base = base
    }

    /// Takes what a decision changed.
    package mutating func apply(_ changes: [LedgerChange]) {
        for change in changes {
            switch change {
            case .slot(let slot, let state, _): slots[slot] = state
            case .claim(let nonce, let slot):
                precondition(claims.updateValue(slot, forKey: nonce) == nil, "a claim is for ever")
            case .lane(let lane, let state): lanes[lane] = state
            case .overlay(let account, let overlay): overlays[account] = overlay
            case .ownCertificate(let certificate): ownCertificates.append(certificate)
            case .quorumCertificate(_, let qc): certificateHashes.insert(qc.hash)
            case .quorumCertificateHash(let hash): certificateHashes.insert(hash)
            case .clientRequest(let request, let signingHash):
                clientRequests[request] = signingHash
            }
        }
    }

    /// Base + credits − debits.
    package func available(of account: AccountAsset) -> Int128 {
        let overlay = overlays[account] ?? .zero
        return Int128(base.balances[account] ?? 0) + Int128(overlay.credits)
            - Int128(overlay.debits)
    }

    package func slot(_ slot: NonceSlot) -> SlotState? { slots[slot] }

    package func claim(of accountNonce: AccountNonce) -> NonceSlot? { claims[accountNonce] }

    package func lane(_ lane: NonceLane) -> LaneState {
        lanes[lane] ?? LaneState(settled: base.sequences[lane] ?? 0)
    }

    package func overlay(of account: AccountAsset) -> OverlayBalance {
        overlays[account] ?? .zero
    }

    package func baseBalance(of account: AccountAsset) -> UInt128 {
        base.balances[account] ?? 0
    }

    package func knowsQuorumCertificate(_ hash: QCHash) -> Bool {
        certificateHashes.contains(hash)
    }

    package func hasOwnCertificate(_ txHash: TxHash) -> Bool {
        ownCertificates.contains { $0.txHash == txHash }
    }

    package func clientRequest(_ request: ClientRequest) -> SigningHash? {
        clientRequests[request]
    }
}
