internal import AllegroCrypto
package import AllegroModels
package import SidecarCore

/// The durable side of a validator: guard, nonces, overlay, certificates and quorum certificates.
///
/// One writer: whoever owns the store uses it from one thread at a time. Memory holds what recent
/// decisions touched; everything else is read from SQLite when asked for. A transaction that fails
/// takes its memory with it, so that memory never says more than the disk.
package final class CertificateStore {
    /// Where the store lives.
    package enum Location: Hashable, Sendable {
        /// In memory, gone with the process; for the demo only.
        case memory
        /// In this directory, which the process then holds alone.
        case directory(String)
    }

    /// How much is kept of what may be forgotten; never the guard, nonces or balances (rule S12).
    package struct Limits: Hashable, Sendable {
        /// Certificates on the bulletin board for each signer, the oldest going first.
        package var certificatesPerSignerMax: Int
        package var qcHashesMax: Int
        package var clientRequestsMax: Int
        /// Records of each kind that memory holds between transactions.
        package var cachedRecordsMax: Int

        package init(
            certificatesPerSignerMax: Int, qcHashesMax: Int, clientRequestsMax: Int,
            cachedRecordsMax: Int = 65_536
        ) {
            self.certificatesPerSignerMax = certificatesPerSignerMax
            self.qcHashesMax = qcHashesMax
            self.clientRequestsMax = clientRequestsMax
            self.cachedRecordsMax = cachedRecordsMax
        }
    }

    /// SQLite's page cache, in KiB: rows of random accounts are in random pages.
    private static let pageCacheKiB = 128 * 1024

    /// Pages of 4 KiB in the write-ahead log before they are copied into the database.
    ///
    /// The more wait, the more often a page was changed again before it is copied once.
    private static let checkpointPages = 32 * 1024

    /// The store's own random number; positions mean something only together with it.
    package let instance: UInt64

    private let directory: DataDirectory?
    private let connection: SQLiteConnection
    private let tables: LedgerTables
    private let board: BoardTable
    private let begin: SQLiteStatement
    private let commit: SQLiteStatement
    private let identity: StoreIdentity
    private let base: BaseState
    private let limits: Limits

    private var cache = RecordCache()
    private var certificatesBySigner: [ValidatorID: Int]
    private var stagedCertificates: [OwnCertificate] = []

    /// Opens the store, making it where there is none.
    ///
    /// - Throws: why it cannot be used; nothing may be signed then (rule S13).
    package init(
        at location: Location, for identity: StoreIdentity, base: BaseState, limits: Limits
    ) throws(StoreError) {
        self.identity = identity
        self.base = base
        self.limits = limits
        let path: String
        switch location {
        case .memory:
            directory = nil
            path = ":memory:"
        case .directory(let directoryPath):
            let held = try DataDirectory(path: directoryPath)
            directory = held
            path = held.databasePath
            try held.checkDatabaseIsThere()
            try WriteAheadLog.check(databasePath: path)
        }
        do {
            connection = try SQLiteConnection(path: path)
            // A commit returns only when the write-ahead log is synced (rule S2).
            try connection.execute(
                """
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA cache_size = -\(Self.pageCacheKiB);
                PRAGMA wal_autocheckpoint = \(Self.checkpointPages);
                """)
            instance = try Schema.open(connection, path: path, for: identity, base: base)
            try directory?.admit(storeInstance: instance)
            tables = try LedgerTables(connection)
            board = try BoardTable(connection)
            begin = try connection.prepare("BEGIN IMMEDIATE")
            commit = try connection.prepare("COMMIT")
            certificatesBySigner = try board.certificatesBySigner()
        } catch let error as StoreError {
            throw error
        } catch let error as SQLiteError {
            throw error.asStoreError(path: path)
        } catch {
            throw .corrupted("\(error)")
        }
    }

    // MARK: Transactions

    /// Runs `body` and makes what it staged durable.
    ///
    /// - Throws: whatever failed; then nothing of the transaction is on disk or in memory.
    package func transaction(_ body: () throws -> Void) throws(StoreError) -> DurableCommit {
        do {
            try body()
            if connection.isInTransaction {
                CrashPoint.beforeCommit.pass()
                try commit.run()
            }
        } catch {
            rollBack()
            switch error {
            case let error as StoreError: throw error
            case let error as SQLiteError: throw .sqlite(error)
            default: throw .corrupted("\(error)")
            }
        }
        let certificates = stagedCertificates
        stagedCertificates = []
        cache.trim(to: limits.cachedRecordsMax)
        return DurableCommit(certificates)
    }

    /// Stages changes in the open transaction; later decisions in it see them.
    package func stage(_ changes: [LedgerChange]) throws {
        guard !changes.isEmpty else { return }
        if !connection.isInTransaction {
            CrashPoint.beforeRecord.pass()
            try begin.run()
        }
        for change in changes {
            try stage(change)
            CrashPoint.midTransaction.pass()
        }
    }

    /// Stages a certificate, whose permit comes with the commit.
    ///
    /// The guard must say so already: this is where rules S1 and S2 are held together.
    package func stage(_ certificate: OwnCertificate) throws {
        guard let signed = try slot(NonceSlot(certificate.effects))?.signed,
            signed.effects == certificate.effects, signed.epoch == certificate.epoch,
            signed.createdUnixMillis == certificate.createdUnixMillis
        else {
            throw StoreError.corrupted("certificate \(certificate.txHash) has no guard row")
        }
        stagedCertificates.append(certificate)
    }

    /// Stages a certificate of a peer, verified by the caller (rule S11).
    ///
    /// - Returns: false if it was there already.
    package func stage(_ certificate: Certificate) throws -> Bool {
        let signer = certificate.signer.id
        guard try !holds(certificate.txHash, of: signer) else { return false }
        if !connection.isInTransaction { try begin.run() }
        try board.append(
            certificate.txHash, signer: signer, certificate.effects, epoch: certificate.epoch,
            createdUnixMillis: certificate.createdUnixMillis, signature: certificate.signature)
        try countCertificate(of: signer)
        return true
    }

    private func stage(_ change: LedgerChange) throws {
        switch change {
        case .slot(let slot, let state):
            try tables.write(state, at: slot)
            cache.slots[slot] = state
        case .claim(let nonce, let slot):
            try tables.write(slot, claiming: nonce)
            cache.claims[nonce] = slot
        case .lane(let lane, let state):
            try tables.write(state, of: lane)
            cache.lanes[lane] = state
        case .overlay(let account, let overlay):
            try tables.write(overlay, of: account)
            cache.overlays[account] = overlay
        case .ownCertificate(let certificate):
            try board.append(
                certificate.txHash, signer: identity.validator, certificate.effects,
                epoch: certificate.epoch, createdUnixMillis: certificate.createdUnixMillis,
                signature: nil)
            try countCertificate(of: identity.validator)
        case .quorumCertificate(let slot, let qc):
            try tables.write(qc, at: slot)
            try tables.write(qc.hash, keeping: limits.qcHashesMax)
            // Our own is there if it was signed; one that was not must not seem to be.
            for certificate in qc.certificates where certificate.signer.id != identity.validator {
                _ = try stage(certificate)
            }
        case .quorumCertificateHash(let hash):
            try tables.write(hash, keeping: limits.qcHashesMax)
        case .clientRequest(let request, let signingHash):
            try tables.write(signingHash, as: request, keeping: limits.clientRequestsMax)
        }
    }

    /// Keeps a signer within its share, so that it can displace nobody's certificates but its own.
    private func countCertificate(of signer: ValidatorID) throws {
        let count = certificatesBySigner[signer, default: 0] + 1
        let surplus = count - limits.certificatesPerSignerMax
        // Removing in strides costs one pass for many.
        if surplus > limits.certificatesPerSignerMax / 8 {
            try board.removeOldest(surplus, of: signer)
            certificatesBySigner[signer] = count - surplus
        } else {
            certificatesBySigner[signer] = count
        }
    }

    private func rollBack() {
        stagedCertificates = []
        cache = RecordCache()
        // A failing rollback leaves the transaction open, and every later commit fails as this did.
        if connection.isInTransaction { try? connection.execute("ROLLBACK") }
        if let counts = try? board.certificatesBySigner() { certificatesBySigner = counts }
    }

    // MARK: Bulletin board

    /// Whether the signer's certificate for this envelope stands on the board.
    package func holds(_ txHash: TxHash, of signer: ValidatorID) throws -> Bool {
        try board.entry(txHash, of: signer) != nil
    }

    /// The payments of which others' certificates stand on the board.
    package func txHashesSignedByOthers() throws -> [TxHash] {
        try board.txHashes(notSignedBy: identity.validator)
    }

    /// Certificates in append order.
    package func read(_ query: BoardQuery) throws(StoreError) -> [BoardEntry] {
        do {
            return try board.read(query)
        } catch let error as StoreError {
            throw error
        } catch let error as SQLiteError {
            throw .sqlite(error)
        } catch {
            throw .corrupted("\(error)")
        }
    }

    /// The permit to sign one of our own certificates of the board again.
    ///
    /// Outside a transaction only: a row that is being written proves nothing yet.
    package func permit(for entry: BoardEntry) -> SigningPermit {
        precondition(!connection.isInTransaction, "a permit is for what is on disk")
        precondition(entry.signer == identity.validator, "a permit is for our own certificates")
        return SigningPermit(
            for: OwnCertificate(
                txHash: entry.txHash, effectsHash: entry.effects.hash, effects: entry.effects,
                epoch: entry.epoch, createdUnixMillis: entry.createdUnixMillis))
    }
}

