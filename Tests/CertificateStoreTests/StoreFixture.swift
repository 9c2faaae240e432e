import AllegroCrypto
import AllegroModels
import AllegroTesting
import SidecarCore
import Testing

@testable import CertificateStore

/// Stores in directories of their own, used as the ledger uses one.
struct StoreFixture {
    static let identity = StoreIdentity(
        chainID: 1337, validator: ValidatorID(repeating: 1),
        publicKey: ValidatorPublicKey(repeating: 2))

    let payment = TestPayment(from: 0xa1, to: 0xb0, amount: 10)
    var core = SidecarCore(epoch: 1, seats: 4)
    let validators = TestCommittee(seats: 4)
    var base: BaseState
    private let root: TemporaryDirectory

    init() throws {
        root = try TemporaryDirectory()
        base = BaseState(balances: [
            AccountAsset(account: payment.sender, asset: payment.asset): 1_000
        ])
    }

    /// A place that is nobody else's.
    func path(_ name: String) -> String { root.path + "/" + name }

    func open(
        _ name: String = "data", as identity: StoreIdentity = identity,
        reclaimCode: String? = nil,
        change: (inout CertificateStore.Limits) -> Void = { _ in }
    ) throws(StoreError) -> CertificateStore {
        var limits = CertificateStore.Limits(
            certificatesPerSignerMax: 1_000, qcHashesMax: 100, clientRequestsMax: 100)
        change(&limits)
        return try CertificateStore(
            at: .directory(path(name)), for: identity, base: base, limits: limits,
            reclaimCode: reclaimCode)
    }

    /// Opens a store with the code that its refusal shows.
    func reclaim(_ name: String = "data") throws -> CertificateStore {
        guard case .notHeld(_, _, let code) = try refusal({ try open(name) }) else {
            throw StoreError.corrupted("the store is held")
        }
        return try open(name, reclaimCode: code)
    }

    /// Why a store is refused whose mark says that others may have signed.
    func notHeld(_ custody: Custody, _ name: String = "data") throws -> StoreError {
        let store = try ExistingStore.reading(path(name))
        let code = custody.reclaimCode(instance: try store.meta.instance())
        return .notHeld(path: path(name) + "/allegro.sqlite", custody, reclaimCode: code)
    }

    /// Asks for a certificate, as the ledger does; what a refusal proves is kept.
    @discardableResult
    func outcome(
        of payment: TestPayment, in store: CertificateStore, at unixMillis: UInt64 = 5_000
    ) throws -> Result<OwnCertificate, RejectReason> {
        let moment = Moment(unixMillis: unixMillis, blockHeight: 1)
        switch try core.decide(payment.admitted, at: moment, on: store) {
        case .wait(_, let reason): return .failure(reason)
        case .refuse(let reason, let proof):
            if case .equivocation(let proof) = proof {
                _ = try store.transaction { try store.stage(proof) }
            }
            return .failure(reason)
        case .certify(let certification):
            var staged: StagedCertificate?
            let commit = try store.transaction {
                try store.stage(certification.changes)
                staged = try store.stage(certification.certificate)
            }
            return .success(commit.permit(for: try #require(staged)).certificate)
        }
    }

    /// The certificate of a payment that must be certified.
    @discardableResult
    func certify(
        _ payment: TestPayment, in store: CertificateStore, at unixMillis: UInt64 = 5_000
    ) throws -> OwnCertificate {
        try outcome(of: payment, in: store, at: unixMillis).get()
    }

    /// Learns a quorum certificate; gives whether it changed anything.
    @discardableResult
    func learn(_ qc: VerifiedQuorumCertificate, in store: CertificateStore) throws -> Bool {
        guard case .confirmed(let changes, _) = try core.learn(qc, on: store) else { return false }
        _ = try store.transaction { try store.stage(changes) }
        return true
    }

    @discardableResult
    func learn(_ payment: TestPayment, in store: CertificateStore) throws -> Bool {
        try learn(validators.verified(for: payment), in: store)
    }

    func board(_ store: CertificateStore) throws -> [BoardEntry] {
        try page(store).entries
    }

    func page(_ store: CertificateStore) throws -> BoardPage {
        try store.read(BoardQuery(filter: .all, sinceUnixMillis: 0, after: 0, countMax: 1_000))
    }
}

/// Asserts that opening a store fails, and gives why.
func refusal(_ open: () throws -> some Any) throws -> StoreError {
    try #require(throws: StoreError.self) { _ = try open() }
}
