internal import AllegroModels
internal import SidecarCore

/// The ledger, read as it is handed over: account by account, each order from its cut on.
struct GuardTable {
    /// Greater than every place: longer, and of the highest bytes.
    private static let pastAllPlaces = [UInt8](repeating: .max, count: 41)

    private let accounts: AccountTable
    private let archive: LogTable
    private let readAccount: SQLiteStatement
    private let readRows: SQLiteStatement
    private let readLast: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(SQLiteError) {
        accounts = try AccountTable(connection)
        archive = try LogTable("archive", connection)
        readAccount = try connection.prepare(
            "SELECT account FROM ledger WHERE account > ?1 ORDER BY account LIMIT 1")
        let range = "FROM ledger WHERE account = ?1 AND kind = ?2 AND place >= ?3 AND place <= ?4"
        readRows = try connection.prepare("SELECT place, state \(range) ORDER BY place")
        readLast = try connection.prepare(
            "SELECT place \(range) ORDER BY place DESC LIMIT 1")
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
        var lanes: [NonceKey: LaneState] = [:]
        for (place, state) in try rows(account, .lane) {
            lanes[try Self.value(place)] = try LaneState(row: state)
        }
        let cut = HandOverCut(
            order: lanes[.protocol], highestTaken: try highestAccountNonce(of: account))
        for (place, state) in try rows(account, .claim, from: Self.place(cut.firstAccountNonce)) {
            var reader = RowReader(place)
            records.claims[try reader.integer()] = try Self.value(state)
        }
        let paid = try accounts.keys(of: account, after: nil, countMax: .max)
        for key in Set(paid).union(lanes.keys) {
            let lane = lanes[key]
            let first = cut.first(
                under: key, lane, highestTaken: try highestSequence(under: key, of: account))
            records.lanes[key] = lane.map {
                LaneState(next: $0.next, confirmed: $0.confirmed, use: $0.use, settled: first)
            }
            try addSlots(under: key, from: first, to: &records)
        }
        return records
    }

    private func addSlots(
        under key: NonceKey, from first: UInt64, to records: inout AccountGuard
    ) throws {
        let from = LedgerTable.place(of: Nonce2D(key: key, sequence: first))
        let to = LedgerTable.place(of: Nonce2D(key: key, sequence: .max))
        for (place, state) in try rows(records.account, .slot, from: from, to: to) {
            let nonce = try Self.nonce(place)
            let stored = try StoredSlot(
                row: state, of: NonceSlot(account: records.account, nonce: nonce))
            records.slots[nonce] = AccountGuard.Slot(
                state: stored.state,
                signedBytes: try stored.signedBytesPosition.map(archived))
        }
    }

    private func archived(at position: Int64) throws -> [UInt8] {
        guard let row = try archive.row(at: position) else {
            throw StoreError.corrupted("the archive lacks position \(position)")
        }
        return row
    }

    /// The highest account nonce that is taken, by a claim or under key 0.
    private func highestAccountNonce(of account: Address) throws -> UInt64? {
        let claim = try last(account, .claim, from: [], to: Self.pastAllPlaces).map {
            var reader = RowReader($0)
            return try reader.integer(UInt64.self)
        }
        let slot = try highestSequence(under: .protocol, of: account)
        guard let claim, let slot else { return claim ?? slot }
        return max(claim, slot)
    }

    private func highestSequence(
        under key: NonceKey, of account: Address
    ) throws -> UInt64? {
        let from = LedgerTable.place(of: Nonce2D(key: key, sequence: 0))
        let to = LedgerTable.place(of: Nonce2D(key: key, sequence: .max))
        return try last(account, .slot, from: from, to: to).map { try Self.nonce($0).sequence }
    }

    // MARK: Rows

    private func rows(
        _ account: Address, _ kind: LedgerTable.Kind, from: [UInt8] = [],
        to: [UInt8] = pastAllPlaces
    ) throws -> [(place: [UInt8], state: [UInt8])] {
        try readRows.all(
            .bytes(account), .integer(kind.rawValue), .blob(from), .blob(to)
        ) { ($0.blob(0), $0.blob(1)) }
    }

    private func last(
        _ account: Address, _ kind: LedgerTable.Kind, from: [UInt8], to: [UInt8]
    ) throws -> [UInt8]? {
        try readLast.first(
            .bytes(account), .integer(kind.rawValue), .blob(from), .blob(to)
        ) { $0.blob(0) }
    }

    private static func place(_ sequence: UInt64) -> [UInt8] {
        var place: [UInt8] = []
        place.append(bigEndian: sequence)
        return place
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
