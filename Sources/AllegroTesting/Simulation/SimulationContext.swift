internal import AllegroCrypto
internal import AllegroModels
internal import SidecarCore

/// What a party that acts has at hand.
struct SimulationContext {
    let validators: TestCommittee
    /// How many accounts clients pay from; the client of index i owns account i.
    let clientCount: Int
    var nowMillis = 0
    var isHealed = false
    var random: SplitMix64
    /// The validators' verifier, which a fault may be planted in.
    var verifier: QuorumVerifier
    /// The wallets' verifier.
    var walletVerifier: QuorumVerifier
    /// What the faulty parties know together.
    var adversary: Adversary
    var statistics = SimulationStatistics()
    /// The state of each honest validator, by seat; looked at by the adversary alone.
    var views: [Int: MemoryLedger] = [:]
    /// Messages that were sent and are not on their way yet.
    var outbox: [(message: SimulationMessage, from: Party, to: Party)] = []
    /// Certificates that honest validators have signed, of which some may never leave.
    var signed: [(certificate: Certificate, seat: Int)] = []
    /// Validators that have staged something since they were last asked.
    var staging: [Int] = []

    var seats: Int { validators.committee.seats }

    /// One block every 50 ms.
    var moment: Moment {
        Moment(
            unixMillis: 1_000_000 + UInt64(nowMillis), blockHeight: 10 + UInt64(nowMillis / 50))
    }

    mutating func send(_ message: SimulationMessage, from sender: Party, to receiver: Party) {
        outbox.append((message, sender, receiver))
    }

    /// Sends to all validators but the sender.
    mutating func broadcast(_ message: SimulationMessage, from sender: Party) {
        for seat in 0..<seats where sender != .validator(seat) {
            send(message, from: sender, to: .validator(seat))
        }
    }

    /// The client that an account belongs to; nil for accounts of nobody here.
    func owner(of account: Address) -> Party? {
        (0..<clientCount).first { Self.account(of: $0) == account }.map(Party.client)
    }

    /// The account of a client.
    static func account(of client: Int) -> Address { Address(repeating: accountByte(of: client)) }

    /// The byte that a client's address repeats.
    static func accountByte(of client: Int) -> UInt8 { 0xa0 + UInt8(client) }

    /// The byte of an account that nobody here pays from.
    static let outsideByte: UInt8 = 0xee

    /// The second token, which only faulty clients use.
    static let otherAsset = Address(repeating: 0x21)
}

/// How often what a simulation is for has happened in it.
package struct SimulationStatistics: Hashable, Sendable {
    package var steps = 0
    package var signatures = 0
    package var refusals = 0
    package var waits = 0
    package var formableQuorums = 0
    package var honestPaymentsConfirmed = 0
    package var confirmedUnseen = 0
    package var rivalsThatWon = 0
    package var crashes = 0
    package var crashesThatLostChanges = 0
    package var viewsBelowZero = 0
    package var refusedQuorumCertificates = 0

    package init() {}

    /// Adds the counts of another run.
    package mutating func add(_ other: SimulationStatistics) {
        steps += other.steps
        signatures += other.signatures
        refusals += other.refusals
        waits += other.waits
        formableQuorums += other.formableQuorums
        honestPaymentsConfirmed += other.honestPaymentsConfirmed
        confirmedUnseen += other.confirmedUnseen
        rivalsThatWon += other.rivalsThatWon
        crashes += other.crashes
        crashesThatLostChanges += other.crashesThatLostChanges
        viewsBelowZero += other.viewsBelowZero
        refusedQuorumCertificates += other.refusedQuorumCertificates
    }
}
