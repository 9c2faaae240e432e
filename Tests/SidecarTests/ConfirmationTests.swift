import AllegroCrypto
import AllegroModels
import AllegroTesting
import Dispatch
import SidecarCore
import Synchronization
import Testing

@testable import CertificateStore
@testable import Sidecar

/// Quorum certificates that come without a payment, on a real store.
struct ConfirmationTests {
    private let fixture: LedgerFixture

    init() throws {
        fixture = try LedgerFixture()
    }

    private var payment: TestPayment { fixture.payment }

    /// Our own seat signs in none by itself: it would have to be known here.
    private func qc(
        for payment: TestPayment, by seats: ClosedRange<Int> = 1...3
    ) -> VerifiedQuorumCertificate {
        fixture.validators.verified(for: payment, by: Array(fixture.validators.ids[seats]))
    }

    /// The answers to quorum certificates that come in one batch.
    private func answers(
        to qcs: [VerifiedQuorumCertificate], in ledger: Ledger
    ) async -> [Ledger.Confirmation] {
        let batch = Batch()
        return await withTaskGroup { group in
            for (index, qc) in qcs.enumerated() {
                group.addTask {
                    (index, await withCheckedContinuation { batch.add(qc, $0) })
                }
            }
            while batch.works.count < qcs.count { await Task.yield() }
            await ledger.process(batch.works)
            let answers = await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            return qcs.indices.compactMap { answers[$0] }
        }
    }

    private func refusal(_ answer: Ledger.Confirmation?) -> RejectReason? {
        guard case .failure(let reason) = answer else { return nil }
        return reason
    }

    @Test func aKnownQuorumCertificateIsAnsweredAlikeAndWritesNothing() async throws {
        let ledger = try fixture.ledger()
        let qc = qc(for: payment)
        let first = try await ledger.confirm(qc).get()
        let expected = ConfirmedPayment(
            txHash: payment.txHash, effects: payment.effects, qcHash: qc.hash, stage: .certified,
            nextSequence: 1)
        #expect(first == expected)
        let again = try await fixture.withoutWriting { try await ledger.confirm(qc).get() }
        #expect(again == first)
    }

    @Test func anotherQuorumCertificateOfAPaymentLeavesTheFirstInPlace() async throws {
        let ledger = try fixture.ledger()
        let first = try await ledger.confirm(qc(for: payment)).get()
        let others = [qc(for: payment, by: 0...2), qc(for: payment.with { $0.envelope = 9 })]
        for other in others {
            #expect(try await ledger.confirm(other).get() == first)
        }
        // Credit once (rule S6).
        let recipient = try await ledger.account(
            AccountQuery(
                account: payment.recipient, key: nil, after: AccountPosition(), countMax: 10))
        #expect(recipient.page.balances.map(\.credits) == [1])
    }

    @Test func aWaitingPaymentGoesOnWithTheConfirmationOfTheOneBefore() async throws {
        var limits = Ledger.Limits()
        limits.predecessorWaitMillis = 20_000
        let ledger = try fixture.ledger(limits)
        _ = try await ledger.outcome(of: payment).get()
        async let early = ledger.outcome(of: payment.with { $0.nonce.sequence = 1 })
        try await Task.sleep(for: .milliseconds(50))
        let confirmed = try await ledger.confirm(qc(for: payment)).get()
        #expect(confirmed.nextSequence == 1)
        _ = try await early.get()
    }

