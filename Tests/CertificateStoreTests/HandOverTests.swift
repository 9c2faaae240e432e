import AllegroCrypto
import AllegroModels
import AllegroTesting
import Foundation
import SidecarCore
import Testing

@testable import CertificateStore

/// The steps of a hand-over, and the files that are refused.
struct HandOverTests {
    private let fixture: StoreFixture

    init() throws {
        fixture = try StoreFixture()
    }

    private var payment: TestPayment { fixture.payment }
    private var file: String { fixture.path("guard.json") }

    private func export(_ name: String = "data", to path: String? = nil) throws {
        _ = try HandOver.export(
            storeIn: fixture.path(name), to: path ?? file, unixMillis: 8_000)
    }

    private func makeStore(_ name: String, from path: String? = nil) throws {
        _ = try HandOver.makeStore(in: fixture.path(name), from: path ?? file)
    }

    /// A store with confirmed payments, one that waits, Ethereum ones and one out of order.
    private func fill() throws -> [OwnCertificate] {
        let store = try fixture.open()
        var certificates: [OwnCertificate] = []
        for sequence in UInt64(0)..<4 {
            let native = payment.with { $0.nonce.sequence = sequence }
            certificates.append(try fixture.certify(native, in: store, at: 5_000 + sequence))
            let ethereum = native.with {
                $0.isEthereum = true
                $0.nonce.key = NonceKey(repeating: 0x5b)
            }
            certificates.append(try fixture.certify(ethereum, in: store, at: 6_000 + sequence))
            guard sequence < 3 else { continue }
            try fixture.learn(native, in: store)
            try fixture.learn(ethereum, in: store)
        }
        let ahead = TestPayment(from: 0xa2, to: 0xb0, amount: 3, key: 9, sequence: 5)
        try fixture.learn(ahead, in: store)
        return certificates
    }

