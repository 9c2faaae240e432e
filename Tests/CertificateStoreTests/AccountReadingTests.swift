import AllegroCrypto
import AllegroModels
import AllegroTesting
import CertificateStore
import SidecarCore
import Testing

/// The store's records, read by account.
struct AccountReadingTests {
    private let payment = TestPayment(from: 0xa1, to: 0xb0, amount: 10)
    private let core = SidecarCore(epoch: 1, seats: 4)
    private let validators = TestCommittee(seats: 4)

    private func store(_ base: BaseState) throws -> CertificateStore {
        try CertificateStore(
            at: .memory,
            for: StoreIdentity(
                chainID: 1337, validator: ValidatorID(repeating: 1),
                publicKey: ValidatorPublicKey(repeating: 2)),
            base: base,
            limits: CertificateStore.Limits(
                certificatesPerSignerMax: 100, qcHashesMax: 3, clientRequestsMax: 3))
    }

    private func learn(_ payment: TestPayment, in store: CertificateStore) throws {
        let lesson = try core.learn(validators.verified(for: payment), on: store)
        guard case .confirmed(let changes, _) = lesson else {
            Issue.record("nothing learned: \(payment)")
            return
        }
        _ = try store.transaction { try store.stage(changes) }
    }

    private func read(
        _ store: CertificateStore, countMax: Int
    ) throws -> [AccountRecords] {
        var pages: [AccountRecords] = []
        var position: AccountPosition? = AccountPosition()
        while let after = position {
            let (records, next) = try store.read(
                AccountQuery(account: payment.sender, key: nil, after: after, countMax: countMax))
            pages.append(records)
            position = next
        }
        return pages
    }

    @Test(arguments: [1, 2, 3, 100, Int.max])
    func sequencesAreInOrderAlsoBeyondTheLargestSignedInteger(countMax: Int) throws {
        let half = UInt64(1) << 63
        let keys = [NonceKey(repeating: 0x01), NonceKey(repeating: 0x80)]
        let sequences = [0, 1, half - 1, half, half + 1, .max - 1, .max]
        let store = try store(BaseState())
        for key in keys.reversed() {
            for sequence in sequences.reversed() {
                try learn(
                    payment.with { $0.nonce = Nonce2D(key: key, sequence: sequence) }, in: store)
            }
        }
        let pages = try read(store, countMax: countMax)
        #expect(
            pages.flatMap(\.slots).map(\.effects.nonce)
                == keys.flatMap { key in
                    sequences.map { Nonce2D(key: key, sequence: $0) }
                })
    }

    @Test(arguments: [1, 2, 100])
    func whatTheChainSaysAndWhatPaymentsTouchedIsListedOnceAndInOrder(countMax: Int) throws {
        func asset(_ byte: UInt8) -> AccountAsset {
            AccountAsset(account: payment.sender, asset: Address(repeating: byte))
        }
        func lane(_ byte: UInt8) -> NonceLane {
            NonceLane(account: payment.sender, key: NonceKey(repeating: byte))
        }
        let other = AccountAsset(
            account: Address(repeating: 0xcc), asset: Address(repeating: 0x77))
        let store = try store(
            BaseState(
                balances: [asset(0x30): 1, asset(0x10): 2, other: 3],
                sequences: [lane(0x05): 4, lane(0x02): 4]))
        for (token, key, sequence) in [(0x10, 0x02, 4), (0x20, 0x04, 0), (0x40, 0x06, 3)] {
            let payment = payment.with {
                $0.asset = Address(repeating: UInt8(token))
                $0.nonce = Nonce2D(
                    key: NonceKey(repeating: UInt8(key)), sequence: UInt64(sequence))
            }
            try learn(payment, in: store)
        }
        let pages = try read(store, countMax: countMax)
        #expect(
            pages.flatMap(\.assets) == [0x10, 0x20, 0x30, 0x40].map { Address(repeating: $0) })
        // Key 6 is ahead of its lane, which has not begun here.
        #expect(
            pages.flatMap(\.keys) == [0x02, 0x04, 0x05, 0x06].map { NonceKey(repeating: $0) })
    }
}