    @Test func aContradictingQuorumCertificateIsRefusedAndChangesNothing() async throws {
        let ledger = try fixture.ledger()
        let rival = payment.with { $0.amount = 2 }
        let known = try await ledger.confirm(qc(for: payment)).get()
        let answer = await ledger.confirm(qc(for: rival))
        #expect(
            refusal(answer)
                == RejectReason(
                    .invalidParentQC,
                    "quorum certificate for \(rival.txHash) contradicts the one known for "
                        + "\(payment.txHash)"))
        #expect(try await ledger.confirm(qc(for: payment)).get() == known)
    }

    @Test func inOneBatchOnlyTheQuorumCertificateThatIsWrongIsRefused() async throws {
        let ledger = try fixture.ledger()
        let good = [UInt8(1), 2].map { key in
            payment.with { $0.nonce.key = NonceKey(repeating: key) }
        }
        let unreadable = payment.with { $0.nonce.key = NonceKey(repeating: 0xee) }
        // A row that no release writes: it is neither signed nor confirmed.
        try SQLiteConnection(path: fixture.databasePath).execute(
            """
            INSERT INTO ledger VALUES (
                x'\(unreadable.sender)', 3, x'\(unreadable.nonce.key)0000000000000000', x'00')
            """)
        let answers = await answers(
            to: [
                qc(for: good[0]), qc(for: good[0].with { $0.amount = 2 }), qc(for: unreadable),
                qc(for: good[1]),
            ], in: ledger)
        try #require(answers.count == 4)
        #expect(try answers[0].get().txHash == good[0].txHash)
        #expect(refusal(answers[1])?.code == .invalidParentQC)
        #expect(
            refusal(answers[2])
                == RejectReason(.temporaryUnavailable, "the store cannot be read"))
        #expect(try answers[3].get().txHash == good[1].txHash)
    }

    @Test func aStoreThatCannotBeWrittenIsNotLearnedInto() async throws {
        let ledger = try fixture.ledger()
        let answer = try await fixture.withoutWriting { await ledger.confirm(qc(for: payment)) }
        #expect(
            refusal(answer) == RejectReason(.temporaryUnavailable, "the store cannot be written"))
        // Nothing of it stayed, and it is learned as soon as it can be.
        let account = try await ledger.account(
            AccountQuery(account: payment.sender, key: nil, after: AccountPosition(), countMax: 10))
        #expect(account.page.payments.isEmpty)
        _ = try await ledger.confirm(qc(for: payment)).get()
    }

    @Test func aFloodOfConfirmationsIsBoundedAndSharesOneTransaction() async throws {
        var limits = Ledger.Limits()
        limits.inboxCountMax = 20
        let gate = Gate()
        let ledger = try fixture.ledger(limits) {
            gate.pass()
            return Moment(unixMillis: 5_000, blockHeight: 1)
        }
        let qcs = (UInt8(1)...31).map { key in
            qc(for: payment.with { $0.nonce.key = NonceKey(repeating: key) })
        }
        async let first = ledger.confirm(qcs[0])
        // While the first batch is under way, the others gather until there is no more room.
        while gate.passCount == 0 { await Task.yield() }
        let answers = await withTaskGroup { group in
            for qc in qcs.dropFirst() { group.addTask { await ledger.confirm(qc) } }
            var answers: [Ledger.Confirmation] = []
            for await answer in group {
                answers.append(answer)
                if answers.count == 10 { gate.open() }
            }
            return answers
        }
        _ = try await first.get()
        let refusals = answers.compactMap { refusal($0) }
        #expect(answers.count == 30)
        #expect(refusals.count == 10)
        #expect(
            Set(refusals)
                == [RejectReason(.temporaryUnavailable, "too many requests are waiting")])
        #expect(gate.passCount == 2)
    }

    @Test func theNextSequenceIsTheAccountNoncesWhereEthereumPaymentsDeclareTheKey() async throws {
        let ledger = try fixture.ledger(
            base: BaseState(
                balances: [fixture.account: 1_000],
                sequences: [NonceLane(account: payment.sender, key: .protocol): 5]))
        let ethereum = payment.with {
            $0.isEthereum = true
            $0.nonce.sequence = 5
        }
        _ = try await ledger.outcome(of: ethereum).get()
        #expect(try await ledger.confirm(qc(for: ethereum)).get().nextSequence == 6)
        // The next one is known by its quorum certificate only: its place is not free any more.
        let unseen = ethereum.with { $0.nonce.sequence = 6 }
        #expect(try await ledger.confirm(qc(for: unseen)).get().nextSequence == 7)
        _ = try await ledger.outcome(of: ethereum.with { $0.nonce.sequence = 7 }).get()
    }

    @Test func whatTheBaseStateCountsAsSettledIsConfirmedWithoutAQuorumCertificate() async throws {
        let ledger = try fixture.ledger(
            base: BaseState(
                balances: [fixture.account: 1_000], sequences: [payment.slot.lane: 3]))
        let settled = try await ledger.confirm(qc(for: payment)).get()
        #expect(
            settled
                == ConfirmedPayment(
                    txHash: payment.txHash, effects: payment.effects, qcHash: nil,
                    stage: .certified, nextSequence: 3))
    }
}

/// Quorum certificates that are to come in one batch.
private final class Batch: Sendable {
    private let waiting = Mutex<[LedgerWork]>([])

    var works: [LedgerWork] { waiting.withLock { $0 } }

    func add(
        _ qc: VerifiedQuorumCertificate,
        _ continuation: CheckedContinuation<Ledger.Confirmation, Never>
    ) {
        waiting.withLock { $0.append(.confirm(PendingConfirmation(qc, continuation))) }
    }
}

/// A point that batches pass, the first of them only once it is open.
private final class Gate: Sendable {
    private let passes = Mutex(0)
    private let opened = DispatchSemaphore(value: 0)

    var passCount: Int { passes.withLock { $0 } }

    func pass() {
        let isFirst = passes.withLock { passes in
            passes += 1
            return passes == 1
        }
        if isFirst { opened.wait() }
    }

    func open() { opened.signal() }
}
