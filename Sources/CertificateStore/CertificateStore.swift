internal import AllegroCrypto
package import AllegroModels
package import SidecarCore

/// The durable side of a validator: guard, nonces, overlay, certificates and quorum certificates.
///
/// One writer: whoever owns the store uses it from one thread at a time. Memory holds what recent
/// decisions touched and what is bounded anyway; everything else is read from SQLite when asked for. A
/// transaction that fails takes its memory with it, so that memory never says more than the disk.
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
        /// Equivocations of one sender that are kept; further ones are only refused.
        package var evidencePerSenderMax = 4
        /// Bytes of evidence, all senders together.
        package var evidenceBytesMax = 64 * 1024 * 1024

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
    private static let pageCacheKiB = 64 * 1024

    /// Pages of 4 KiB in the write-ahead log before they are copied into the database.
    ///
    /// The more wait, the more often a page was changed again before it is copied once.
    private static let checkpointPages = 32 * 1024

    /// The store's own random number; positions mean something only together with it.
    package let instance: UInt64

    /// The mark that was taken off the store when it was opened; nil for one that was held.
    package let reclaimed: Custody?
    /// Who may sign with the store; it was held when it was opened.
    ///
    /// What was seen once stays so, whatever becomes of the transaction that was to note it.
    package private(set) var custody: Custody

    let identity: StoreIdentity
    let base: BaseState
    let baseIndex: BaseIndex
    let limits: Limits
    let tables: Tables
    var memory: StoreMemory

    /// Whether the store outlives the process.
    var isDurable: Bool { directory != nil }

    private let directory: DataDirectory?
    let connection: SQLiteConnection
    private let begin: SQLiteStatement
    private let commit: SQLiteStatement
    private var transactionNumber: UInt64 = 0
    /// Whether the transaction was begun; SQLite may have ended it since.
    private var hasBegun = false
    private var isCustodyOnDisk = true
    private var stagedCertificates: [OwnCertificate] = []
    /// Whether what is whole in memory may say what a failed transaction took back.
    private var isMemoryStale = false

    /// Opens the store, making it where there is none.
    ///
    /// - Parameter reclaimCode: names a store that its operator vouches for though others may have
    ///   signed beside it; the refusal of one shows its code.
    /// - Throws: why it cannot be used; nothing may be signed then (rule S13).
    package init(
        at location: Location, for identity: StoreIdentity, base: BaseState, limits: Limits,
        reclaimCode: String? = nil
    ) throws(StoreError) {
        self.identity = identity
        self.base = base
        baseIndex = BaseIndex(base)
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
            // A commit returns only when the write-ahead log is synced (rule S2). Nothing here is secret,
            // so what is deleted need not be overwritten.
            try connection.execute(
                """
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA secure_delete = OFF;
                PRAGMA cache_size = -\(Self.pageCacheKiB);
                PRAGMA wal_autocheckpoint = \(Self.checkpointPages);
                """)
            let opening = try Schema.open(
                connection, path: path,
                for: StoreOwner(identity: identity, base: base.fingerprint),
                reclaimCode: reclaimCode)
            instance = opening.instance
            reclaimed = opening.reclaimed
            // A mark that was taken off gave the store another number.
            try directory?.admit(
                storeInstance: instance,
                reclaimCode: reclaimed == nil
                    ? reclaimCode : Custody.held.reclaimCode(instance: instance))
            tables = try Tables(connection)
            begin = try connection.prepare("BEGIN IMMEDIATE")
            commit = try connection.prepare("COMMIT")
            memory = try StoreMemory(tables, limits)
            custody = try tables.meta.custody()
        } catch {
            throw StoreError(opening: path, error)
        }
    }

    // MARK: Transactions

    /// Runs `body` and makes what it staged durable.
    ///
    /// - Throws: whatever failed; then nothing of the transaction is on disk or in memory.
    package func transaction(_ body: () throws -> Void) throws(StoreError) -> DurableCommit {
        do {
            try refreshMemory()
            try body()
            // Of a transaction that SQLite has ended by itself this commit fails, and the whole batch.
            if hasBegun {
                CrashPoint.beforeCommit.pass()
                try commit.run()
                isCustodyOnDisk = true
            }
        } catch {
            rollBack()
            throw StoreError(error)
        }
        defer {
            hasBegun = false
            transactionNumber += 1
            stagedCertificates = []
        }
        return DurableCommit(of: transactionNumber, stagedCertificates)
    }

    /// Stages changes in the open transaction; later decisions in it see them.
    package func stage(_ changes: [LedgerChange]) throws {
        guard !changes.isEmpty else { return }
        try beginIfNeeded()
        for change in changes {
            try stage(change)
            CrashPoint.midTransaction.pass()
        }
    }

    /// Stages a certificate, whose permit comes with the commit.
    ///
    /// The guard must say so already: this is where rules S1 and S2 are held together.
    package func stage(_ certificate: OwnCertificate) throws -> StagedCertificate {
        guard let signed = try slot(NonceSlot(certificate.effects))?.signed,
            signed.effects == certificate.effects, signed.epoch == certificate.epoch,
            signed.createdUnixMillis == certificate.createdUnixMillis
        else {
            throw StoreError.corrupted("certificate \(certificate.txHash) has no guard row")
        }
        stagedCertificates.append(certificate)
        return StagedCertificate(
            transaction: transactionNumber, index: stagedCertificates.count - 1)
    }

    /// Begins the transaction with the first thing that is staged, so that reading alone costs no sync.
    func beginIfNeeded() throws {
        guard !hasBegun else {
            // SQLite ends a transaction by itself when the disk fails, even in a mere reading. What is
            // written after that would be on disk at once, without what was staged before it.
            guard connection.isInTransaction else { throw StoreError.cutOff }
            return
        }
        CrashPoint.beforeRecord.pass()
        try begin.run()
        hasBegun = true
        if !isCustodyOnDisk { try tables.meta.set(custody) }
    }

    /// Stages the mark with which nothing new is signed any more, also after a restart.
    ///
    /// The next transaction that writes anything takes it along if this one fails.
    package func stageContradiction(by txHash: TxHash, unixMillis: UInt64) throws {
        guard custody == .held else { return }
        custody = .contradicted(by: txHash, unixMillis: unixMillis)
        isCustodyOnDisk = false
        try beginIfNeeded()
        try tables.meta.set(custody)
    }

    private func rollBack() {
        hasBegun = false
        stagedCertificates = []
        transactionNumber += 1
        // Where it fails, it is tried again before anything else is done.
        if connection.isInTransaction { try? connection.execute("ROLLBACK") }
        memory.forgetRecords()
        isMemoryStale = true
    }

    /// Reads what is whole in memory again after a transaction that failed.
    private func refreshMemory() throws {
        guard isMemoryStale else { return }
        if connection.isInTransaction { try connection.execute("ROLLBACK") }
        memory = try StoreMemory(tables, limits)
        isMemoryStale = false
    }

    /// Copies the write-ahead log into the database and empties it, so that one file is the whole store.
    ///
    /// - Returns: whether it is empty; not if another process is reading the store.
    package func emptyLog() throws(StoreError) -> Bool {
        do {
            let checkpoint = try connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)")
            return try checkpoint.first { $0.integer(0) == 0 } ?? true
        } catch {
            throw StoreError(error)
        }
    }

    // MARK: Bulletin board

    /// Whether the signer's certificate for this envelope stands on the board.
    package func holds(_ txHash: TxHash, of signer: ValidatorID) throws -> Bool {
        try refreshMemory()
        return memory.board.holds(txHash, of: signer)
    }

    /// Whether another validator's certificate for this envelope stands on the board.
    package func isSignedByOthers(_ txHash: TxHash) -> Bool {
        memory.board.holds(txHash, notOf: identity.validator)
    }

    /// The payments of which certificates stand on the board.
    ///
    /// - Parameter byOthers: leaves out those that only this validator signed.
    package func txHashesOnBoard(byOthers: Bool) throws -> [TxHash] {
        try refreshMemory()
        return memory.board.txHashes(notOnlyOf: byOthers ? identity.validator : nil)
    }

    /// Certificates in append order.
    ///
    /// Outside a transaction only: a row that is being written proves nothing yet.
    package func read(_ query: BoardQuery) throws(StoreError) -> BoardPage {
        do {
            try refreshMemory()
            precondition(!connection.isInTransaction, "a page is of what is on disk")
            return BoardPage(memory.board.read(query), of: identity.validator)
        } catch {
            throw StoreError(error)
        }
    }
}
