import AllegroCrypto
import AllegroModels
import AllegroTesting
import CertificateStore
import Testing

@testable import Sidecar

/// The writer under concurrent requests, on a real store.
struct LedgerTests {
    private let fixture: LedgerFixture

    init() throws {
        fixture = try LedgerFixture()
    }

    private var validators: TestCommittee { fixture.validators }
    private var payment: TestPayment { fixture.payment }

    private func ledger(_ limits: Ledger.Limits = Ledger.Limits()) throws -> Ledger {
        // Of two validators several keys may use the whole balance.
        try fixture.ledger(limits, seats: 2)
    }

    @Test func ofManyRivalsForOneKeyExactlyOneIsCertified() async throws {
        let ledger = try ledger()
        for round in UInt8(1)...20 {
            let rivals = (UInt8(0)..<64).map { salt in
                payment.with {
                    $0.nonce.key = NonceKey(repeating: round)
                    $0.salt = salt
                }
            }
            let outcomes = await withTaskGroup { group in
                for rival in rivals { group.addTask { await ledger.outcome(of: rival) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            var winners = 0
            for outcome in outcomes {
                switch outcome {
                case .success: winners += 1
                case .failure(let reason): #expect(reason.code == .equivocation)
                }
            }
            #expect(winners == 1)
        }
    }

    @Test func concurrentPaymentsNeverSpendMoreThanThereIs() async throws {
        let ledger = try ledger()
        // Ten payments of 300 000 out of 1 000 000, under keys of their own.
        let outcomes = await withTaskGroup { group in
            for key in UInt8(1)...10 {
                let payment = payment.with {
                    $0.nonce.key = NonceKey(repeating: key)
                    $0.amount = 300_000
                }
                group.addTask { await ledger.outcome(of: payment) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { if case .success = $0 { true } else { false } } == 3)
    }

    @Test func aRequestThatComesEarlyGoesOnWhenItsPredecessorIsConfirmed() async throws {
        var limits = Ledger.Limits()
        limits.predecessorWaitMillis = 20_000
        let ledger = try ledger(limits)
        _ = try await ledger.outcome(of: payment).get()
        async let early = ledger.outcome(of: payment.with { $0.nonce.sequence = 1 })
        try await Task.sleep(for: .milliseconds(50))
        try await ledger.learn([validators.verified(for: payment)])
        _ = try await early.get()
    }

    @Test func aRequestWhosePredecessorStaysUnconfirmedIsRefusedAfterTheWait() async throws {
        var limits = Ledger.Limits()
        limits.predecessorWaitMillis = 50
        let ledger = try ledger(limits)
        _ = try await ledger.outcome(of: payment).get()
        let clock = ContinuousClock()
        let start = clock.now
        let early = await ledger.outcome(of: payment.with { $0.nonce.sequence = 1 })
        #expect(clock.now - start >= .milliseconds(50))
        #expect(await ledger.parkedCount == 0)
        guard case .failure(let reason) = early else {
            Issue.record("certified without a quorum certificate for the payment before")
            return
        }
        #expect(reason.code == .temporaryUnavailable)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [\Ledger.Limits.parkedCountMax, \.parkedPerSlotMax])
    func onlySoManyRequestsWait(bound: any WritableKeyPath<Ledger.Limits, Int> & Sendable)
        async throws
    {
        var limits = Ledger.Limits()
        limits.predecessorWaitMillis = 20_000
        limits[keyPath: bound] = 2
        let ledger = try ledger(limits)
        _ = try await ledger.outcome(of: payment).get()
        let early = payment.with { $0.nonce.sequence = 1 }
        async let first = ledger.outcome(of: early)
        async let second = ledger.outcome(of: early)
        while await ledger.parkedCount < 2 { try await Task.sleep(for: .milliseconds(5)) }
        guard case .failure(let reason) = await ledger.outcome(of: early) else {
            Issue.record("certified without a quorum certificate for the payment before")
            return
        }
        #expect(reason.code == .temporaryUnavailable)
        try await ledger.learn([validators.verified(for: payment)])
        let certificates = try await [first.get(), second.get()]
        #expect(certificates[0] == certificates[1])
        #expect(await ledger.parkedCount == 0)
    }

    @Test func aFullInboxRefusesAtOnce() async throws {
        var limits = Ledger.Limits()
        limits.inboxCountMax = 0
        let ledger = try ledger(limits)
        guard case .failure(let reason) = await ledger.outcome(of: payment) else {
            Issue.record("taken into a full inbox")
            return
        }
        #expect(reason.code == .temporaryUnavailable)
    }

    @Test func peersCertificatesAreStoredOnceAndFormAQuorum() async throws {
        let ledger = try ledger()
        _ = try await ledger.outcome(of: payment).get()
        let others = validators.ids[1...2].map {
            validators.certificate(by: $0, for: payment.txHash, payment.effects)
        }
        #expect(try await ledger.unknown(others).count == 2)
        #expect(try await ledger.record(others) == [payment.txHash, payment.txHash])
        #expect(try await ledger.record(others).isEmpty)
        #expect(try await ledger.unknown(others).isEmpty)
        let found = try await ledger.unconfirmedCertificates(for: [payment.txHash])
        let qc = try QuorumCertificate.assemble(
            from: try #require(found.first), committee: validators.committee, chainID: 1337)
        try await ledger.learn([qc])
        #expect(try await ledger.unconfirmedCertificates(for: [payment.txHash]).isEmpty)
    }

    @Test func certificatesOfOtherEffectsDoNotHideAQuorum() async throws {
        let ledger = try ledger()
        _ = try await ledger.outcome(of: payment).get()
        let forged = payment.with { $0.amount = 999 }
        _ = try await ledger.record([
            validators.certificate(by: validators.ids[3], for: payment.txHash, forged.effects),
            validators.certificate(by: validators.ids[1], for: payment.txHash, payment.effects),
            validators.certificate(by: validators.ids[2], for: payment.txHash, payment.effects),
        ])
        let groups = try await ledger.unconfirmedCertificates(for: [payment.txHash])
        #expect(groups.map(\.count).sorted() == [1, 3])
    }

    @Test func theCertificatesOfAPresentedQuorumCertificateReachTheBoard() async throws {
        let ledger = try ledger()
        try await ledger.learn([
            validators.verified(for: payment, by: Array(validators.ids[1...3]))
        ])
        let board = try await ledger.board(
            BoardQuery(
                filter: .txHash(payment.txHash), sinceUnixMillis: 0, after: 0, countMax: 10))
        #expect(board.entries.map(\.signer) == Array(validators.ids[1...3]))
    }

    @Test func ourCertificateInAQuorumCertificateIsNotOnTheBoardUnlessItWasSignedHere()
        async throws
    {
        let ledger = try ledger()
        try await ledger.learn([validators.verified(for: payment, by: validators.ids)])
        let board = try await ledger.board(
            BoardQuery(
                filter: .txHash(payment.txHash), sinceUnixMillis: 0, after: 0, countMax: 10))
        #expect(board.entries.map(\.signer) == Array(validators.ids[1...3]))
    }

    @Test func anOwnCertificateIsTheSameFromTheAnswerTheBoardAndAfterARestart() async throws {
        let signer = fixture.signer
        func board(_ ledger: Ledger) async throws -> [Certificate] {
            let page = try await ledger.board(
                BoardQuery(filter: .all, sinceUnixMillis: 0, after: 0, countMax: 10))
            return signer.certificates(of: page)
        }
        let answer: Certificate
        do {
            let ledger = try ledger()
            switch await ledger.certify(payment.admitted) {
            case .permitted(let permit, _): answer = signer.sign(permit)
            case .refused(let reason): throw reason
            }
            #expect(try await board(ledger) == [answer])
        }
        #expect(try await board(try ledger()) == [answer])
        try answer.verify(chainID: 1337, committee: validators.committee)
    }
}
