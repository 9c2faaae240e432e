internal import AllegroCrypto
internal import AllegroModels
internal import SidecarCore

/// A wallet that follows the rules: one payment at a time, and never more than it has.
struct HonestClient {
    /// What the account pays with.
    enum Kind: Hashable {
        /// Native payments under one key.
        case native
        /// Native payments under two keys, within the share of the balance that is safe.
        case twoKeys
        /// Ethereum payments, all of which declare one key.
        case ethereum
    }

    /// A payment on its way to a quorum.
    private struct Pending {
        var payment: SimulatedPayment
        var certificates: [Certificate] = []
    }

    let index: Int
    let kind: Kind
    private let base: UInt64
    private let firstSequences: [UInt8: UInt64]
    private var pending: Pending?
    private var paid: [(payment: SimulatedPayment, qc: QuorumCertificate)] = []
    private var credits: [NonceSlot: (amount: UInt64, qc: QuorumCertificate)] = [:]
    private var creditsInOrder: [NonceSlot] = []
    private var remaining: Int

    private static let keys: [UInt8] = [7, 8]

    init(index: Int, kind: Kind, base: BaseState, payments: Int) {
        self.index = index
        self.kind = kind
        remaining = payments
        let account = SimulationContext.account(of: index)
        let main = AccountAsset(account: account, asset: TestPayment.asset)
        self.base = UInt64(base.balances[main] ?? 0)
        var sequences: [UInt8: UInt64] = [:]
        for key in [0] + Self.keys {
            let lane = NonceLane(account: account, key: NonceKey(repeating: key))
            sequences[key] = base.sequences[lane] ?? 0
        }
        firstSequences = sequences
    }

    /// The payment that has no quorum certificate yet.
    var unconfirmedPayment: SimulatedPayment? { pending?.payment }

    /// The payments that have one.
    var confirmedPayments: [SimulatedPayment] { paid.map(\.payment) }

    mutating func turn(_ context: inout SimulationContext) {
        if pending == nil { begin(&context) }
        guard let pending else {
            // A confirmation may have been lost; parties that know it do not mind.
            if context.isHealed, let last = paid.last { spread(last.qc, last.payment, &context) }
            return
        }
        let parents = parents(of: pending.payment)
        for seat in 0..<context.seats {
            context.send(
                .submit(pending.payment, parents: parents), from: .client(index),
                to: .validator(seat))
        }
    }

    /// The quorum certificate of the payment before, and those that brought money lately.
    private func parents(of payment: SimulatedPayment) -> [QuorumCertificate] {
        let before = paid.last { $0.payment.payment.nonce.key == payment.payment.nonce.key }
        return [before?.qc].compactMap(\.self)
            + creditsInOrder.suffix(3).compactMap { credits[$0]?.qc }
    }

    private mutating func begin(_ context: inout SimulationContext) {
        let available = available(seats: context.seats)
        guard remaining > 0, available > 0 else { return }
        remaining -= 1
        let key = key(&context.random)
        let payees =
            (0..<context.clientCount).filter { $0 != index }
            .map(SimulationContext.accountByte) + [SimulationContext.outsideByte]
        var payment = TestPayment(
            from: SimulationContext.accountByte(of: index),
            to: context.random.pick(payees) ?? SimulationContext.outsideByte,
            amount: UInt64(context.random.within(1...Int(available))), key: key)
        payment.isEthereum = kind == .ethereum
        payment.nonce.sequence = nextSequence(under: key)
        payment.expiry = .maxBlockHeight(1_000_000)
        if context.random.chance(30), let credit = creditsInOrder.last.flatMap({ credits[$0] }) {
            payment.parentQCHash = credit.qc.hash
        }
        pending = Pending(payment: SimulatedPayment(payment))
    }

    private func key(_ random: inout SplitMix64) -> UInt8 {
        switch kind {
        case .native: Self.keys[0]
        case .twoKeys: random.pick(Self.keys) ?? Self.keys[0]
        // A label that the account has never used natively.
        case .ethereum: 0x5b
        }
    }

    private func nextSequence(under key: UInt8) -> UInt64 {
        let first = firstSequences[kind == .ethereum ? 0 : key] ?? 0
        let paidUnderKey = paid.count { $0.payment.payment.nonce.key == NonceKey(repeating: key) }
        return first + UInt64(paidUnderKey)
    }

    private func available(seats: Int) -> UInt64 {
        let faults = Committee.faultsTolerated(of: seats)
        let gross = base + credits.values.reduce(0) { $0 + $1.amount }
        let spent = paid.reduce(0) { $0 + $1.payment.payment.amount }
        let usable =
            kind == .twoKeys
            ? gross * UInt64(seats - 2 * faults) / UInt64(seats - faults) : gross
        return usable > spent ? usable - spent : 0
    }

    // MARK: Answers

    mutating func receive(
        _ message: SimulationMessage, _ context: inout SimulationContext
    ) {
        switch message {
        case .submit: break
        case .certificates(let certificates):
            for certificate in certificates { collect(certificate, &context) }
        case .quorumCertificate(let qc): take(qc, &context)
        }
    }

    private mutating func collect(
        _ certificate: Certificate, _ context: inout SimulationContext
    ) {
        guard var pending, certificate.txHash == pending.payment.txHash,
            certificate.effects == pending.payment.effects,
            context.walletVerifier.holds(certificate),
            !pending.certificates.contains(where: { $0.signer.id == certificate.signer.id })
        else { return }
        pending.certificates.append(certificate)
        self.pending = pending
        // A wrong certificate was never collected, so what fails is a quorum that is not full yet.
        guard let qc = try? context.walletVerifier.assembled(from: pending.certificates) else {
            return
        }
        paid.append((pending.payment, qc.quorumCertificate))
        self.pending = nil
        context.statistics.honestPaymentsConfirmed += 1
        spread(qc.quorumCertificate, pending.payment, &context)
    }

    private func spread(
        _ qc: QuorumCertificate, _ payment: SimulatedPayment, _ context: inout SimulationContext
    ) {
        if let payee = context.owner(of: payment.effects.recipient) {
            context.send(.quorumCertificate(qc), from: .client(index), to: payee)
        }
        context.broadcast(.quorumCertificate(qc), from: .client(index))
    }

    /// Money counts once its quorum certificate is here.
    private mutating func take(
        _ qc: QuorumCertificate, _ context: inout SimulationContext
    ) {
        guard let qc = try? context.walletVerifier.verified(qc),
            qc.effects.recipient == SimulationContext.account(of: index),
            qc.effects.asset == TestPayment.asset, credits[NonceSlot(qc.effects)] == nil
        else { return }
        credits[NonceSlot(qc.effects)] = (qc.effects.amount, qc.quorumCertificate)
        creditsInOrder.append(NonceSlot(qc.effects))
    }
}
