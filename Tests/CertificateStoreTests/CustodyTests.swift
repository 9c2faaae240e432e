import AllegroModels
import AllegroTesting
import Foundation
import SidecarCore
import Testing

@testable import CertificateStore

/// Who may sign with a store, and copies that may not be signed with.
struct CustodyTests {
    private let fixture: StoreFixture

    init() throws {
        fixture = try StoreFixture()
    }

    private func mark(_ name: String, _ custody: Custody) throws {
        let store = try ExistingStore.writing(fixture.path(name))
        try store.meta.set(custody)
    }

    private static let marks: [Custody] = [
        .handedOver(unixMillis: 1_000), .backup(unixMillis: 2_000),
        .contradicted(by: TxHash(repeating: 3), unixMillis: 4_000),
    ]

    @Test(arguments: marks + [.held]) func everyMarkReadsAsItWasWritten(custody: Custody) {
        #expect(Custody(text: custody.text) == custody)
        #expect(!custody.description.contains("\n"))
    }

    @Test(arguments: ["", "Held", "held 1", "backup", "backup x", "contradicted 1 22", "handed"])
    func anotherTextIsNoMark(text: String) {
        #expect(Custody(text: text) == nil)
    }

    @Test(arguments: marks)
    func aStoreThatIsNotHeldIsRefusedUntilItIsReclaimedForGood(custody: Custody) throws {
        let instance: UInt64
        do {
            instance = try fixture.open().instance
        }
        try mark("data", custody)
        for _ in 0..<2 {
            #expect(try refusal { try fixture.open() } == fixture.notHeld(custody))
            #expect(
                try refusal { try fixture.open(reclaimCode: "12345678") }
                    == fixture.notHeld(custody))
        }
        do {
            let store = try fixture.reclaim()
            #expect(store.reclaimed == custody)
            // Its cursors may have been given out for other certificates.
            #expect(store.instance != instance)
        }
        #expect(try fixture.open().reclaimed == nil)
    }

    @Test func whatWasSeenElsewhereOutlivesTheTransactionThatWasToNoteIt() throws {
        let txHash = TxHash(repeating: 7)
        let custody = Custody.contradicted(by: txHash, unixMillis: 9)
        do {
            let store = try fixture.open()
            #expect(throws: StoreError.self) {
                _ = try store.transaction {
                    try store.stageContradiction(by: txHash, unixMillis: 9)
                    throw StoreError.cutOff
                }
            }
            #expect(store.custody == custody)
            // Whatever is written next takes it along.
            #expect(try fixture.learn(fixture.payment, in: store))
            #expect(store.custody == custody)
        }
        #expect(try refusal { try fixture.open() } == fixture.notHeld(custody))
    }

    @Test func aCodeTakesNoOtherMarkOff() throws {
        _ = try fixture.open()
        let first = Custody.handedOver(unixMillis: 1)
        try mark("data", first)
        guard case .notHeld(_, _, let code) = try fixture.notHeld(first) else { return }
        _ = try fixture.open(reclaimCode: code)
        // The flag stays where it was: it changes nothing while the store is held.
        #expect(try fixture.open(reclaimCode: code).reclaimed == nil)
        for custody in [first] + Self.marks {
            try mark("data", custody)
            #expect(
                try refusal { try fixture.open(reclaimCode: code) } == fixture.notHeld(custody))
        }
    }

    @Test func reclaimingAnothersStoreIsRefused() throws {
        _ = try fixture.open()
        try mark("data", .backup(unixMillis: 1))
        var other = fixture
        other.base = BaseState()
        guard case .notHeld(_, _, let code) = try refusal({ try fixture.open() }),
            case .foreign = try refusal({ try other.open(reclaimCode: code) })
        else {
            Issue.record("the store counts on another base state")
            return
        }
        guard case .notHeld = try refusal({ try fixture.open() }) else {
            Issue.record("the mark is gone")
            return
        }
    }

    // MARK: Backups

    private func restore(_ backup: String, to name: String) throws {
        try FileManager.default.createDirectory(
            atPath: fixture.path(name), withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: backup, toPath: fixture.path(name) + "/allegro.sqlite")
    }

    @Test func aBackupHoldsWhatWasSignedAndIsNotSignedWith() throws {
        let store = try fixture.open()
        let certificate = try fixture.certify(fixture.payment, in: store)
        let path = fixture.path("backup.sqlite")
        try Backup.make(ofStoreIn: fixture.path("data"), to: path, unixMillis: 9_000)
        let next = fixture.payment.with { $0.nonce.key = NonceKey(repeating: 9) }
        try fixture.certify(next, in: store)

        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        try restore(path, to: "copy")
        #expect(
            try refusal { try fixture.open("copy") }
                == fixture.notHeld(.backup(unixMillis: 9_000), "copy"))
        let copy = try fixture.reclaim("copy")
        #expect(try fixture.certify(fixture.payment, in: copy, at: 99_000) == certificate)
        #expect(try copy.slot(next.slot) == nil)
        // The store itself is held as before.
        withExtendedLifetime(store) {}
    }

    @Test func aBackupReplacesNothingAndLeavesNothingBesides() throws {
        _ = try fixture.open()
        let path = fixture.path("backup.sqlite")
        try Backup.make(ofStoreIn: fixture.path("data"), to: path, unixMillis: 1)
        let content = FileManager.default.contents(atPath: path)
        #expect(throws: FileError.unusable(path: path, problem: "exists already")) {
            try Backup.make(ofStoreIn: fixture.path("data"), to: path, unixMillis: 2)
        }
        #expect(FileManager.default.contents(atPath: path) == content)
        #expect(throws: FileError.self) {
            try Backup.make(
                ofStoreIn: fixture.path("data"), to: fixture.path("none/b"), unixMillis: 2)
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: fixture.path("")).sorted()
                == ["backup.sqlite", "data"])
    }

    @Test(arguments: marks) func aBackupKeepsAMarkThatSaysMore(custody: Custody) throws {
        _ = try fixture.open()
        try mark("data", custody)
        let path = fixture.path("backup.sqlite")
        try Backup.make(ofStoreIn: fixture.path("data"), to: path, unixMillis: 9_000)
        try restore(path, to: "copy")
        guard case .notHeld(_, custody, _) = try refusal({ try fixture.open("copy") }) else {
            Issue.record("the copy has another mark")
            return
        }
    }

    @Test func aDamagedStoreGivesNoBackup() throws {
        do {
            let store = try fixture.open()
            for key in UInt8(1)...60 {
                try fixture.certify(
                    fixture.payment.with {
                        $0.nonce.key = NonceKey(repeating: key)
                        $0.amount = 1
                    }, in: store)
            }
        }
        let database = URL(fileURLWithPath: fixture.path("data/allegro.sqlite"))
        var content = try Data(contentsOf: database)
        for offset in 4_096..<content.count { content[offset] ^= 0xa5 }
        try content.write(to: database)
        let path = fixture.path("backup.sqlite")
        guard
            case .corrupted = try refusal({
                try Backup.make(ofStoreIn: fixture.path("data"), to: path, unixMillis: 1)
            })
        else {
            Issue.record("the store is damaged")
            return
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