    @Test func theStoreIsMarkedAndTheFileIsTheSameEveryTime() throws {
        _ = try fill()
        try export()
        #expect(
            try refusal { try fixture.open() }
                == fixture.notHeld(.handedOver(unixMillis: 8_000)))
        #expect(throws: FileError.unusable(path: file, problem: "exists already")) { try export() }
        let again = fixture.path("again.json")
        _ = try HandOver.export(storeIn: fixture.path("data"), to: again, unixMillis: 9_999)
        #expect(FileManager.default.contents(atPath: again) == contents())
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test func everySignedPaymentGoesOverAsItsSenderSignedIt() throws {
        _ = try fill()
        try export()
        let account = try #require(
            try GuardFile(path: file).accounts.first { $0.account == payment.sender })
        let signed = account.slots.values.filter { $0.state.signed != nil }
        #expect(signed.count == 8)
        for slot in signed {
            #expect(slot.signedBytes == slot.state.signed?.signingHash.bytes)
        }
    }

    @Test func aFileThatCannotBeMadeMarksNothing() throws {
        _ = try fill()
        #expect(throws: FileError.self) { try export(to: fixture.path("none/guard.json")) }
        _ = try fixture.open()
    }

    @Test func aStoreInUseIsNotHandedOver() throws {
        let store = try fixture.open()
        #expect(try refusal { try export() } == .locked(path: fixture.path("data")))
        #expect(!FileManager.default.fileExists(atPath: file))
        withExtendedLifetime(store) {}
    }

    @Test func whatIsNotHeldIsNotHandedOver() throws {
        _ = try fill()
        try ExistingStore.writing(fixture.path("data")).meta.set(.backup(unixMillis: 1))
        guard case .notHeld = try refusal({ try export() }) else {
            Issue.record("a backup would become a promise")
            return
        }
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test func listedCertificatesAreTheSameAndWaitOnTheNewBoard() throws {
        let certificates = try fill()
        try export()
        try makeStore("new")
        let store = try fixture.open("new")
        let page = try fixture.page(store)
        #expect(page.entries.map(\.createdUnixMillis) == [5_003, 6_003])
        let waiting = [page.permit(for: 0).certificate, page.permit(for: 1).certificate]
        #expect(waiting == certificates.suffix(2))
        // Evidence can still be made of what was signed before.
        let last = payment.with { $0.nonce.sequence = 3 }
        #expect(try fixture.certify(last, in: store, at: 99_000) == certificates[6])
        try fixture.outcome(of: last.with { $0.salt = 1 }, in: store)
        #expect(
            try EvidenceReport(storeIn: fixture.path("new")).items.map(\.certifiedBytes)
                == [last.signedBytes])
        // A payment may still name the quorum certificate that it builds on.
        let ahead = TestPayment(from: 0xa2, to: 0xb0, amount: 3, key: 9, sequence: 5)
        #expect(
            store.knowsQuorumCertificate(fixture.validators.verified(for: ahead).hash))
    }

    @Test func aStoreIsNeverMadeOverWhatIsThere() throws {
        _ = try fill()
        try export()
        try makeStore("new")
        for name in ["new", "data"] {
            #expect(try refusal { try makeStore(name) } == .exists(path: fixture.path(name)))
        }
        // A log that was left behind would be taken for the new store's.
        try FileManager.default.createDirectory(
            atPath: fixture.path("left"), withIntermediateDirectories: true)
        try Data([1]).write(to: URL(fileURLWithPath: fixture.path("left/allegro.sqlite-wal")))
        #expect(try refusal { try makeStore("left") } == .exists(path: fixture.path("left")))
    }

    @Test func theStoreIsForTheOwnerAndBaseThatItWasMadeFor() throws {
        _ = try fill()
        try export()
        try makeStore("new")
        var other = fixture
        other.base = BaseState()
        guard case .foreign = try refusal({ try other.open("new") }) else {
            Issue.record("overlays count on one base only")
            return
        }
    }

    // MARK: Damaged files

    private func contents() -> Data? { FileManager.default.contents(atPath: file) }

    /// Asserts that a file is refused in one line and that nothing is made of it.
    private func isRefused(_ content: Data, _ comment: Comment) throws {
        let path = fixture.path("damaged.json")
        try content.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: FileError.self, comment) {
            try makeStore("none", from: path)
        }
        #expect(error?.description.contains("\n") == false, comment)
        #expect(!FileManager.default.fileExists(atPath: fixture.path("none")), comment)
    }

    @Test func aFileThatIsCutShortIsRefused() throws {
        _ = try fill()
        try export()
        let content = try #require(contents())
        for count in stride(from: 0, to: content.count - 2, by: 97) + [content.count - 3] {
            try isRefused(content.prefix(count), "\(count) bytes")
        }
    }

    @Test func aFileWithAnyOtherDigitIsRefused() throws {
        _ = try fill()
        try export()
        let content = try #require(contents())
        var random = SplitMix64(seed: 7)
        for _ in 0..<300 {
            var changed = content
            let index = random.below(content.count)
            guard let digit = Character(UnicodeScalar(content[index])).hexDigitValue else {
                continue
            }
            changed[index] = UInt8(ascii: "0") + UInt8((digit + 1) % 10)
            try isRefused(changed, "byte \(index)")
        }
    }

    private static let edits: [(what: String, from: String, to: String)] = [
        ("another format", "allegro-guard", "allegro-evidence"),
        ("another version", "\"version\":1", "\"version\":2"),
        ("a text for a number", "\"version\":1", "\"version\":\"1\""),
        ("a number for a text", "\"use\":\"native\"", "\"use\":7"),
        ("an unknown word", "\"use\":\"native\"", "\"use\":\"both\""),
        ("a negative number", "\"next\":4", "\"next\":-4"),
        ("a fraction", "\"next\":4", "\"next\":4.5"),
        ("too great a number", "\"next\":4", "\"next\":18446744073709551616"),
        ("no hex", "\"validator_id\":\"01", "\"validator_id\":\"0g"),
        ("a short id", "\"validator_id\":\"01", "\"validator_id\":\""),
        ("no decimal amount", "\"credits\":\"0\"", "\"credits\":\"0x0\""),
        ("a lane that goes on", "\"next\":4", "\"next\":5"),
        ("no checksum", "\"checksum\"", "\"sum\""),
        ("no accounts", "\"accounts\"", "\"account\""),
    ]

    @Test(arguments: edits.indices) func anEditedFileIsRefused(index: Int) throws {
        _ = try fill()
        try export()
        let edit = Self.edits[index]
        let text = String(decoding: try #require(contents()), as: UTF8.self)
        let changed = text.replacing(edit.from, with: edit.to, maxReplacements: 1)
        #expect(changed != text)
        try isRefused(Data(changed.utf8), "\(edit.what)")
    }

    @Test func anAccountThatContradictsItselfIsRefusedWhateverItsChecksum() throws {
        _ = try fill()
        try export()
        let good = try GuardFile(path: file)
        let key = payment.nonce.key
        let label = NonceKey(repeating: 0x5b)
        let last = Nonce2D(key: key, sequence: 3)
        let changes: [(problem: String, change: (inout AccountGuard) -> Void)] = [
            ("lacks slots", { $0.lanes[key] = LaneState(next: 99, confirmed: 3, use: .native) }),
            (
                "lacks sequence 4",
                { $0.lanes[key] = LaneState(next: 5, confirmed: 3, use: .native) }
            ),
            (
                "more is confirmed than taken",
                { $0.lanes[key] = LaneState(next: 3, confirmed: 4, use: .native) }
            ),
            (
                "sequence 3 is not confirmed",
                { $0.lanes[key] = LaneState(next: 4, confirmed: 4, use: .native) }
            ),
            (
                "begins after what is confirmed",
                { $0.lanes[key] = LaneState(next: 4, confirmed: 3, use: .native, settled: 4) }
            ),
            (
                "is before its lane begins",
                { $0.lanes[key] = LaneState(next: 4, confirmed: 3, use: .native, settled: 1) }
            ),
            (
                "is not what its key is used for",
                { $0.lanes[key] = LaneState(next: 4, confirmed: 3, use: .ethereum) }
            ),
            ("is signed and has no lane", { $0.lanes[key] = nil }),
            ("no account nonce for its Ethereum payments", { $0.lanes[.protocol] = nil }),
            (
                "is a label, and has settled payments",
                { $0.lanes[label] = LaneState(next: 3, confirmed: 3, use: .ethereum, settled: 3) }
            ),
            ("lacks sequence 3", { $0.slots[last] = nil }),
            ("lacks sequence 3", { $0.claims[3] = nil }),
            ("is claimed by a native payment", { $0.claims[3] = key }),
            ("take more than its debits", { $0.overlays[TestPayment.asset]?.debits = 5 }),
            ("its sums are too great", { $0.overlays[TestPayment.asset]?.credits = .max }),
        ]
        for (problem, change) in changes {
            var account = try #require(good.accounts.first { $0.account == payment.sender })
            #expect(account.problem == nil)
            change(&account)
            #expect(account.problem?.contains(problem) == true, "\(account.problem ?? "none")")
            let accounts = good.accounts.map { $0.account == account.account ? account : $0 }
            try isRefused(try write(good.origin, accounts), "\(problem)")
        }
        try isRefused(try write(good.origin, good.accounts + good.accounts), "accounts twice")
    }

    /// A file with the checksum of what is in it.
    private func write(
        _ origin: GuardFile.Origin, _ accounts: [AccountGuard]
    ) throws -> Data {
        let path = fixture.path("made-\(UInt64.random(in: 0...UInt64.max)).json")
        var writer = try GuardFileWriter(OutputFile(path), origin)
        for account in accounts { try writer.add(account) }
        try writer.finish()
        return try #require(FileManager.default.contents(atPath: path))
    }

    @Test func aThingThatIsListedTwiceIsRefused() throws {
        _ = try fill()
        try export()
        let text = String(decoding: try #require(contents()), as: UTF8.self)
        for list in ["overlays", "lanes", "claims", "slots"] {
            // The first account that has any: its list once more in itself.
            let match = try #require(
                text.firstMatch(of: try Regex("\"\(list)\":\\[(\\{.*?\\})\\](?=,\"|\\})")))
            let items = text[match.output[1].range ?? match.range]
            let doubled = text.replacing(
                "\"\(list)\":[\(items)]", with: "\"\(list)\":[\(items),\(items)]",
                maxReplacements: 1)
            #expect(doubled != text)
            try isRefused(Data(doubled.utf8), "\(list)")
        }
    }
}