extension CertificateStore: LedgerFacts {
    package func slot(_ slot: NonceSlot) throws -> SlotState? {
        if let cached = cache.slots[slot] { return cached }
        guard let stored = try tables.slot(slot) else { return nil }
        cache.slots[slot] = stored
        return stored
    }

    package func claim(of accountNonce: AccountNonce) throws -> NonceSlot? {
        if let cached = cache.claims[accountNonce] { return cached }
        guard let stored = try tables.claim(of: accountNonce) else { return nil }
        cache.claims[accountNonce] = stored
        return stored
    }

    package func lane(_ lane: NonceLane) throws -> LaneState {
        if let cached = cache.lanes[lane] { return cached }
        let state =
            try tables.lane(lane) ?? LaneState(settled: settledSequence(of: lane))
        cache.lanes[lane] = state
        return state
    }

    package func settledSequence(of lane: NonceLane) -> UInt64 { base.sequences[lane] ?? 0 }

    package func overlay(of account: AccountAsset) throws -> OverlayBalance {
        if let cached = cache.overlays[account] { return cached }
        let stored = try tables.overlay(of: account)
        cache.overlays[account] = stored
        return stored
    }

    package func baseBalance(of account: AccountAsset) -> UInt128 { base.balances[account] ?? 0 }

    package func knowsQuorumCertificate(_ hash: QCHash) throws -> Bool {
        try tables.knowsQuorumCertificate(hash)
    }

