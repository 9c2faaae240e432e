import AllegroModels
import AllegroTesting
import CertificateStore
import SidecarCore
import Testing

@testable import Sidecar

/// A store that is older than what its key has signed signs nothing new.
struct CustodyTests {
    private let fixture: LedgerFixture
    private let payment = TestPayment(from: 0xa1, to: 0xb0, amount: 1)

    init() throws {
        fixture = try LedgerFixture()
    }

    private var elsewhere: TestPayment { payment.with { $0.nonce.key = NonceKey(repeating: 0x33) } }
    private var other: TestPayment { payment.with { $0.nonce.key = NonceKey(repeating: 0x22) } }
    private var next: TestPayment { payment.with { $0.nonce.key = NonceKey(repeating: 0x44) } }

    private func own(_ payment: TestPayment) -> Certificate {
        fixture.validators.certificate(
            by: fixture.validators.ids[0], for: payment.txHash, payment.effects)
    }

    private func refusal(_ payment: TestPayment, in ledger: Ledger) async -> RejectReason? {
        switch await ledger.certify(payment.admitted) {
        case .permitted: nil
        case .refused(let reason): reason
        }
    }

    @Test func anOwnCertificateThatIsNotHeldEndsSigningForGood() async throws {
        do {
            let ledger = try fixture.ledger()
            #expect(await refusal(payment, in: ledger) == nil)
            // What was signed here is no contradiction, nor is another envelope of it.
            try await ledger.check(own(payment))
            try await ledger.check(own(payment.with { $0.envelope = 1 }))
            #expect(await refusal(other, in: ledger) == nil)

            try await ledger.check(own(elsewhere))
            #expect(await refusal(next, in: ledger)?.code == .temporaryUnavailable)
            // What was signed with this store can still be signed again.
            #expect(await refusal(payment, in: ledger) == nil)
        }
        let error = #expect(throws: StoreError.self) { try fixture.ledger() }
        guard case .notHeld(_, .contradicted(let txHash, _), _) = error else {
            Issue.record("refused for another reason: \(String(describing: error))")
            return
        }
        #expect(txHash == elsewhere.txHash)
    }

    @Test func aQuorumCertificateWithOurSignatureTellsAsMuch() async throws {
        let ledger = try fixture.ledger()
        try await ledger.learn([fixture.validators.verified(for: elsewhere)])
        #expect(await refusal(next, in: ledger)?.code == .temporaryUnavailable)
    }

    @Test func aRivalOfWhatWasSignedHereTellsAsMuch() async throws {
        let rival = payment.with { $0.amount = 2 }
        do {
            let ledger = try fixture.ledger()
            #expect(await refusal(payment, in: ledger) == nil)
            try await ledger.check(own(rival))
            #expect(await refusal(next, in: ledger)?.code == .temporaryUnavailable)
            // That one was signed here, and its signature is out.
            #expect(await refusal(payment, in: ledger) == nil)
        }
        #expect(throws: StoreError.self) { try fixture.ledger() }
    }

    @Test func aQuorumCertificateWithOurSignatureOfARivalTellsAsMuch() async throws {
        let ledger = try fixture.ledger()
        #expect(await refusal(payment, in: ledger) == nil)
        try await ledger.learn([fixture.validators.verified(for: payment.with { $0.amount = 2 })])
        #expect(await refusal(next, in: ledger)?.code == .temporaryUnavailable)
    }

    @Test func aPaymentThatShowsItIsNotSigned() async throws {
        let ledger = try fixture.ledger()
        let showing = next.with {
            $0.parents.verified = [fixture.validators.verified(for: elsewhere)]
        }
        #expect(await refusal(showing, in: ledger)?.code == .temporaryUnavailable)
        #expect(await refusal(next, in: ledger)?.code == .temporaryUnavailable)
    }

    @Test func aQuorumCertificateOfOthersTellsNothing() async throws {
        let ledger = try fixture.ledger()
        let others = Array(fixture.validators.ids[1...3])
        try await ledger.learn([fixture.validators.verified(for: elsewhere, by: others)])
        #expect(await refusal(next, in: ledger) == nil)
    }
}
