internal import AllegroCrypto
internal import AllegroModels
internal import SidecarCore

/// A fault that a simulation plants in all honest validators, to show that it would be noticed.
package enum PlantedFault: String, CaseIterable, Sendable {
    /// What was signed in a slot is forgotten, as long as it is not confirmed.
    case skipsGuard
    /// A certificate leaves before its record is durable.
    case skipsSync
    /// A confirmed slot is taken for an unconfirmed one when a quorum certificate comes.
    case creditsTwice
    /// Two certificates of one signer count as two.
    case countsSignerTwice
    /// The threshold that a quorum certificate carries decides how many signers it needs.
    case trustsThreshold
    /// Payments under several nonce keys may take the whole balance.
    case sharesWholeBalance
}

/// A ledger's answers, bent by a planted fault.
struct FaultyFacts: LedgerFacts {
    var facts: any LedgerFacts
    let fault: PlantedFault?
    /// Whether the question is what a quorum certificate changes, not whether to sign.
    let isLearning: Bool

    mutating func slot(_ slot: NonceSlot) throws -> SlotState? {
        let state = try facts.slot(slot)
        switch (fault, state) {
        case (.skipsGuard, .signed) where !isLearning: return nil
        case (.creditsTwice, .confirmed(_, signed: .none)) where isLearning: return nil
        case (.creditsTwice, .confirmed(let confirmed, signed: .some(let signed)))
        where isLearning && signed.effects == confirmed.effects:
            return .signed(signed)
        case (_, _): return state
        }
    }

    mutating func lane(_ lane: NonceLane) throws -> LaneState {
        var state = try facts.lane(lane)
        guard !isLearning else { return state }
        switch fault {
        case .skipsGuard: state.next = state.confirmed
        case nil, .skipsSync, .creditsTwice, .countsSignerTwice, .trustsThreshold,
            .sharesWholeBalance:
            break
        }
        return state
    }

    mutating func claim(of accountNonce: AccountNonce) throws -> NonceSlot? {
        try facts.claim(of: accountNonce)
    }

    mutating func overlay(of account: AccountAsset) throws -> OverlayBalance {
        try facts.overlay(of: account)
    }

    mutating func baseBalance(of account: AccountAsset) throws -> UInt128 {
        try facts.baseBalance(of: account)
    }

    mutating func knowsQuorumCertificate(_ hash: QCHash) throws -> Bool {
        try facts.knowsQuorumCertificate(hash)
    }

    mutating func hasOwnCertificate(_ txHash: TxHash) throws -> Bool {
        try facts.hasOwnCertificate(txHash)
    }

    mutating func clientRequest(_ request: ClientRequest) throws -> SigningHash? {
        try facts.clientRequest(request)
    }
}

extension SidecarCore {
    /// The decider of a validator with a planted fault.
    init(epoch: UInt64, seats: Int, fault: PlantedFault?) {
        switch fault {
        case .sharesWholeBalance:
            // A committee of one tolerates no fault, and so its share is all.
            self.init(epoch: epoch, seats: 1)
        case nil, .skipsGuard, .skipsSync, .creditsTwice, .countsSignerTwice,
            .trustsThreshold:
            self.init(epoch: epoch, seats: seats)
        }
    }
}
