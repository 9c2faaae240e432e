import AllegroModels
import AllegroTesting
import Foundation
import SidecarCore
import Testing

@testable import CertificateStore

/// What is kept of senders that sign two payments for one nonce.
struct EvidenceTests {
    private let fixture: StoreFixture

    init() throws {
        fixture = try StoreFixture()
    }

    private var payment: TestPayment { fixture.payment }

    private func rival(_ salt: UInt8) -> TestPayment { payment.with { $0.salt = salt } }

    private func report() throws -> EvidenceReport {
        try EvidenceReport(storeIn: fixture.path("data"))
    }

    @Test func bothPaymentsAreKeptAsTheirSenderSignedThem() throws {
        let store = try fixture.open()
        try fixture.certify(payment, in: store)
        try fixture.outcome(of: rival(1), in: store, at: 7_000)
        // Read beside the open store.
        let report = try report()
        #expect(
            report.items == [
                Evidence(
                    sender: payment.sender, signedNonce: payment.nonce,
                    certifiedTxHash: payment.txHash, certifiedBytes: payment.signedBytes,
                    refusedTxHash: rival(1).txHash, refusedBytes: rival(1).signedBytes,
                    unixMillis: 7_000)
            ])
        #expect(report.chainID == 1337)
        let line = try #require(report.lines.first)
        #expect(line.hasPrefix("1970-01-01T00:00:07Z sender=\(payment.sender) "))
        #expect(line.contains("\(payment.txHash)") && line.contains("\(rival(1).txHash)"))
        withExtendedLifetime(store) {}
    }

    @Test func aRefusedPaymentIsKeptOnceInWhateverEnvelope() throws {
        let store = try fixture.open()
        try fixture.certify(payment, in: store)
        for envelope in UInt8(0)..<3 {
            try fixture.outcome(of: rival(1).with { $0.envelope = envelope }, in: store)
        }
        #expect(try report().items.map(\.refusedBytes) == [rival(1).signedBytes])
    }

    @Test func oneSenderFillsItsOwnShareOnlyAndDisplacesNothing() throws {
        let store = try fixture.open { $0.evidencePerSenderMax = 3 }
        try fixture.certify(payment, in: store)
        for salt in UInt8(1)...9 { try fixture.outcome(of: rival(salt), in: store) }
        let other = payment.with {
            $0.sender = Address(repeating: 0xa2)
            $0.amount = 0
        }
        try fixture.certify(other, in: store)
        try fixture.outcome(of: other.with { $0.salt = 1 }, in: store)
        let kept = try report().items
        #expect(kept.map(\.sender) == Array(repeating: payment.sender, count: 3) + [other.sender])
        #expect(kept.prefix(3).map(\.refusedBytes) == (1...3).map { rival($0).signedBytes })
    }

    @Test func allEvidenceTogetherIsBounded() throws {
        let store = try fixture.open {
            $0.evidencePerSenderMax = 1_000
            $0.evidenceBytesMax = 1_000
        }
        try fixture.certify(payment, in: store)
        for salt in UInt8(1)...200 { try fixture.outcome(of: rival(salt), in: store) }
        let bytes = try report().items.reduce(0) { $0 + $1.row.count }
        // The last one may begin below the bound.
        #expect((1_000..<1_300).contains(bytes))
    }

    @Test func theEvidenceOfManySendersTogetherIsBounded() throws {
        var bytes = 0
        for _ in 0..<2 {
            let store = try fixture.open { $0.evidenceBytesMax = 1_000 }
            for sender in UInt8(1)...50 {
                let payment = payment.with {
                    $0.sender = Address(repeating: sender)
                    $0.amount = 0
                }
                try fixture.certify(payment, in: store)
                try fixture.outcome(of: payment.with { $0.salt = 1 }, in: store)
            }
            bytes = try report().items.reduce(0) { $0 + $1.row.count }
            #expect((1_000..<1_300).contains(bytes))
        }
    }

    @Test func aPaymentThatIsConfirmedStillProvesItsSendersLie() throws {
        let store = try fixture.open()
        try fixture.certify(payment, in: store)
        try fixture.learn(payment, in: store)
        try fixture.outcome(of: rival(1), in: store)
        #expect(try report().items.map(\.certifiedBytes) == [payment.signedBytes])
        #expect(try report().items.map(\.refusedBytes) == [rival(1).signedBytes])
    }

    @Test func aClashOfDeclaredKeysProvesNothing() throws {
        let store = try fixture.open()
        let ethereum = payment.with { $0.isEthereum = true }
        try fixture.certify(ethereum, in: store)
        // The same signed payment under another declared key, which anyone can declare.
        let redeclared = ethereum.with { $0.nonce.key = NonceKey(repeating: 9) }
        #expect(try code(of: redeclared, in: store) == .equivocation)
        // A native payment whose key and sequence an Ethereum payment happened to declare.
        #expect(try code(of: payment, in: store) == .equivocation)
        #expect(try report().items.isEmpty)
        // Another payment for the same account nonce does prove it, under whatever key.
        #expect(try code(of: redeclared.with { $0.salt = 1 }, in: store) == .equivocation)
        #expect(
            try report().items.map(\.signedNonce) == [Nonce2D(key: .protocol, sequence: 0)])
    }

    private func code(of payment: TestPayment, in store: CertificateStore) throws -> RejectCode? {
        guard case .failure(let reason) = try fixture.outcome(of: payment, in: store) else {
            return nil
        }
        return reason.code
    }

    @Test func itSurvivesReopeningAndStaysBounded() throws {
        do {
            let store = try fixture.open { $0.evidencePerSenderMax = 2 }
            try fixture.certify(payment, in: store)
            try fixture.outcome(of: rival(1), in: store)
        }
        // Also readable while nothing has the store open.
        let before = try report().items
        #expect(before.count == 1)
        let store = try fixture.open { $0.evidencePerSenderMax = 2 }
        for salt in UInt8(1)...5 { try fixture.outcome(of: rival(salt), in: store) }
        #expect(try report().items.map(\.refusedBytes) == [1, 2].map { rival($0).signedBytes })
        #expect(try report().items.first == before.first)
    }

    @Test func aTransactionThatIsRolledBackKeepsNone() throws {
        struct Failure: Error {}
        let store = try fixture.open()
        try fixture.certify(payment, in: store)
        let moment = Moment(unixMillis: 1, blockHeight: 1)
        guard
            case .refuse(_, .equivocation(let proof)) = try fixture.core.decide(
                rival(1).admitted, at: moment, on: store)
        else {
            Issue.record("a rival proves that its sender equivocates")
            return
        }
        _ = try refusal {
            _ = try store.transaction {
                try store.stage(proof)
                throw Failure()
            }
            return 0
        }
        #expect(try report().items.isEmpty)
        try fixture.outcome(of: rival(1), in: store)
        #expect(try report().items.count == 1)
    }

    @Test func theExportHoldsEveryItemAndReplacesNothing() throws {
        let store = try fixture.open()
        try fixture.certify(payment, in: store)
        try fixture.outcome(of: rival(1), in: store)
        let path = fixture.path("evidence.json")
        try report().export(to: path)
        let object = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: path)))
        let file = try #require(object as? [String: Any])
        #expect(file["format"] as? String == "allegro-evidence")
        #expect(file["version"] as? Int == 1)
        let items = try #require(file["items"] as? [[String: Any]])
        let refused = try #require(items.first?["refused"] as? [String: String])
        #expect(refused["signed_transaction"] == "0x" + Hex.encode(rival(1).signedBytes))
        #expect(throws: FileError.unusable(path: path, problem: "exists already")) {
            try report().export(to: path)
        }
    }

    @Test func aStoreThatCannotBeReadIsSaidToBe() throws {
        #expect(try refusal(report) == .missing(path: fixture.path("data")))
        _ = try fixture.open()
        try SQLiteConnection(path: fixture.path("data/allegro.sqlite"))
            .execute("PRAGMA user_version = 99")
        guard case .newerSchema(_, stored: 99, known: 3) = try refusal(report) else {
            Issue.record("the schema is another")
            return
        }
        try Data(repeating: 0x5a, count: 4_096).write(
            to: URL(fileURLWithPath: fixture.path("data/allegro.sqlite")))
        guard case .corrupted = try refusal(report) else {
            Issue.record("the file is no database")
            return
        }
    }
}
