import AllegroCrypto
import AllegroModels
import AllegroTesting
import SidecarCore
import Testing

/// A sender who works with one faulty validator of four, and mixes Ethereum and native payments.
struct EthereumOrderTests {
    private static let payer: UInt8 = 0xa1
    private static let otherAsset = Address(repeating: 0x21)

    private func native(_ amount: UInt64, key: UInt8, _ sequence: UInt64) -> TestPayment {
        TestPayment(from: Self.payer, to: 0xb0, amount: amount, key: key, sequence: sequence)
    }

    private func ethereum(_ amount: UInt64, key: UInt8, _ sequence: UInt64) -> TestPayment {
        native(amount, key: key, sequence).with { $0.isEthereum = true }
    }

    private func inOtherAsset(_ payment: TestPayment) -> TestPayment {
        payment.with { $0.asset = Self.otherAsset }
    }

    private func account(_ asset: Address) -> AccountAsset {
        AccountAsset(account: Address(repeating: Self.payer), asset: asset)
    }

    @Test func aNativePaymentNeverStandsForTheAccountNonceOfAnEthereumOne() throws {
        let (x, y, z) = (0, 1, 2)
        var committee = SplitCommittee(
            base: BaseState(
                balances: [account(TestPayment.asset): 100, account(Self.otherAsset): 100]))

        // X takes account nonce 0 under key 8, where a native payment finds the quorum instead.
        try committee.offer(ethereum(50, key: 7, 0), to: y, z)
        try committee.offer(inOtherAsset(ethereum(1, key: 8, 0)), to: x)
        try committee.offer(inOtherAsset(native(1, key: 8, 0)), to: y, z)
        try committee.show(inOtherAsset(native(1, key: 8, 0)), to: x)
        try committee.show(ethereum(50, key: 7, 0), to: y, z)
        try committee.offer(ethereum(1, key: 7, 1), to: y, z)
        try committee.show(ethereum(1, key: 7, 1), to: x, y, z)
        try committee.offer(ethereum(40, key: 7, 2), to: x, z)

        // Y the same with account nonce 2 under key 9.
        for sequence in UInt64(0)..<2 {
            try committee.offer(inOtherAsset(native(1, key: 9, sequence)), to: x, z)
            try committee.show(inOtherAsset(native(1, key: 9, sequence)), to: x, y, z)
        }
        try committee.offer(inOtherAsset(ethereum(1, key: 9, 2)), to: y)
        try committee.offer(inOtherAsset(native(1, key: 9, 2)), to: x, z)
        try committee.show(inOtherAsset(native(1, key: 9, 2)), to: y)
        try committee.show(ethereum(40, key: 7, 2), to: x, z)
        try committee.offer(ethereum(1, key: 7, 3), to: x, z)
        try committee.show(ethereum(1, key: 7, 3), to: x, y, z)

        // X never heard of the 50, Y never of the 40: both would see enough for 40 more.
        try committee.offer(ethereum(40, key: 7, 4), to: x, y)

        #expect(committee.spent(of: TestPayment.asset) == 51)
        #expect(committee.spent(of: Self.otherAsset) == 4)
    }

    @Test func theEthereumPaymentsOfAnAccountDeclareOneKey() throws {
        var committee = SplitCommittee(
            base: BaseState(balances: [account(TestPayment.asset): 100]))
        try committee.offer(ethereum(1, key: 7, 0), to: 0, 1, 2)
        try committee.show(ethereum(1, key: 7, 0), to: 0, 1, 2)
        for key: UInt8 in [0, 8] {
            #expect(try committee.refusal(of: ethereum(1, key: key, 1), by: 0) == .invalidFormat)
        }
        try committee.offer(ethereum(1, key: 7, 1), to: 0, 1, 2)
        #expect(committee.spent(of: TestPayment.asset) == 2)
    }

    @Test func aKeyThatTheChainHasSeenUsedIsNoLabelForEthereumPayments() throws {
        // The quorum certificate of sequence 0 would be taken for a settled native payment's, and the
        // recipient's credit lost wherever it is not signed.
        let payment = ethereum(1, key: 7, 0)
        let committee = SplitCommittee(
            base: BaseState(
                balances: [account(TestPayment.asset): 100],
                sequences: [payment.slot.lane: 5]))
        #expect(try committee.refusal(of: payment, by: 0) == .invalidFormat)
        #expect(try committee.refusal(of: native(1, key: 7, 5), by: 0) == nil)
        #expect(try committee.refusal(of: ethereum(1, key: 8, 0), by: 0) == nil)
    }

    @Test func ethereumPaymentsThatDeclareTheAccountNonceStayWithIt() throws {
        var committee = SplitCommittee(
            base: BaseState(balances: [account(TestPayment.asset): 100]))
        try committee.offer(ethereum(1, key: 0, 0), to: 0, 1, 2)
        try committee.show(ethereum(1, key: 0, 0), to: 0, 1, 2)
        #expect(try committee.refusal(of: ethereum(1, key: 7, 1), by: 0) == .invalidFormat)
        try committee.offer(ethereum(1, key: 0, 1), to: 0, 1, 2)
        #expect(committee.spent(of: TestPayment.asset) == 2)
    }
}

/// Three honest validators that hear only what they are told, and a fourth that signs anything.
private struct SplitCommittee {
    private let core = SidecarCore(epoch: 1, seats: 4)
    private let validators = TestCommittee(seats: 4)
    private let moment = Moment(unixMillis: 5_000, blockHeight: 10)
    private var ledgers: [MemoryLedger]
    private var signers: [TestPayment: Set<Int>] = [:]

    init(base: BaseState) {
        ledgers = [MemoryLedger](repeating: MemoryLedger(base: base), count: 3)
    }

    /// Asks these honest validators to sign; some may refuse.
    mutating func offer(_ payment: TestPayment, to seats: Int...) throws {
        for seat in seats {
            guard
                case .certify(let certification) = try core.decide(
                    payment.admitted, at: moment, on: ledgers[seat])
            else { continue }
            ledgers[seat].apply(certification.changes)
            signers[payment, default: []].insert(seat)
        }
    }

    /// The code of a validator's refusal; nil when it would sign.
    func refusal(of payment: TestPayment, by seat: Int) throws -> RejectCode? {
        switch try core.decide(payment.admitted, at: moment, on: ledgers[seat]) {
        case .certify: nil
        case .refuse(let reason, _), .wait(_, let reason): reason.code
        }
    }

    /// Shows the quorum certificate to these validators, if there is one.
    mutating func show(_ payment: TestPayment, to seats: Int...) throws {
        guard let honest = signers[payment], honest.count >= 2 else { return }
        let ids = (honest.sorted() + [3]).map { validators.ids[$0] }
        let qc = validators.verified(for: payment, by: ids)
        for seat in seats {
            let lesson = try core.learn(qc, on: ledgers[seat])
            if case .confirmed(let changes, _) = lesson { ledgers[seat].apply(changes) }
        }
    }

    /// What all payments take that two honest validators and the faulty one have signed.
    func spent(of asset: Address) -> UInt64 {
        signers.filter { $0.key.asset == asset && $0.value.count >= 2 }
            .reduce(0) { $0 + $1.key.amount }
    }
}
