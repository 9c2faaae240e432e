import AllegroCrypto
import AllegroModels
import AllegroTesting
import SidecarCore
import Testing

@testable import CertificateStore

/// A store that took the guard over against the one that gave it, on random histories.
struct HandOverPropertyTests {
    @Test(arguments: UInt64(1)...40)
    func anImportedGuardSignsNoRivalAndMovesNoMoneyAgain(seed: UInt64) throws {
        var history = GuardHistory(seed: seed)
        var fixture = try StoreFixture()
        fixture.base = history.base
        var pair = PairOfStores(fixture)
        do {
            let store = try fixture.open("original")
            for _ in 0..<90 { try pair.play(&history, on: store) }
        }
        var source = "original"
        for generation in 1...3 {
            let target = "store\(generation)"
            let file = fixture.path("\(target).json")
            let exported = try HandOver.export(
                storeIn: fixture.path(source), to: file, unixMillis: 1)
            #expect(
                try HandOver.makeStore(in: fixture.path(target), from: file) == exported)
            // Only to compare them: nobody may sign with both.
            let original =
                try generation == 1 ? fixture.reclaim("original") : fixture.open("original")
            let imported = try fixture.open(target)
            try pair.compareAccounts(original, imported)
            try pair.compareDecisions(history, original, imported)
            try pair.compareLessons(history, original, imported)
            for _ in 0..<40 { try pair.playOnBoth(&history, original, imported) }
            try pair.compareDecisions(history, original, imported)
            source = target
        }
    }
}

/// A store that gave the guard away and is used on, and one that took it over.
private struct PairOfStores {
    private let fixture: StoreFixture
    private var signed = SignedPlaces()
    private let moment = Moment(unixMillis: 5_000, blockHeight: 1)

    init(_ fixture: StoreFixture) {
        self.fixture = fixture
    }

    /// Plays one event on a store, and notes what it signs.
    mutating func play(_ history: inout GuardHistory, on store: CertificateStore) throws {
        switch try history.event(next: { try store.lane($0).next }) {
        case .quorumCertificate(let payment): try fixture.learn(payment, in: store)
        case .request(let payment):
            if case .success = try fixture.outcome(of: payment, in: store) { signed.add(payment) }
        }
    }

    /// Plays one event on both, which must come to the same.
    mutating func playOnBoth(
        _ history: inout GuardHistory, _ original: CertificateStore,
        _ imported: CertificateStore
    ) throws {
        switch try history.event(next: { try original.lane($0).next }) {
        case .quorumCertificate(let payment):
            try fixture.learn(payment, in: original)
            try fixture.learn(payment, in: imported)
        case .request(let payment):
            let second = try fixture.outcome(of: payment, in: imported)
            let first = try fixture.outcome(of: payment, in: original)
            #expect(first == second, "\(payment)")
            if case .success = second {
                #expect(!signed.holdRival(of: payment), "\(payment)")
                signed.add(payment)
            }
        }
        try compareAccounts(original, imported)
    }

    /// Every request, and every rival of it: none is signed in a signed one's place.
    func compareDecisions(
        _ history: GuardHistory, _ original: CertificateStore, _ imported: CertificateStore
    ) throws {
        for payment in Set((history.requests + history.winners).flatMap(GuardHistory.variants)) {
            let second = try fixture.core.decide(payment.admitted, at: moment, on: imported)
            if case .certify = second {
                #expect(!signed.holdRival(of: payment), "\(payment)")
            }
            let first = try fixture.core.decide(payment.admitted, at: moment, on: original)
            #expect(summary(first) == summary(second), "\(payment)")
        }
    }

    private func summary(_ decision: SidecarCore.Decision) -> Result<OwnCertificate, RejectReason> {
        switch decision {
        case .certify(let certification): .success(certification.certificate)
        case .wait(_, let reason), .refuse(let reason, _): .failure(reason)
        }
    }

    /// Every quorum certificate again, in several forms: money moves as often as in the original.
    func compareLessons(
        _ history: GuardHistory, _ original: CertificateStore, _ imported: CertificateStore
    ) throws {
        let ids = fixture.validators.ids
        for payment in history.winners {
            // Those that the original does not know yet are left for later.
            guard try original.slot(payment.slot)?.confirmed != nil else { continue }
            for form in [
                fixture.validators.verified(for: payment),
                fixture.validators.verified(for: payment, by: Array(ids.suffix(3))),
                fixture.validators.verified(for: payment.with { $0.envelope = 1 }),
            ] {
                try fixture.learn(form, in: original)
                try fixture.learn(form, in: imported)
            }
        }
        try compareAccounts(original, imported)
    }

    /// Balances, what is available of them, and how far each key has come.
    func compareAccounts(
        _ original: CertificateStore, _ imported: CertificateStore
    ) throws {
        for account in GuardHistory.accounts {
            let records = AccountRecords(
                account: Address(repeating: account), assets: [TestPayment.asset],
                keys: GuardHistory.keys.map { NonceKey(repeating: $0) }, slots: [])
            #expect(
                try fixture.core.view(of: records, on: original)
                    == fixture.core.view(of: records, on: imported))
        }
    }
}
