import AllegroCrypto
import AllegroModels
import AllegroTesting
import SidecarCore

@testable import CertificateStore

/// What a committee confirmed of some accounts, and what one validator was asked, from a seed.
///
/// For each order there is one payment a sequence that finds a quorum; the validator hears of it, of
/// its quorum certificate and of its rivals in any order, or not at all.
struct GuardHistory {
    /// One order of payments: a native key, or an account nonce under the key that is declared for it.
    struct Order {
        var account: UInt8
        var key: UInt8
        var isEthereum: Bool
        var first: UInt64
        /// The payments that find a quorum, from `first` on.
        var winners: [TestPayment]
    }

    static let accounts: [UInt8] = [0xa1, 0xa2, 0xa3, 0xa4, 0xa5]
    /// Every key that any payment declares.
    static let keys: [UInt8] = [0, 7, 8, 9, 0x5b]

    private(set) var base = BaseState()
    private(set) var orders: [Order] = []
    /// Every request that was made.
    private(set) var requests: [TestPayment] = []
    private var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        for account in Self.accounts { open(account) }
    }

    /// Gives an account a balance and orders to pay in.
    private mutating func open(_ account: UInt8) {
        let address = Address(repeating: account)
        base.balances[AccountAsset(account: address, asset: TestPayment.asset)] =
            UInt128(random.within(20...400))
        let label: UInt8 = random.chance(30) ? 0 : random.chance(50) ? 0x5b : 9
        for key: UInt8 in [7, 8, label] where key == 7 || random.chance(70) {
            let isEthereum = key == label
            let first = random.chance(25) ? UInt64(random.within(1...4)) : 0
            let signedKey = isEthereum ? NonceKey.protocol : NonceKey(repeating: key)
            base.sequences[NonceLane(account: address, key: signedKey)] = first
            var order = Order(
                account: account, key: key, isEthereum: isEthereum, first: first, winners: [])
            for offset in 0..<UInt64(random.below(9)) {
                order.winners.append(payment(in: order, first + offset))
            }
            orders.append(order)
        }
    }

    /// Every payment that found a quorum.
    var winners: [TestPayment] { orders.flatMap(\.winners) }

    private mutating func payment(in order: Order, _ sequence: UInt64) -> TestPayment {
        let recipient = random.pick(Self.accounts.filter { $0 != order.account }) ?? 0xb0
        var payment = TestPayment(
            from: order.account, to: recipient, amount: UInt64(random.within(1...12)),
            key: order.key, sequence: sequence)
        payment.isEthereum = order.isEthereum
        payment.expiry = .maxBlockHeight(1_000)
        payment.salt = UInt8(random.below(100))
        return payment
    }

    /// What the validator hears next.
    enum Event {
        case request(TestPayment)
        case quorumCertificate(TestPayment)
    }

    /// The next event; `next` is how far the validator's order has come.
    mutating func event(next: (NonceLane) throws -> UInt64) rethrows -> Event {
        guard let order = random.pick(orders) else { preconditionFailure("there is an order") }
        let signedKey = order.isEthereum ? NonceKey.protocol : NonceKey(repeating: order.key)
        let lane = NonceLane(account: Address(repeating: order.account), key: signedKey)
        let ahead = try next(lane)
        if random.chance(45), !order.winners.isEmpty {
            // Most often the one that the validator waits for, else any.
            let index = Int(ahead) - Int(order.first) - random.below(2)
            let isNear = random.chance(70) && order.winners.indices.contains(index)
            return .quorumCertificate(
                order.winners[isNear ? index : random.below(order.winners.count)])
        }
        let sequence = random.chance(80) ? ahead : UInt64(random.below(8))
        let index = Int(sequence) - Int(order.first)
        var payment =
            random.chance(70) && order.winners.indices.contains(index)
            ? order.winners[index] : payment(in: order, sequence)
        if random.chance(15) { payment.envelope = UInt8(random.within(1...5)) }
        if random.chance(6) { payment.isEthereum.toggle() }
        if random.chance(6) {
            payment.nonce.key = NonceKey(repeating: random.pick(Self.keys) ?? 7)
        }
        requests.append(payment)
        return .request(payment)
    }

    /// A payment and what could be signed in its place.
    static func variants(of payment: TestPayment) -> [TestPayment] {
        var variants = [payment, payment.with { $0.envelope ^= 0x40 }]
        variants.append(payment.with { $0.salt ^= 0x80 })
        variants.append(payment.with { $0.amount += 1 })
        variants.append(payment.with { $0.isEthereum.toggle() })
        for key in keys {
            variants.append(payment.with { $0.nonce.key = NonceKey(repeating: key) })
        }
        return variants
    }
}

/// What a validator signed, by the places that one payment may take for ever.
struct SignedPlaces {
    private struct Place: Hashable {
        var account: Address
        var nonce: Nonce2D
        var isDeclared: Bool
    }

    private var holders: [Place: SigningHash] = [:]

    private func places(of payment: TestPayment) -> [Place] {
        let declared = Place(account: payment.sender, nonce: payment.nonce, isDeclared: true)
        guard payment.isEthereum else { return [declared] }
        return [
            declared,
            Place(account: payment.sender, nonce: payment.signedNonce, isDeclared: false),
        ]
    }

    mutating func add(_ payment: TestPayment) {
        for place in places(of: payment) { holders[place] = payment.signingHash }
    }

    /// Whether another payment was signed for one of its places.
    func holdRival(of payment: TestPayment) -> Bool {
        places(of: payment).contains { place in
            holders[place].map { $0 != payment.signingHash } ?? false
        }
    }
}
