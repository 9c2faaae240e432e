internal import AllegroCrypto
internal import AllegroModels
package import SidecarCore

/// A committee with its clients and a network, all of it decided by one seed.
///
/// There is no clock and no thread: events happen in the order of their simulated time. Until the
/// network heals, messages are lost, delayed, doubled and reordered, validators crash, and faulty
/// parties do what they like; after that everything is spread, and honest payments must get through.
package struct Simulation {
    /// One run of it.
    package struct Seed: Hashable, Sendable {
        package var seats: Int
        package var number: UInt64

        package init(seats: Int, number: UInt64) {
            self.seats = seats
            self.number = number
        }
    }

    /// How a run ended.
    package struct Outcome: Sendable {
        /// What went wrong; nil when nothing did.
        package var violation: SimulationViolation?
        package var statistics: SimulationStatistics
        /// What happened, a line for each event; empty unless asked for.
        package var trace: [String]
    }

    /// Simulated time of the lossy part, in milliseconds.
    static let healsAtMillis = 400
    private static let endsAtMillis = 900
    private static let stepsMax = 50_000

    private var queue = SimulationQueue()
    private var context: SimulationContext
    private var observer: SimulationObserver
    private var conditions: NetworkConditions
    private var honest: [Int: HonestValidator] = [:]
    private var faulty: [Int: any FaultyValidator] = [:]
    private var wallets: [HonestClient] = []
    private var equivocators: [EquivocatingClient] = []
    private var isSyncing: Set<Int> = []
    private var trace: [String]?

    /// - Parameters:
    ///   - validators: a committee of the seed's seats, which many runs may share.
    ///   - fault: one to plant in every honest validator.
    ///   - isTraced: whether to write down what happens.
    ///   - ledger: makes the ledger of an honest validator.
    package init(
        _ seed: Seed, of validators: TestCommittee, fault: PlantedFault? = nil,
        isTraced: Bool = false,
        ledger: (BaseState, Int) throws -> any ValidatorLedger = { base, _ in
            MemoryValidatorLedger(base: base)
        }
    ) throws {
        precondition(validators.committee.seats == seed.seats, "a committee of the seed's seats")
        var random = SplitMix64(seed: seed.number &* 31 &+ UInt64(seed.seats))
        let plan = SimulationPlan(seats: seed.seats, random: &random)
        conditions = plan.conditions
        trace = isTraced ? ["\(plan)"] : nil
        observer = SimulationObserver(
            of: validators, faultySeats: plan.faultySeats.count, base: plan.base)
        for (seat, kind) in plan.faultySeats { faulty[seat] = kind.validator(seat: seat) }
        for seat in 0..<seed.seats where faulty[seat] == nil {
            honest[seat] = HonestValidator(
                seat: seat, of: validators, ledger: try ledger(plan.base, seat), fault: fault)
        }
        wallets = plan.wallets.enumerated().map { index, kind in
            HonestClient(
                index: index, kind: kind, base: plan.base, payments: plan.paymentsOfWallet)
        }
        equivocators = (0..<plan.equivocators).map { number in
            EquivocatingClient(
                index: plan.wallets.count + number, base: plan.base, random: &random)
        }
        context = SimulationContext(
            validators: validators, clientCount: plan.clientCount, random: random,
            verifier: QuorumVerifier(of: validators, fault: fault),
            walletVerifier: QuorumVerifier(of: validators),
            adversary: Adversary(of: validators, seats: plan.faultySeats.keys.sorted()))
        schedule(plan)
    }

    // MARK: Running

    /// Runs to the end or to the first violation.
    ///
    /// - Throws: what is no matter of the protocol, as a store that cannot be written.
    package mutating func run() throws -> Outcome {
        do {
            while let (millis, event) = queue.next() {
                context.nowMillis = millis
                context.statistics.steps += 1
                guard context.statistics.steps <= Self.stepsMax else {
                    throw SimulationViolation(.neverAtRest, "after \(Self.stepsMax) steps")
                }
                if trace != nil { trace?.append("\(millis) ms  \(Self.line(event))") }
                try take(event)
                try settle()
            }
            try checkAtRest()
            return outcome(nil)
        } catch let violation as SimulationViolation {
            return outcome(violation)
        }
    }

    private func outcome(_ violation: SimulationViolation?) -> Outcome {
        var statistics = context.statistics
        statistics.formableQuorums = observer.formable.count
        return Outcome(violation: violation, statistics: statistics, trace: trace ?? [])
    }

    private mutating func take(_ event: SimulationEvent) throws {
        switch event {
        case .deliver(let message, let sender, let receiver):
            try deliver(message, from: sender, to: receiver)
        case .turn(let party): turn(of: party)
        case .sync(let seat):
            isSyncing.remove(seat)
            try honest[seat]?.sync(&context)
        case .crash(let seat, let isBetweenSyncAndRelease):
            try honest[seat]?.crash(
                isBetweenSyncAndRelease: isBetweenSyncAndRelease, &context)
            context.staging.append(seat)
        case .pull(let seat): pull(for: seat)
        case .heal:
            context.isHealed = true
            conditions = .healed
        }
    }

    private mutating func deliver(
        _ message: SimulationMessage, from sender: Party, to receiver: Party
    ) throws {
        switch receiver {
        case .validator(let seat):
            try honest[seat]?.receive(message, from: sender, &context)
            faulty[seat]?.receive(message, from: sender, &context)
        case .client(let index) where index < wallets.count:
            wallets[index].receive(message, &context)
        case .client(let index):
            equivocators[index - wallets.count].receive(message)
        }
    }

    private mutating func turn(of party: Party) {
        switch party {
        case .validator(let seat): faulty[seat]?.turn(&context)
        case .client(let index) where index < wallets.count: wallets[index].turn(&context)
        case .client(let index): equivocators[index - wallets.count].turn(&context)
        }
    }

    private mutating func pull(for seat: Int) {
        guard let puller = honest[seat] else { return }
        for peer in 0..<context.seats where peer != seat {
            guard let missing = honest[peer]?.durableBoard.missing(in: puller.durableBoard),
                !missing.isEmpty
            else { continue }
            context.send(.certificates(missing), from: .validator(peer), to: .validator(seat))
        }
    }

    // MARK: After each event

    /// Looks at what the event did, and sends what it left to be sent.
    private mutating func settle() throws(SimulationViolation) {
        let signed = context.signed
        context.signed = []
        for (certificate, seat) in signed { try observer.see(certificate, by: seat) }
        let touched = Set(context.staging)
        context.staging = []
        for seat in touched.sorted() {
            guard let view = honest[seat]?.view else { continue }
            context.views[seat] = view
            if try observer.check(view, of: seat) { context.statistics.viewsBelowZero += 1 }
            if isSyncing.insert(seat).inserted {
                queue.add(
                    .sync(seat: seat), at: context.nowMillis + context.random.within(1...5))
            }
        }
        let sent = context.outbox
        context.outbox = []
        for (message, sender, receiver) in sent {
            overhear(message, from: sender)
            for delay in conditions.delays(from: sender, to: receiver, &context.random) {
                queue.add(
                    .deliver(message, from: sender, to: receiver),
                    at: context.nowMillis + delay)
            }
        }
    }

    private mutating func overhear(_ message: SimulationMessage, from sender: Party) {
        switch (message, sender) {
        case (.submit(let payment, _), _):
            observer.see(payment)
            context.adversary.overhear(payment)
        case (.certificates(let certificates), .validator(let seat)):
            for certificate in certificates {
                context.adversary.overhear(certificate, by: seat)
            }
        case (.certificates, .client), (.quorumCertificate, _): break
        }
    }

    /// What must hold once everything was spread.
    private func checkAtRest() throws(SimulationViolation) {
        let views = honest.keys.sorted().compactMap { seat in
            honest[seat].map { (seat: seat, view: $0.view) }
        }
        for wallet in wallets {
            if let payment = wallet.unconfirmedPayment {
                throw SimulationViolation(.honestPaymentStuck, "\(payment)")
            }
            for payment in wallet.confirmedPayments {
                for (seat, view) in views where view.slots[payment.slot]?.confirmed == nil {
                    throw SimulationViolation(
                        .honestPaymentStuck, "validator \(seat) never heard of \(payment)")
                }
            }
        }
        try observer.compare(views)
    }

    // MARK: Planning

    private mutating func schedule(_ plan: SimulationPlan) {
        let clients = (0..<plan.clientCount).map(Party.client)
        for party in clients + faulty.keys.sorted().map(Party.validator) {
            var millis = context.random.below(20)
            while millis < Self.healsAtMillis {
                queue.add(.turn(party), at: millis)
                millis += context.random.within(10...plan.turnMillisMax)
            }
        }
        for _ in 0..<plan.crashes {
            queue.add(
                .crash(
                    seat: context.random.below(context.seats),
                    isBetweenSyncAndRelease: context.random.chance(30)),
                at: context.random.below(Self.healsAtMillis))
        }
        for _ in 0..<context.seats where !conditions.isGossipSevered {
            queue.add(
                .pull(seat: context.random.below(context.seats)),
                at: context.random.below(Self.healsAtMillis))
        }
        queue.add(.heal, at: Self.healsAtMillis)
        for millis in stride(from: Self.healsAtMillis + 1, to: Self.endsAtMillis, by: 50) {
            for seat in 0..<context.seats { queue.add(.pull(seat: seat), at: millis) }
            for index in wallets.indices { queue.add(.turn(.client(index)), at: millis + 20) }
        }
        for seat in 0..<context.seats { queue.add(.pull(seat: seat), at: Self.endsAtMillis + 50) }
    }

    private static func line(_ event: SimulationEvent) -> String {
        switch event {
        case .deliver(.submit(let payment, let parents), let from, let to):
            "\(from) -> \(to): submit \(payment), \(parents.count) parents"
        case .deliver(.certificates(let certificates), let from, let to):
            "\(from) -> \(to): certificates "
                + certificates.map { "\($0.txHash.short) by \($0.signer.id.short)" }
                .joined(separator: ", ")
        case .deliver(.quorumCertificate(let qc), let from, let to):
            "\(from) -> \(to): quorum certificate of \(qc.txHash.short)"
        case .turn(let party): "turn of \(party)"
        case .sync(let seat): "validator \(seat) syncs"
        case .crash(let seat, let isBetween):
            "validator \(seat) crashes" + (isBetween ? " after a sync" : "")
        case .pull(let seat): "validator \(seat) pulls"
        case .heal: "the network heals"
        }
    }
}
