import AllegroCrypto
import AllegroModels
import AllegroTesting
import CertificateStore
import SidecarCore
import Testing

@testable import Sidecar

/// What the ledger says of accounts, on a real store.
struct AccountTests {
    private let fixture: LedgerFixture

    init() throws {
        fixture = try LedgerFixture()
    }

    private var payment: TestPayment { fixture.payment }

    private func qc(for payment: TestPayment) -> VerifiedQuorumCertificate {
        fixture.validators.verified(for: payment, by: Array(fixture.validators.ids[1...3]))
    }

    private func read(
        _ account: Address, _ ledger: Ledger, key: NonceKey? = nil,
        after: AccountPosition = AccountPosition(), countMax: Int = 100
    ) async throws -> (page: AccountView, next: AccountPosition?) {
        try await ledger.account(
            AccountQuery(account: account, key: key, after: after, countMax: countMax))
    }

    @Test func balancesFollowWhatWasSignedConfirmedAndReplaced() async throws {
        let ledger = try fixture.ledger(base: BaseState(balances: [fixture.account: 100]))
        func balance(of account: Address) async throws -> [UInt128] {
            try await read(account, ledger).page.balances.flatMap {
                [$0.base, $0.credits, $0.debits, $0.available]
            }
        }
        #expect(try await balance(of: payment.sender) == [100, 0, 0, 100])
        #expect(try await balance(of: payment.recipient) == [])
        // Signed: the money is gone, and nobody has it yet.
        let signed = payment.with { $0.amount = 30 }
        _ = try await ledger.outcome(of: signed).get()
        #expect(try await balance(of: payment.sender) == [100, 0, 30, 70])
        #expect(try await balance(of: payment.recipient) == [])
        // A rival wins: its amount takes the place of ours.
        let rival = payment.with { $0.amount = 10 }
        _ = try await ledger.confirm(qc(for: rival)).get()
        #expect(try await balance(of: payment.sender) == [100, 0, 10, 90])
        #expect(try await balance(of: payment.recipient) == [0, 10, 0, 10])
    }

    @Test func aPageIsTheSameAfterARestart() async throws {
        let base = BaseState(balances: [fixture.account: 100])
        let signed = payment.with { $0.nonce.sequence = 1 }
        let before: AccountView
        do {
            let ledger = try fixture.ledger(base: base)
            _ = try await ledger.confirm(qc(for: payment)).get()
            _ = try await ledger.outcome(of: signed).get()
            before = try await read(payment.sender, ledger).page
        }
        #expect(
            before.payments == [
                UnsettledPayment(
                    txHash: payment.txHash, effects: payment.effects, stage: .certified,
                    qcHash: qc(for: payment).hash, createdUnixMillis: 0),
                UnsettledPayment(
                    txHash: signed.txHash, effects: signed.effects, stage: .accepted, qcHash: nil,
                    createdUnixMillis: 5_000),
            ])
        #expect(before.nonces == [NonceProgress(key: payment.nonce.key, next: 2, confirmed: 1)])
        let reopened = try fixture.ledger(base: base)
        #expect(try await read(payment.sender, reopened).page == before)
    }

    /// Payments in three tokens under three keys.
    private func fill(_ ledger: Ledger) async throws {
        for key in UInt8(1)...3 {
            for sequence in UInt64(0)..<4 {
                let each = payment.with {
                    $0.asset = Address(repeating: 0x40 + key)
                    $0.nonce = Nonce2D(key: NonceKey(repeating: key), sequence: sequence)
                }
                _ = try await ledger.confirm(qc(for: each)).get()
            }
        }
    }

    @Test(arguments: [1, 2, 3, 5, 11, 12, 13])
    func pagesReachEveryEntryOfEveryListOnceAndInOrder(countMax: Int) async throws {
        let ledger = try fixture.ledger()
        try await fill(ledger)
        let whole = try await read(payment.sender, ledger)
        #expect(whole.next == nil)
        #expect(whole.page.balances.count == 4)
        #expect(whole.page.nonces.count == 3)
        #expect(whole.page.payments.count == 12)

        var pages: [AccountView] = []
        var position: AccountPosition? = AccountPosition()
        while let after = position {
            let (page, next) = try await read(
                payment.sender, ledger, after: after, countMax: countMax)
            #expect(page.balances.count <= countMax)
            #expect(page.nonces.count <= countMax)
            #expect(page.payments.count <= countMax)
            pages.append(page)
            position = next
        }
        #expect(pages.count == (12 + countMax - 1) / countMax)
        #expect(pages.flatMap(\.balances) == whole.page.balances)
        #expect(pages.flatMap(\.nonces) == whole.page.nonces)
        #expect(pages.flatMap(\.payments) == whole.page.payments)
    }

    @Test func oneKeyIsAnsweredAlone() async throws {
        let ledger = try fixture.ledger()
        try await fill(ledger)
        let key = NonceKey(repeating: 2)
        let (first, next) = try await read(payment.sender, ledger, key: key, countMax: 3)
        #expect(first.nonces == [NonceProgress(key: key, next: 4, confirmed: 4)])
        #expect(first.payments.map(\.effects.nonce.sequence) == [0, 1, 2])
        let last = try await read(
            payment.sender, ledger, key: key, after: try #require(next), countMax: 3)
        #expect(last.page.nonces.isEmpty)
        #expect(
            last.page.payments.map(\.effects.nonce) == [Nonce2D(key: key, sequence: 3)])
        #expect(last.next == nil)
        // Also before its first payment.
        let unused = NonceKey(repeating: 9)
        #expect(
            try await read(payment.sender, ledger, key: unused).page.nonces
                == [NonceProgress(key: unused, next: 0, confirmed: 0)])
    }

    @Test func othersPaymentsAreNotShown() async throws {
        let ledger = try fixture.ledger()
        try await fill(ledger)
        let recipient = try await read(payment.recipient, ledger).page
        #expect(recipient.payments.isEmpty)
        #expect(recipient.nonces.isEmpty)
        #expect(recipient.balances.map(\.credits) == [4, 4, 4])
        let nobody = try await read(Address(repeating: 0x99), ledger).page
        #expect(nobody.balances.isEmpty && nobody.nonces.isEmpty && nobody.payments.isEmpty)
    }
}
