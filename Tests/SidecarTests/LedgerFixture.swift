import AllegroCrypto
import AllegroModels
import AllegroTesting
import Logging
import SidecarCore

@testable import CertificateStore
@testable import Sidecar

/// The ledger of the first of four validators, on a real store in a directory of its own.
struct LedgerFixture {
    let validators = TestCommittee(seats: 4)
    let payment = TestPayment(from: 0xa1, to: 0xb0, amount: 1)
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Holds the database's write lock while `body` runs, so that nothing can be written.
    func withoutWriting<Value>(_ body: () async throws -> Value) async throws -> Value {
        let other = try SQLiteConnection(path: databasePath)
        try other.execute("BEGIN IMMEDIATE")
        let value = try await body()
        try other.execute("ROLLBACK")
        return value
    }

    var databasePath: String { directory.path + "/allegro.sqlite" }

    var signer: CertificateSigner {
        CertificateSigner(
            key: TestCommittee.key(seed: 0x41), id: validators.ids[0], name: "Dave", chainID: 1337,
            signaturesMax: 100)
    }

    /// The balance of the payment's sender.
    var account: AccountAsset { AccountAsset(account: payment.sender, asset: payment.asset) }

    /// - Parameter seats: of the committee, which decides how much several keys may use.
    func ledger(
        _ limits: Ledger.Limits = Ledger.Limits(), base: BaseState? = nil, seats: Int = 4,
        moment: @escaping @Sendable () -> Moment = { Moment(unixMillis: 5_000, blockHeight: 1) }
    ) throws -> Ledger {
        let signer = signer
        let store = try CertificateStore(
            at: .directory(directory.path),
            for: StoreIdentity(
                chainID: 1337, validator: signer.identity.id,
                publicKey: signer.identity.publicKey),
            base: base ?? BaseState(balances: [account: 1_000_000]),
            limits: CertificateStore.Limits(
                certificatesPerSignerMax: 10_000, qcHashesMax: 100, clientRequestsMax: 100))
        return Ledger(
            store: store, core: SidecarCore(epoch: 1, seats: seats), signer: signer,
            limits: limits, moment: moment,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

extension Ledger {
    /// What the ledger decides on a payment.
    func outcome(of payment: TestPayment) async -> Result<OwnCertificate, RejectReason> {
        switch await certify(payment.admitted) {
        case .permitted(let permit, _): .success(permit.certificate)
        case .refused(let reason): .failure(reason)
        }
    }
}
