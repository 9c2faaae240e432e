internal import AllegroCrypto
internal import AllegroModels
internal import SidecarCore

/// A validator that need not follow the protocol.
protocol FaultyValidator {
    var seat: Int { get }

    mutating func receive(
        _ message: SimulationMessage, from sender: Party, _ context: inout SimulationContext)

    /// Acts unasked.
    mutating func turn(_ context: inout SimulationContext)
}

extension FaultyValidator {
    fileprivate var party: Party { .validator(seat) }

    fileprivate func someone(_ context: inout SimulationContext) -> Party {
        let clients = (0..<context.clientCount).map(Party.client)
        return context.random.pick((0..<context.seats).map(Party.validator) + clients) ?? party
    }
}

/// Signs whatever it is asked to and what it is not, for everybody.
struct SignsAnything: FaultyValidator {
    let seat: Int

    mutating func receive(
        _ message: SimulationMessage, from sender: Party, _ context: inout SimulationContext
    ) {
        guard case .submit(let payment, _) = message else { return }
        let certificate = context.adversary.certificate(by: seat, for: payment)
        context.send(.certificates([certificate]), from: party, to: sender)
        context.broadcast(.certificates([certificate]), from: party)
    }

    mutating func turn(_ context: inout SimulationContext) {
        guard let payment = context.random.pick(context.adversary.payments) else { return }
        let certificate = context.adversary.certificate(by: seat, for: payment)
        context.send(.certificates([certificate]), from: party, to: someone(&context))
    }
}

/// Signs for the client alone, or not at all, and passes nothing on.
struct Withholder: FaultyValidator {
    let seat: Int

    mutating func receive(
        _ message: SimulationMessage, from sender: Party, _ context: inout SimulationContext
    ) {
        guard case .submit(let payment, _) = message, context.random.chance(50) else { return }
        let certificate = context.adversary.certificate(by: seat, for: payment)
        context.send(.certificates([certificate]), from: party, to: sender)
    }

    mutating func turn(_: inout SimulationContext) {}
}

/// Sends what it has heard again, to anybody, and payments in other envelopes than their senders'.
struct Replayer: FaultyValidator {
    let seat: Int
    private var heard: [SimulationMessage] = []
    private static let heardCountMax = 64

    init(seat: Int) { self.seat = seat }

    mutating func receive(
        _ message: SimulationMessage, from _: Party, _ context: inout SimulationContext
    ) {
        if heard.count == Self.heardCountMax {
            heard.remove(at: context.random.below(Self.heardCountMax))
        }
        heard.append(message)
    }

    mutating func turn(_ context: inout SimulationContext) {
        guard let message = context.random.pick(heard) else { return }
        if case .submit(let payment, let parents) = message, context.random.chance(50) {
            let other = SimulatedPayment(
                payment.payment.with { $0.envelope = UInt8(1 + context.random.below(3)) })
            context.broadcast(.submit(other, parents: parents), from: party)
            return
        }
        for _ in 0..<3 { context.send(message, from: party, to: someone(&context)) }
    }
}

/// Makes certificates and quorum certificates that are not what they say.
struct Forger: FaultyValidator {
    let seat: Int

    mutating func receive(
        _ message: SimulationMessage, from sender: Party, _ context: inout SimulationContext
    ) {
        guard case .submit(let payment, _) = message else { return }
        context.send(
            .certificates([otherEffects(payment, context)]), from: party, to: sender)
        context.broadcast(.certificates([otherEffects(payment, context)]), from: party)
    }

    mutating func turn(_ context: inout SimulationContext) {
        guard let payment = context.random.pick(context.adversary.payments) else { return }
        let forgery = forgedQuorum(for: payment, &context)
        switch context.random.below(3) {
        case 0:
            for certificate in forgery.certificates {
                context.send(.certificates([certificate]), from: party, to: someone(&context))
            }
        case 1:
            context.broadcast(
                .submit(payment, parents: [forgery]), from: party)
        case _: context.broadcast(.quorumCertificate(forgery), from: party)
        }
    }

    /// Its own signature over other effects than the payment's.
    private func otherEffects(
        _ payment: SimulatedPayment, _ context: SimulationContext
    ) -> Certificate {
        var effects = payment.effects
        effects.amount &+= 1
        return context.validators.certificate(
            by: context.validators.ids[seat], for: payment.txHash, effects)
    }

    private func forgedQuorum(
        for payment: SimulatedPayment, _ context: inout SimulationContext
    ) -> QuorumCertificate {
        let own = context.adversary.seats.map {
            context.adversary.certificate(by: $0, for: payment)
        }
        let quorum = context.validators.committee.quorum
        var certificates = own
        var threshold = quorum
        switch context.random.below(4) {
        case 0:
            // So many of its own, each with another time, which is not signed.
            while certificates.count < quorum {
                var again = own[certificates.count % own.count]
                again.createdUnixMillis += UInt64(certificates.count)
                certificates.append(again)
            }
        case 1: threshold = own.count
        case 2: certificates += strangers(payment, quorum - own.count, context)
        case _: certificates += impostors(payment, own[0], context)
        }
        return QuorumCertificate(
            txHash: payment.txHash, effectsHash: own[0].effectsHash,
            certificates: certificates, threshold: UInt32(threshold))
    }

    /// Certificates under names that have no seat.
    private func strangers(
        _ payment: SimulatedPayment, _ count: Int, _ context: SimulationContext
    ) -> [Certificate] {
        (0..<max(0, count)).map { number in
            var certificate = context.adversary.certificate(by: seat, for: payment)
            certificate.signer = ValidatorReference(
                id: ValidatorID(repeating: 0xf0 + UInt8(number)))
            return certificate
        }
    }

    /// Its own signature under the names of the honest.
    private func impostors(
        _ payment: SimulatedPayment, _ own: Certificate, _ context: SimulationContext
    ) -> [Certificate] {
        context.adversary.honestSeats.map { honest in
            var certificate = own
            certificate.signer = ValidatorReference(id: context.validators.ids[honest])
            return certificate
        }
    }
}
