import AllegroCrypto
import AllegroModels
import AllegroTesting
import Foundation
import SidecarCore
import Testing

@testable import CertificateStore

/// The store on real SQLite files.
struct CertificateStoreTests {
    private let fixture: StoreFixture
    private var payment: TestPayment { fixture.payment }
    private var validators: TestCommittee { fixture.validators }

    init() throws {
        fixture = try StoreFixture()
    }

    // MARK: Durability

    @Test func whatWasSignedIsTheSameAfterReopening() throws {
        let first: OwnCertificate
        do {
            first = try fixture.certify(payment, in: fixture.open())
        }
        let store = try fixture.open()
        #expect(try fixture.certify(payment, in: store, at: 99_000) == first)
        #expect(try store.slot(payment.slot)?.signed?.txHash == payment.txHash)
        #expect(try fixture.page(store).permit(for: 0).certificate == first)
    }

    @Test func everyRecordSurvivesReopening() throws {
        let second = payment.with {
            $0.isEthereum = true
            $0.nonce.key = NonceKey(repeating: 0x5b)
            $0.clientRequestID = "order"
            $0.parents.verified = [validators.verified(for: payment)]
        }
        let slots: [SlotState?]
        do {
            let store = try fixture.open()
            try fixture.certify(payment, in: store)
            try fixture.certify(second, in: store)
            slots = [try store.slot(payment.slot), try store.slot(second.slot)]
        }
        let store = try fixture.open()
        #expect(try [store.slot(payment.slot), store.slot(second.slot)] == slots)
        #expect(
            try store.claim(of: AccountNonce(account: payment.sender, sequence: 0))
                == second.slot)
        #expect(
            try store.lane(payment.slot.lane)
                == LaneState(next: 1, confirmed: 1, use: .native))
        #expect(
            try store.overlay(of: AccountAsset(account: payment.sender, asset: payment.asset))
                == OverlayBalance(credits: 0, debits: 20, payingKeys: .several))
        #expect(
            try store.overlay(of: AccountAsset(account: payment.recipient, asset: payment.asset))
                == OverlayBalance(credits: 10, debits: 0, payingKeys: .none))
        #expect(store.knowsQuorumCertificate(validators.verified(for: payment).hash))
        #expect(
            store.clientRequest(ClientRequest(sender: payment.sender, id: "order"))
                == second.signingHash)
    }

    @Test func aTransactionThatFailsLeavesMemoryAndDiskAsTheyWere() throws {
        let store = try fixture.open()
        try fixture.certify(payment, in: store)
        let overlay = try store.overlay(
            of: AccountAsset(account: payment.sender, asset: payment.asset))
        let next = payment.with {
            $0.nonce.key = NonceKey(repeating: 9)
            $0.amount = 1
        }
        #expect(throws: StoreError.self) {
            _ = try store.transaction {
                guard
                    case .certify(let certification) = try fixture.core.decide(
                        next.admitted, at: Moment(unixMillis: 1, blockHeight: 1), on: store)
                else { return }
                try store.stage(certification.changes)
                // A claim is for ever, so the second one fails in SQLite.
                let claim = AccountNonce(account: next.sender, sequence: 1)
                try store.stage([.claim(claim, next.slot), .claim(claim, payment.slot)])
            }
        }
        #expect(try store.slot(next.slot) == nil)
        #expect(
            try store.overlay(of: AccountAsset(account: payment.sender, asset: payment.asset))
                == overlay)
        #expect(try fixture.board(store).count == 1)
        try fixture.certify(next, in: store)
    }

    @Test func nothingIsWrittenAfterSQLiteGaveTheTransactionUp() throws {
        let store = try fixture.open()
        let first = payment.with { $0.nonce.key = NonceKey(repeating: 9) }
        #expect(throws: StoreError.cutOff) {
            _ = try store.transaction {
                for payment in [first, payment] {
                    guard
                        case .certify(let certification) = try fixture.core.decide(
                            payment.admitted, at: Moment(unixMillis: 1, blockHeight: 1),
                            on: store)
                    else { return }
                    try store.stage(certification.changes)
                    // What SQLite does by itself when a page cannot be read.
                    if store.connection.isInTransaction {
                        try store.connection.execute("ROLLBACK")
                    }
                }
            }
        }
        #expect(try store.slot(first.slot) == nil)
        #expect(try store.slot(payment.slot) == nil)
        #expect(
            try store.overlay(of: AccountAsset(account: payment.sender, asset: payment.asset))
                == .zero)
    }

    @Test func aCertificateWithoutItsGuardRowGetsNoPermit() throws {
        let store = try fixture.open()
        let certificate = OwnCertificate(
            txHash: payment.txHash, effectsHash: payment.effects.hash, effects: payment.effects,
            epoch: 1, createdUnixMillis: 5)
        #expect(throws: StoreError.self) {
            _ = try store.transaction { _ = try store.stage(certificate) }
        }
    }

    @Test func recordsThatMemoryForgotAreReadAgain() throws {
        let store = try fixture.open { $0.cachedRecordsMax = 1 }
        var certificates: [OwnCertificate] = []
        for key in UInt8(1)...20 {
            certificates.append(
                try fixture.certify(
                    payment.with {
                        $0.nonce.key = NonceKey(repeating: key)
                        $0.amount = 1
                    }, in: store))
        }
        for certificate in certificates {
            #expect(
                try store.slot(NonceSlot(certificate.effects))?.signed?.txHash
                    == certificate.txHash)
        }
    }

    @Test func anEmptiedLogIsInTheDatabaseUnlessSomebodyReadsIt() throws {
        let certificate: OwnCertificate
        do {
            let store = try fixture.open()
            certificate = try fixture.certify(payment, in: store)
            let reader = try SQLiteConnection(path: fixture.path("data/allegro.sqlite"), .reading)
            try reader.execute("BEGIN; SELECT * FROM meta;")
            #expect(try !store.emptyLog())
            try reader.execute("COMMIT")
            #expect(try store.emptyLog())
            let log = URL(fileURLWithPath: fixture.path("data/allegro.sqlite-wal"))
            #expect(try Data(contentsOf: log).isEmpty)
        }
        #expect(try fixture.certify(payment, in: fixture.open(), at: 99_000) == certificate)
    }

    // MARK: Whose store it is

    @Test func aStoreOfAnotherOwnerIsRefused() throws {
        _ = try fixture.open()
        var others = [StoreIdentity](repeating: StoreFixture.identity, count: 3)
        others[0].chainID = 1
        others[1].validator = ValidatorID(repeating: 9)
        others[2].publicKey = ValidatorPublicKey(repeating: 9)
        for other in others {
            let error = try refusal { try fixture.open(as: other) }
            guard case .foreign = error else {
                Issue.record("refused for another reason: \(error)")
                return
            }
        }
        _ = try fixture.open()
    }

    @Test func aStoreThatCountedOnAnotherBaseIsRefused() throws {
        _ = try fixture.open()
        var other = fixture
        other.base = BaseState(balances: [
            AccountAsset(account: payment.sender, asset: payment.asset): 1_001
        ])
        let error = try refusal { try other.open() }
        guard case .foreign(_, field: "base state", _, _) = error else {
            Issue.record("refused for another reason: \(error)")
            return
        }
    }

    @Test func aStoreInUseIsRefused() throws {
        let store = try fixture.open()
        let error = try refusal { try fixture.open() }
        #expect(error == .locked(path: fixture.path("data")))
        withExtendedLifetime(store) {}
    }

    @Test func aStoreOfANewerSchemaIsRefused() throws {
        _ = try fixture.open()
        try SQLiteConnection(path: fixture.path("data/allegro.sqlite"))
            .execute("PRAGMA user_version = 99")
        let error = try refusal { try fixture.open() }
        guard case .newerSchema(_, stored: 99, known: 3) = error else {
            Issue.record("refused for another reason: \(error)")
            return
        }
    }

    @Test func aFileThatIsNoDatabaseIsRefused() throws {
        try FileManager.default.createDirectory(
            atPath: fixture.path("data"), withIntermediateDirectories: false)
        try Data(repeating: 0x5a, count: 4_096).write(
            to: URL(fileURLWithPath: fixture.path("data/allegro.sqlite")))
        let error = try refusal { try fixture.open() }
        guard case .corrupted = error else {
            Issue.record("refused for another reason: \(error)")
            return
        }
    }

    // MARK: Bulletin board and bounds

    @Test func aPageIsInAppendOrderAndContinuesWhereItEnded() throws {
        let store = try fixture.open()
        for key in UInt8(1)...10 {
            try fixture.certify(
                payment.with {
                    $0.nonce.key = NonceKey(repeating: key)
                    $0.amount = UInt64(key)
                }, in: store, at: UInt64(100 - key))
        }
        var amounts: [UInt64] = []
        var after: Int64 = 0
        while true {
            let page = try store.read(
                BoardQuery(filter: .all, sinceUnixMillis: 0, after: after, countMax: 3)
            ).entries
            guard let last = page.last else { break }
            amounts += page.map(\.effects.amount)
            after = last.position
        }
        #expect(amounts == Array(1...10))
        let since = try store.read(
            BoardQuery(filter: .all, sinceUnixMillis: 95, after: 0, countMax: 100)
        ).entries
        #expect(since.map(\.effects.amount) == [1, 2, 3, 4, 5])
    }

    @Test func theBoardIsFilteredByPaymentAndByEitherAccount() throws {
        let store = try fixture.open()
        try fixture.certify(payment, in: store)
        let other = TestPayment(from: 0xa1, to: 0xcc, amount: 1, key: 9)
        try fixture.certify(other, in: store)
        func amounts(_ filter: BoardQuery.Filter) throws -> [UInt64] {
            try store.read(
                BoardQuery(filter: filter, sinceUnixMillis: 0, after: 0, countMax: 100)
            ).entries.map(\.effects.amount)
        }
        #expect(try amounts(.txHash(other.txHash)) == [1])
        #expect(try amounts(.account(payment.sender)) == [10, 1])
        #expect(try amounts(.account(payment.recipient)) == [10])
        #expect(try amounts(.account(Address(repeating: 0xee))).isEmpty)
    }

    @Test func aSignerDisplacesOnlyItsOwnCertificates() throws {
        let store = try fixture.open { $0.certificatesPerSignerMax = 16 }
        try fixture.certify(payment, in: store)
        for index in UInt8(0)..<100 {
            let certificate = validators.certificate(
                by: validators.ids[1], for: TxHash(repeating: index), payment.effects)
            var isNew = false
            _ = try store.transaction { isNew = try store.stage(certificate) }
            #expect(isNew)
        }
        let entries = try fixture.board(store)
        #expect(entries.count { $0.signer == StoreFixture.identity.validator } == 1)
        #expect((1...18).contains(entries.count { $0.signer == validators.ids[1] }))
        #expect(entries.last?.txHash == TxHash(repeating: 99))
    }

    @Test func rememberedHashesAndRequestsAreBounded() throws {
        let store = try fixture.open {
            $0.qcHashesMax = 3
            $0.clientRequestsMax = 3
        }
        for index in UInt8(0)..<10 {
            _ = try store.transaction {
                try store.stage([
                    .quorumCertificateHash(QCHash(repeating: index)),
                    .clientRequest(
                        ClientRequest(sender: payment.sender, id: "\(index)"),
                        payment.signingHash),
                ])
            }
        }
        let known = (UInt8(0)..<10).filter {
            store.knowsQuorumCertificate(QCHash(repeating: $0))
        }
        #expect(known == [7, 8, 9])
        let requests = (0..<10).filter {
            store.clientRequest(ClientRequest(sender: payment.sender, id: "\($0)")) != nil
        }
        #expect(requests == [7, 8, 9])
    }
}
