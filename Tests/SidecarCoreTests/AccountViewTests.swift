import AllegroCrypto
import AllegroModels
import AllegroTesting
import SidecarCore
import Testing

/// What is said of an account is what the decider would find.
struct AccountViewTests {
    private let core = SidecarCore(epoch: 1, seats: 4)
    private let validators = TestCommittee(seats: 4)
    private let payment = TestPayment(from: 0xa1, to: 0xb0, amount: 10)

    private var account: AccountAsset {
        AccountAsset(account: payment.sender, asset: payment.asset)
    }

    private func view(
        _ ledger: MemoryLedger, keys: [NonceKey] = [], slots: [NonceSlot] = []
    ) throws -> AccountView {
        try core.view(
            of: AccountRecords(
                account: payment.sender, assets: [payment.asset], keys: keys,
                slots: slots.compactMap { ledger.slot($0) }),
            on: ledger)
    }

    private func decide(
        _ payment: TestPayment, _ ledger: MemoryLedger
    ) throws -> SidecarCore.Decision {
        try core.decide(
            payment.admitted, at: Moment(unixMillis: 5_000, blockHeight: 1), on: ledger)
    }

    private func certify(_ payment: TestPayment, _ ledger: inout MemoryLedger) throws {
        guard case .certify(let certification) = try decide(payment, ledger) else {
            Issue.record("not certified: \(payment)")
            return
        }
        ledger.apply(certification.changes)
    }

    private func learn(_ payment: TestPayment, _ ledger: inout MemoryLedger) throws {
        let lesson = try core.learn(validators.verified(for: payment), on: ledger)
        guard case .confirmed(let changes, _) = lesson else {
            Issue.record("nothing learned: \(payment)")
            return
        }
        ledger.apply(changes)
    }

    @Test func whatIsAvailableIsCertifiedAndNothingMore() throws {
        var ledger = MemoryLedger(base: BaseState(balances: [account: 100]))
        try certify(payment, &ledger)
        try learn(payment, &ledger)
        let available = try #require(view(ledger).balances.first).available
        #expect(available == 90)
        let next = payment.with {
            $0.nonce.sequence = 1
            $0.amount = 90
        }
        guard case .refuse(let reason, _) = try decide(next.with { $0.amount = 91 }, ledger) else {
            Issue.record("more than available was certified")
            return
        }
        #expect(reason.code == .insufficientFunds)
        try certify(next, &ledger)
        #expect(try view(ledger).balances.first?.available == 0)
    }

    @Test func ofABalanceThatSeveralKeysPayFromOnlyTheShareIsAvailable() throws {
        var ledger = MemoryLedger(base: BaseState(balances: [account: 90]))
        try certify(payment, &ledger)
        #expect(try view(ledger).balances.first?.available == 80)
        let other = payment.with { $0.nonce.key = NonceKey(repeating: 8) }
        try certify(other, &ledger)
        // 2/3 of 90, of which 20 are spent.
        let available = try #require(view(ledger).balances.first).available
        #expect(available == 40)
        let next = payment.with { $0.nonce.key = NonceKey(repeating: 9) }
        guard case .refuse = try decide(next.with { $0.amount = 41 }, ledger) else {
            Issue.record("more than available was certified")
            return
        }
        try certify(next.with { $0.amount = 40 }, &ledger)
    }

    @Test func whatIsAvailableIsNeverBelowZero() throws {
        // The credit that paid for it has not come here yet.
        var ledger = MemoryLedger()
        try learn(payment, &ledger)
        #expect(
            try view(ledger).balances == [
                AccountBalance(
                    asset: payment.asset, base: 0, credits: 0, debits: 10, available: 0)
            ])
    }

    @Test func theGreatestBalanceIsShownWhole() throws {
        var ledger = MemoryLedger(base: BaseState(balances: [account: .max]))
        try certify(payment, &ledger)
        #expect(try view(ledger).balances.first?.available == .max - 10)
    }

    @Test func ofRivalsTheConfirmedOneIsShown() throws {
        var ledger = MemoryLedger(base: BaseState(balances: [account: 100]))
        try certify(payment, &ledger)
        #expect(
            try view(ledger, slots: [payment.slot]).payments == [
                UnsettledPayment(
                    txHash: payment.txHash, effects: payment.effects, stage: .accepted,
                    qcHash: nil, createdUnixMillis: 5_000)
            ])
        let rival = payment.with { $0.amount = 7 }
        try learn(rival, &ledger)
        #expect(
            try view(ledger, slots: [payment.slot]).payments == [
                UnsettledPayment(
                    txHash: rival.txHash, effects: rival.effects, stage: .certified,
                    qcHash: validators.verified(for: rival).hash, createdUnixMillis: 0)
            ])
    }

    @Test func aSignedPaymentKeepsItsTimeWhenItIsConfirmed() throws {
        var ledger = MemoryLedger(base: BaseState(balances: [account: 100]))
        try certify(payment, &ledger)
        try learn(payment.with { $0.envelope = 1 }, &ledger)
        let shown = try #require(view(ledger, slots: [payment.slot]).payments.first)
        #expect(shown.createdUnixMillis == 5_000)
        #expect(shown.txHash == payment.with { $0.envelope = 1 }.txHash)
        #expect(shown.stage == .certified)
    }

    @Test func theNextSequenceIsTheOneThatIsSigned() throws {
        var ledger = MemoryLedger(base: BaseState(balances: [account: 100]))
        let key = payment.nonce.key
        #expect(
            try view(ledger, keys: [key]).nonces
                == [NonceProgress(key: key, next: 0, confirmed: 0)])
        try certify(payment, &ledger)
        #expect(
            try view(ledger, keys: [key]).nonces
                == [NonceProgress(key: key, next: 1, confirmed: 0)])
        try learn(payment, &ledger)
        #expect(
            try view(ledger, keys: [key]).nonces
                == [NonceProgress(key: key, next: 1, confirmed: 1)])
        try certify(payment.with { $0.nonce.sequence = 1 }, &ledger)
    }

    @Test func placesOfEthereumPaymentsThatAreKnownByQuorumCertificateOnlyAreNotFree() throws {
        let order = NonceLane(account: payment.sender, key: .protocol)
        var ledger = MemoryLedger(
            base: BaseState(balances: [account: 100], sequences: [order: 5]))
        let ethereum = payment.with { $0.isEthereum = true }
        func at(_ sequence: UInt64) -> TestPayment {
            ethereum.with { $0.nonce.sequence = sequence }
        }
        try certify(at(5), &ledger)
        for sequence in UInt64(5)...7 { try learn(at(sequence), &ledger) }
        // Under the key that is declared and under the account nonce's own.
        #expect(
            try view(ledger, keys: [.protocol, payment.nonce.key]).nonces == [
                NonceProgress(key: .protocol, next: 8, confirmed: 8),
                NonceProgress(key: payment.nonce.key, next: 8, confirmed: 8),
            ])
        try certify(at(8), &ledger)
        #expect(
            try view(ledger, keys: [payment.nonce.key]).nonces
                == [NonceProgress(key: payment.nonce.key, next: 9, confirmed: 8)])
    }
}
