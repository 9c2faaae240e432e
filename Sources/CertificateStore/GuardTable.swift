internal import AllegroModels
internal import SidecarCore

/// The ledger, read as it is handed over: account by account.
struct GuardTable {
    private let archive: LogTable
    private let readAccount: SQLiteStatement
    private let readRows: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(SQLiteError) {
        archive = try LogTable("archive", connection)
        readAccount = try connection.prepare(
            "SELECT account FROM ledger WHERE account > ?1 ORDER BY account LIMIT 1")
        readRows = try connection.prepare(
            "SELECT place, state FROM ledger WHERE account = ?1 AND kind = ?2 ORDER BY place")
    }

    /// The account behind `account`, or the first of all.
    func account(after account: Address?) throws -> Address? {
        try readAccount.first(.blob(account?.bytes ?? [])) {
            var row = RowReader($0.blob(0))
            let account: Address = try row.fixed()
            try row.end()
            return account
        }
    }

    /// All that is handed over of an account.
    func records(of account: Address) throws -> AccountGuard {
        var records = AccountGuard(account: account)
        for (place, state) in try rows(account, .overlay) {
            records.overlays[try Self.value(place)] = try OverlayBalance(row: state)
        }
        for (place, state) in try rows(account, .lane) {
            records.lanes[try Self.value(place)] = try LaneState(row: state)
        }
        for (place, state) in try rows(account, .claim) {
            var reader = RowReader(place)
            records.claims[try reader.integer()] = try Self.value(state)
        }
        for (place, state) in try rows(account, .slot) {
            let nonce = try Self.nonce(place)
            let stored = try StoredSlot(
                row: state, of: NonceSlot(account: account, nonce: nonce))
            records.slots[nonce] = AccountGuard.Slot(
                state: stored.state,
                signedBytes: try stored.signedBytesPosition.map(archived))
        }
        return records
    }

    private func archived(at position: Int64) throws -> [UInt8] {
        guard let row = try archive.row(at: position) else {
            throw StoreError.corrupted("the archive lacks position \(position)")
        }
        return row
    }

    // MARK: Rows

    private func rows(
        _ account: Address, _ kind: LedgerTable.Kind
    ) throws -> [(place: [UInt8], state: [UInt8])] {
        try readRows.all(.address(account), .integer(kind.rawValue)) { ($0.blob(0), $0.blob(1)) }
    }

    private static func value<Value: FixedBytes>(_ bytes: [UInt8]) throws -> Value {
        var reader = RowReader(bytes)
        let value: Value = try reader.fixed()
        try reader.end()
        return value
    }

    private static func nonce(_ place: [UInt8]) throws -> Nonce2D {
        var reader = RowReader(place)
        let key: NonceKey = try reader.fixed()
        let nonce = Nonce2D(key: key, sequence: try reader.integer())
        try reader.end()
        return nonce
    }
}
