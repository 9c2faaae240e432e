import AllegroCrypto
import AllegroModels
import AllegroTesting
import CertificateStore
import Logging
import SidecarCore
import Testing

@testable import Sidecar

/// Quorum certificates are made of what the board holds, whatever became of an earlier attempt.
struct QuorumCollectorTests {
    private let fixture: LedgerFixture
    private var payment: TestPayment { fixture.payment }

    init() throws {
        fixture = try LedgerFixture()
    }

    private func collector(_ ledger: Ledger) -> QuorumCollector {
        QuorumCollector(
            ledger: ledger, committee: CommitteeDirectory(fixture.validators.committee),
            chainID: 1337, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func certificates(by signers: Range<Int>) -> [Certificate] {
        fixture.validators.ids[signers].map {
            fixture.validators.certificate(by: $0, for: payment.txHash, payment.effects)
        }
    }

    /// Runs the collector until the payment is confirmed.
    private func isConfirmed(
        in ledger: Ledger, by collector: QuorumCollector,
        _ body: @Sendable @escaping () async throws -> Void = {}
    ) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { await collector.run() }
            try await body()
            while try await !ledger.unconfirmedCertificates(for: [payment.txHash]).isEmpty {
                try await Task.sleep(for: .milliseconds(5))
            }
            group.cancelAll()
        }
    }

    @Test(.timeLimit(.minutes(1))) func ourOwnCertificateCompletesAQuorumOfOthers() async throws {
        let ledger = try fixture.ledger()
        let collector = collector(ledger)
        for txHash in try await ledger.record(certificates(by: 1..<3)) { collector.note(txHash) }
        let payment = payment
        try await isConfirmed(in: ledger, by: collector) {
            guard
                case .permitted(let permit, let isSignedByOthers) = await ledger.certify(
                    payment.admitted)
            else {
                Issue.record("the payment was refused")
                return
            }
            #expect(isSignedByOthers)
            collector.noteOwn(permit.certificate.txHash, isSignedByOthers: isSignedByOthers)
        }
    }

    @Test func ourOwnCertificateAloneIsNotLookedAt() async throws {
        let ledger = try fixture.ledger()
        guard
            case .permitted(_, let isSignedByOthers) = await ledger.certify(payment.admitted)
        else {
            Issue.record("the payment was refused")
            return
        }
        #expect(!isSignedByOthers)
    }

    @Test(.timeLimit(.minutes(1))) func whatAnEarlierProcessStoredIsLookedAt() async throws {
        do {
            let ledger = try fixture.ledger()
            #expect(try await ledger.record(certificates(by: 1..<4)).count == 3)
        }
        let ledger = try fixture.ledger()
        try await isConfirmed(in: ledger, by: collector(ledger))
    }

    @Test(.timeLimit(.minutes(1))) func whatCouldNotBeRecordedIsTriedAgain() async throws {
        let ledger = try fixture.ledger()
        _ = try await ledger.record(certificates(by: 1..<4))
        let payment = payment
        let fixture = fixture
        try await isConfirmed(in: ledger, by: collector(ledger)) {
            try await fixture.withoutWriting {
                // Enough for the first attempt.
                try await Task.sleep(for: .milliseconds(300))
                let left = try await ledger.unconfirmedCertificates(for: [payment.txHash])
                #expect(left.count == 1)
            }
        }
    }
}
