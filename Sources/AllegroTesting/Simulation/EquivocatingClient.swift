internal import AllegroCrypto
internal import AllegroModels
internal import SidecarCore

/// A sender who works with the faulty validators, sees every validator's state, and breaks any rule.
///
/// It pays each group of validators something else: rivals for one nonce, payments under several keys,
/// Ethereum payments under changing labels, each group just what it still believes to be there. Quorum
/// certificates it shows to whom it likes.
struct EquivocatingClient {
    let index: Int
    private let base: BaseState
    private let keys: [UInt8]
    private let ethereumPercent: Int
    /// How often a turn sticks to the plan of spending as much as each group lets it.
    private let greedPercent: Int

    init(index: Int, base: BaseState, random: inout SplitMix64) {
        self.index = index
        self.base = base
        keys = random.pick([[7], [7], [7, 8], [7, 8, 9]]) ?? [7]
        ethereumPercent = random.pick([0, 0, 30, 100]) ?? 0
        greedPercent = random.pick([20, 60, 90]) ?? 60
    }

    private var account: Address { SimulationContext.account(of: index) }

    mutating func turn(_ context: inout SimulationContext) {
        let paid = context.adversary.confirmedPayments(of: account)
        if let shown = context.random.pick(paid), context.random.chance(50) {
            show(shown, &context)
        }
        if context.random.chance(15), let again = ownPayment(&context) {
            submit(again, to: somebody(&context), after: paid, &context)
            return
        }
        let favoured = context.random.sample(
            context.adversary.honestSeats,
            context.random.chance(80)
                ? context.adversary.accomplicesNeeded : context.random.within(1...context.seats))
        let payment = payment(for: favoured, after: paid, &context)
        submit(SimulatedPayment(payment), to: favoured, after: paid, &context)
        let others = context.adversary.honestSeats.filter { !favoured.contains($0) }
        guard context.random.chance(50) else { return }
        submit(
            SimulatedPayment(rival(of: payment, &context)), to: others, after: paid, &context)
    }

    /// Quorum certificates for others than the sender are of no use here.
    func receive(_: SimulationMessage) {}

    private func somebody(_ context: inout SimulationContext) -> [Int] {
        context.random.sample(
            context.adversary.honestSeats, context.random.within(1...context.seats))
    }

    private func ownPayment(_ context: inout SimulationContext) -> SimulatedPayment? {
        context.random.pick(
            context.adversary.payments.filter { $0.effects.sender == account })
    }

    // MARK: Payments

    private func payment(
        for seats: [Int], after paid: [SimulatedPayment], _ context: inout SimulationContext
    ) -> TestPayment {
        var payment = TestPayment(
            from: SimulationContext.accountByte(of: index), to: payee(&context), amount: 1,
            key: context.random.pick(keys) ?? 7)
        payment.isEthereum = context.random.chance(ethereumPercent)
        if context.random.chance(15) { payment.asset = SimulationContext.otherAsset }
        payment.nonce.sequence = sequence(for: payment, after: paid, &context)
        payment.expiry = .maxBlockHeight(context.random.chance(10) ? 12 : 1_000_000)
        payment.amount = amount(
            of: AccountAsset(account: account, asset: payment.asset), for: seats, &context)
        if context.random.chance(10) { payment.clientRequestID = "order" }
        return payment
    }

    private func payee(_ context: inout SimulationContext) -> UInt8 {
        let payees = (0..<context.clientCount).filter { $0 != index }
            .map(SimulationContext.accountByte)
        return context.random.chance(70)
            ? SimulationContext.outsideByte
            : context.random.pick(payees) ?? SimulationContext.outsideByte
    }

    /// Mostly the next one; sometimes one that is taken or too far.
    private func sequence(
        for payment: TestPayment, after paid: [SimulatedPayment],
        _ context: inout SimulationContext
    ) -> UInt64 {
        let lane = NonceLane(account: account, key: payment.signedNonce.key)
        let next =
            (base.sequences[lane] ?? 0)
            + UInt64(paid.count { $0.contentionKey.nonce.key == lane.key })
        switch context.random.below(10) {
        case 0: return next + 1
        case 1 where next > 0: return next - 1
        case _: return next
        }
    }

    /// As much as each of these validators believes to be there, or a part of it.
    private func amount(
        of payer: AccountAsset, for seats: [Int], _ context: inout SimulationContext
    ) -> UInt64 {
        let least = seats.compactMap { context.views[$0]?.available(of: payer) }.min() ?? 1
        let most = UInt64(clamping: max(1, least))
        guard context.random.chance(greedPercent) else { return 1 }
        return max(1, context.random.pick([most, most, most * 2 / 3, most / 2, most + 1]) ?? 1)
    }

    /// Another payment for the same place.
    private func rival(
        of payment: TestPayment, _ context: inout SimulationContext
    ) -> TestPayment {
        payment.with {
            switch context.random.below(7) {
            case 0: $0.salt = 1
            case 1: $0.recipient = Address(repeating: 0xef)
            case 2: $0.asset = SimulationContext.otherAsset
            case 3: $0.isEthereum.toggle()
            case 4: $0.nonce.key = NonceKey(repeating: context.random.pick([8, 9, 0x5b]) ?? 8)
            case 5: $0.envelope = 1
            case _: $0.amount = 1
            }
        }
    }

    // MARK: Sending

    private func submit(
        _ payment: SimulatedPayment, to seats: [Int], after paid: [SimulatedPayment],
        _ context: inout SimulationContext
    ) {
        let parents = parents(of: payment, after: paid, &context)
        for seat in seats {
            context.send(
                .submit(payment, parents: parents), from: .client(index), to: .validator(seat))
        }
    }

    private func parents(
        of payment: SimulatedPayment, after paid: [SimulatedPayment],
        _ context: inout SimulationContext
    ) -> [QuorumCertificate] {
        let before = paid.filter { $0.contentionKey.nonce.key == payment.contentionKey.nonce.key }
        let credits = context.adversary.payments.filter { $0.effects.recipient == account }
        var shown: [SimulatedPayment] = []
        switch context.random.below(5) {
        case 0: break
        case 1: shown = before
        case _: shown = Array(before.suffix(1))
        }
        if context.random.chance(50), let credit = context.random.pick(credits) {
            shown.append(credit)
        }
        return shown.compactMap { context.adversary.quorumCertificate(for: $0) }
    }

    /// Shows a quorum certificate to some validators, and to whom it pays.
    private func show(_ payment: SimulatedPayment, _ context: inout SimulationContext) {
        guard let qc = context.adversary.quorumCertificate(for: payment) else { return }
        for seat in context.random.sample(context.adversary.honestSeats, 2) {
            context.send(.quorumCertificate(qc), from: .client(index), to: .validator(seat))
        }
        if let payee = context.owner(of: payment.effects.recipient) {
            context.send(.quorumCertificate(qc), from: .client(index), to: payee)
        }
    }
}
