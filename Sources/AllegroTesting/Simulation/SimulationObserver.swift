internal import AllegroCrypto
internal import AllegroModels
internal import SidecarCore

/// Knows every certificate that an honest validator signed, and what could be made of them.
///
/// The faulty validators may sign anything at any time, so a payment counts as certified as soon as
/// so many honest validators have signed it that the faulty ones complete the quorum.
struct SimulationObserver {
    private let honestSignersNeeded: Int
    private let base: BaseState
    /// Every payment that was ever submitted.
    private var payments: [TxHash: SimulatedPayment] = [:]
    private var signers: [TxHash: Set<Int>] = [:]
    private var signed: [Place: SimulatedPayment] = [:]
    /// The payments that can have a quorum certificate, by slot and by contention key.
    private(set) var formable: [NonceSlot: SimulatedPayment] = [:]
    private var formableByContentionKey: [NonceSlot: SimulatedPayment] = [:]
    /// What every account has when all of those settle.
    private var balances: [AccountAsset: Int128] = [:]

    /// Where a validator signs one payment only.
    private enum Place: Hashable {
        case slot(NonceSlot, seat: Int)
        case contentionKey(NonceSlot, seat: Int)
    }

    init(of validators: TestCommittee, faultySeats: Int, base: BaseState) {
        self.base = base
        honestSignersNeeded = validators.committee.quorum - faultySeats
    }

    mutating func see(_ payment: SimulatedPayment) { payments[payment.txHash] = payment }

    /// Takes note of a certificate that an honest validator signed.
    mutating func see(_ certificate: Certificate, by seat: Int) throws(SimulationViolation) {
        guard signers[certificate.txHash]?.contains(seat) != true else { return }
        guard let payment = payments[certificate.txHash], certificate.effects == payment.effects,
            certificate.effectsHash == payment.admitted.effectsHash
        else {
            throw SimulationViolation(
                .signedSomethingElse,
                "validator \(seat) signed \(certificate.effects) as \(certificate.txHash.short)")
        }
        try hold(payment, at: .contentionKey(payment.contentionKey, seat: seat), by: seat)
        try hold(payment, at: .slot(payment.slot, seat: seat), by: seat)
        signers[payment.txHash, default: []].insert(seat)
        if signers[payment.txHash]?.count == honestSignersNeeded { try form(payment) }
    }

    private mutating func hold(
        _ payment: SimulatedPayment, at place: Place, by seat: Int
    ) throws(SimulationViolation) {
        if let other = signed[place], other.signingHash != payment.signingHash {
            throw SimulationViolation(
                .signedTwice, "validator \(seat) signed \(other) and \(payment)")
        }
        signed[place] = payment
    }

    private mutating func form(_ payment: SimulatedPayment) throws(SimulationViolation) {
        let others = [
            formable[payment.slot], formableByContentionKey[payment.contentionKey],
        ]
        for case let other? in others {
            guard other.signingHash == payment.signingHash, other.slot == payment.slot else {
                throw SimulationViolation(
                    .twoQuorumCertificates, "both can have one: \(other) and \(payment)")
            }
            // Another envelope of it: no money moves.
            return
        }
        formable[payment.slot] = payment
        formableByContentionKey[payment.contentionKey] = payment
        let amount = Int128(payment.effects.amount)
        let left = add(-amount, to: payment.payer)
        _ = add(amount, to: payment.payee)
        guard left >= 0 else {
            throw SimulationViolation(.overdraft, "\(payment) leaves its sender \(left)")
        }
    }

    private mutating func add(_ amount: Int128, to account: AccountAsset) -> Int128 {
        let balance = (balances[account] ?? Int128(base.balances[account] ?? 0)) + amount
        balances[account] = balance
        return balance
    }

    // MARK: Views

    /// Checks one honest validator's state.
    ///
    /// - Returns: whether a balance is below zero there, which it may be only while a quorum
    ///   certificate that credits the account is unknown to this validator.
    func check(_ view: MemoryLedger, of seat: Int) throws(SimulationViolation) -> Bool {
        var overlays: [AccountAsset: (credits: UInt128, debits: UInt128)] = [:]
        var confirmedDebits: [AccountAsset: UInt128] = [:]
        for (slot, state) in view.slots {
            let counted: Effects
            switch state {
            case .signed(let record): counted = record.effects
            case .confirmed(let record, _):
                counted = record.effects
                guard formable[slot]?.effects == counted else {
                    throw SimulationViolation(
                        .confirmedWithoutQuorum,
                        "validator \(seat) takes \(record.txHash.short) for confirmed")
                }
                let payee = AccountAsset(account: counted.recipient, asset: counted.asset)
                overlays[payee, default: (0, 0)].credits += UInt128(counted.amount)
                let payer = AccountAsset(account: counted.sender, asset: counted.asset)
                confirmedDebits[payer, default: 0] += UInt128(counted.amount)
            }
            let payer = AccountAsset(account: counted.sender, asset: counted.asset)
            overlays[payer, default: (0, 0)].debits += UInt128(counted.amount)
        }
        try compare(view, of: seat, with: overlays)
        var isBelowZero = false
        for (account, debits) in confirmedDebits {
            let credits = overlays[account]?.credits ?? 0
            guard (base.balances[account] ?? 0) + credits < debits else { continue }
            isBelowZero = true
            guard owesACredit(to: account, view) else {
                throw SimulationViolation(
                    .viewBelowZero,
                    "validator \(seat) knows all credits of \(account.account.short)")
            }
        }
        return isBelowZero
    }

    /// A view's overlay is what its slots add up to, so that every credit has its debit.
    private func compare(
        _ view: MemoryLedger, of seat: Int,
        with overlays: [AccountAsset: (credits: UInt128, debits: UInt128)]
    ) throws(SimulationViolation) {
        for account in Set(view.overlays.keys).union(overlays.keys) {
            let counted = view.overlays[account] ?? .zero
            let right = overlays[account] ?? (0, 0)
            guard counted.credits == right.credits, counted.debits == right.debits else {
                throw SimulationViolation(
                    .moneyNotConserved,
                    """
                    validator \(seat) counts +\(counted.credits) -\(counted.debits) for \
                    \(account.account.short), its slots +\(right.credits) -\(right.debits)
                    """)
            }
        }
    }

    /// Whether a payment to the account can have a quorum certificate that the view does not know.
    private func owesACredit(to account: AccountAsset, _ view: MemoryLedger) -> Bool {
        formable.contains { slot, payment in
            payment.payee == account && view.slots[slot]?.confirmed == nil
        }
    }

    /// Checks that honest validators count alike, once they all know the same.
    func compare(_ views: [(seat: Int, view: MemoryLedger)]) throws(SimulationViolation) {
        guard let first = views.first else { return }
        for (seat, view) in views.dropFirst() {
            for slot in Set(first.view.slots.keys).union(view.slots.keys) {
                let states = (first.view.slots[slot]?.confirmed, view.slots[slot]?.confirmed)
                guard states.0?.effects != states.1?.effects else { continue }
                throw SimulationViolation(
                    .viewsDisagree,
                    """
                    at \(slot.account.short) \(slot.nonce.key.short)/\(slot.nonce.sequence) \
                    validator \(first.seat) has \(states.0?.txHash.short ?? "nothing"), \
                    validator \(seat) \(states.1?.txHash.short ?? "nothing")
                    """)
            }
        }
    }
}