    package func hasOwnCertificate(_ txHash: TxHash) throws -> Bool {
        try holds(txHash, of: identity.validator)
    }

    package func clientRequest(_ request: ClientRequest) throws -> SigningHash? {
        try tables.clientRequest(request)
    }
}

/// Records that decisions touched lately; every one of them is in SQLite too.
private struct RecordCache {
    var slots: [NonceSlot: SlotState] = [:]
    var claims: [AccountNonce: NonceSlot] = [:]
    var lanes: [NonceLane: LaneState] = [:]
    var overlays: [AccountAsset: OverlayBalance] = [:]

    /// Empties each map that has outgrown the limit; it fills again with what is in use.
    mutating func trim(to countMax: Int) {
        if slots.count > countMax { slots = [:] }
        if claims.count > countMax { claims = [:] }
        if lanes.count > countMax { lanes = [:] }
        if overlays.count > countMax { overlays = [:] }
    }
}

extension SQLiteError {
    /// The error of opening a store, in an operator's words.
    fileprivate func asStoreError(path: String) -> StoreError {
        switch code {
        case 5, 6: .locked(path: path)
        case 8, 13, 14: .notWritable(path: path, reason: message)
        case 11, 26: .corrupted("\(path): \(message)")
        default: .sqlite(self)
        }
    }
}
