internal import AllegroModels
internal import SidecarCore

/// Every table of the store.
struct Tables {
    let meta: MetaTable
    let ledger: LedgerTable
    let accounts: AccountTable
    /// What was signed by senders, and quorum certificates, at positions that slots name.
    let archive: LogTable
    let board: LogTable
    let knownQCHashes: LogTable
    let clientRequests: LogTable
    let evidence: LogTable

    init(_ connection: SQLiteConnection) throws(SQLiteError) {
        meta = try MetaTable(connection)
        ledger = try LedgerTable(connection)
        accounts = try AccountTable(connection)
        archive = try LogTable("archive", connection)
        board = try LogTable("board", connection)
        knownQCHashes = try LogTable("known_qc_hashes", connection)
        clientRequests = try LogTable("client_requests", connection)
        evidence = try LogTable("evidence", connection)
    }
}

/// What the store holds in memory: bounded, and all of it on disk too.
struct StoreMemory {
    // What decisions touched lately.
    /// Also which slots are free.
    var slots: RecentMap<NonceSlot, StoredSlot?>
    var claims: RecentMap<AccountNonce, NonceSlot>
    var lanes: RecentMap<NonceLane, LaneState>
    var overlays: RecentMap<AccountAsset, OverlayBalance>

    // What is bounded on disk as well, and so whole.
    var board: Board
    var knownQCHashes: RecentLog<KnownQCHash>
    var clientRequests: RecentLog<NamedPayment>
    var evidence: EvidenceLog

    /// The position of the archive's newest row.
    var archivePosition: Int64

    init(_ tables: Tables, _ limits: CertificateStore.Limits) throws {
        slots = RecentMap(countMax: limits.cachedRecordsMax)
        claims = RecentMap(countMax: limits.cachedRecordsMax)
        lanes = RecentMap(countMax: limits.cachedRecordsMax)
        overlays = RecentMap(countMax: limits.cachedRecordsMax)
        board = try Board(tables.board, perSignerMax: limits.certificatesPerSignerMax)
        knownQCHashes = try RecentLog(tables.knownQCHashes, keeping: limits.qcHashesMax)
        clientRequests = try RecentLog(
            tables.clientRequests, keeping: limits.clientRequestsMax)
        evidence = try EvidenceLog(
            tables.evidence, perSenderMax: limits.evidencePerSenderMax,
            bytesMax: limits.evidenceBytesMax)
        archivePosition = try tables.archive.lastPosition()
    }

    /// Forgets what can be read from the disk one by one.
    mutating func forgetRecords() {
        slots.removeAll()
        claims.removeAll()
        lanes.removeAll()
        overlays.removeAll()
    }
}

/// The hash of a quorum certificate that a payment may name without presenting it.
struct KnownQCHash: RecentLogEntry {
    var key: QCHash
    var value: Void { () }

    init(_ hash: QCHash) {
        key = hash
    }

    func append(to row: inout [UInt8]) { key.append(to: &row) }

    init(from row: inout RowReader) throws(StoreError) {
        key = try row.fixed()
    }
}

/// A client's name for a payment.
struct NamedPayment: RecentLogEntry {
    var key: ClientRequest
    var value: SigningHash

    init(_ request: ClientRequest, _ signingHash: SigningHash) {
        key = request
        value = signingHash
    }

    func append(to row: inout [UInt8]) {
        key.sender.append(to: &row)
        value.append(to: &row)
        row.append(lengthPrefixed: key.id.utf8)
    }

    init(from row: inout RowReader) throws(StoreError) {
        let sender: Address = try row.fixed()
        value = try row.fixed()
        key = ClientRequest(
            sender: sender, id: String(decoding: try row.lengthPrefixed(), as: UTF8.self))
    }
}
