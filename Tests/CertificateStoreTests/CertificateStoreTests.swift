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

    @Test func aTransactionThatSQLiteGaveUpGivesNoPermit() throws {
        let store = try fixture.open()
        let moment = Moment(unixMillis: 1, blockHeight: 1)
        guard
            case .certify(let certification) = try fixture.core.decide(
                payment.admitted, at: moment, on: store)
        else {
            Issue.record("the payment was refused")
            return
        }
        _ = try refusal {
            let commit = try store.transaction {
                try store.stage(certification.changes)
                _ = try store.stage(certification.certificate)
                try store.connection.execute("ROLLBACK")
            }
            _ = consume commit
        }
        #expect(try store.slot(payment.slot) == nil)
        #expect(try fixture.board(store).isEmpty)
    }

    @Test func aCertificateOfAnythingButItsGuardRowGetsNoPermit() throws {
        let store = try fixture.open()
        let free = payment.with { $0.nonce.key = NonceKey(repeating: 9) }
        let learned = payment.with { $0.nonce.key = NonceKey(repeating: 8) }
        try fixture.learn(learned, in: store)
        let good = try fixture.certify(payment, in: store)
        func of(_ payment: TestPayment) -> OwnCertificate {
            OwnCertificate(
                txHash: payment.txHash, effectsHash: payment.effects.hash,
                effects: payment.effects, epoch: good.epoch,
                createdUnixMillis: good.createdUnixMillis)
        }
        var bad = [
            of(free), of(learned), of(payment.with { $0.amount += 1 }),
            of(payment.with { $0.recipient = Address(repeating: 0xcc) }), good, good,
        ]
        bad[4].epoch += 1
        bad[5].createdUnixMillis += 1
        for certificate in bad {
            #expect(throws: StoreError.self) {
                _ = try store.transaction { _ = try store.stage(certificate) }
            }
        }
        _ = try store.transaction { _ = try store.stage(good) }
    }

    @Test func aCertificateKeepsTheEpochOfItsSignature() throws {
        let store = try fixture.open()
        let first = try fixture.certify(payment, in: store)
        var later = fixture
        later.core = SidecarCore(epoch: 2, seats: 4)
        #expect(try later.certify(payment, in: store, at: 99_000) == first)
        let again = try later.certify(payment.with { $0.envelope = 1 }, in: store, at: 99_000)
        #expect(again.epoch == 1)
        let next = payment.with {
            $0.nonce.key = NonceKey(repeating: 9)
            $0.amount = 1
        }
        #expect(try later.certify(next, in: store, at: 99_000).epoch == 2)
    }

    @Test func whatAFailedTransactionStagedOfPeersIsNotHeld() throws {
        struct Failure: Error {}
        let store = try fixture.open()
        let peer = validators.ids[1]
        let certificate = validators.certificate(by: peer, for: payment.txHash, payment.effects)
        let checks: [(CertificateStore) throws -> Bool] = [
            { try $0.holds(certificate.txHash, of: peer) },
            { try !$0.txHashesOnBoard(byOthers: true).isEmpty },
        ]
        for isHeld in checks {
            #expect(throws: StoreError.self) {
                _ = try store.transaction {
                    #expect(try store.stage(certificate))
                    throw Failure()
                }
            }
            #expect(try !isHeld(store))
        }
    }

    @Test func sumsAreExactWhateverMemoryForgets() throws {
        let account = AccountAsset(account: payment.sender, asset: payment.asset)
        let share: UInt128 = 666
        var signed: UInt128 = 0
        for round in UInt8(1)...10 {
            // Opened anew every third time, so that rows are read that earlier processes wrote.
            let store = try fixture.open { $0.cachedRecordsMax = 1 }
            for key in UInt8(0)..<3 {
                let next = payment.with {
                    $0.nonce.key = NonceKey(repeating: key + 1)
                    $0.nonce.sequence = UInt64(round - 1)
                    $0.amount = 21
                }
                signed += 21
                try fixture.certify(next, in: store)
                #expect(try store.overlay(of: account).debits == signed)
                try fixture.learn(next, in: store)
                #expect(try store.slot(next.slot)?.confirmed != nil)
                #expect(try store.lane(next.slot.lane).confirmed == UInt64(round))
                #expect(try store.overlay(of: account).debits == signed)
            }
        }
        let store = try fixture.open { $0.cachedRecordsMax = 1 }
        let rest = payment.with {
            $0.nonce.sequence = 10
            $0.nonce.key = NonceKey(repeating: 1)
            $0.amount = UInt64(share - signed)
        }
        let outcome = try fixture.outcome(of: rest.with { $0.amount += 1 }, in: store)
        guard case .failure(let reason) = outcome, reason.code == .insufficientFunds else {
            Issue.record("more was signed away than there is: \(outcome)")
            return
        }
        try fixture.certify(rest, in: store)
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
