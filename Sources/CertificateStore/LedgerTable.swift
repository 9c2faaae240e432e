internal import AllegroModels
internal import SidecarCore

/// The table that decisions read and change.
///
/// All that belongs to one account stands together in it, so that a payment's guard, its sequence and
/// its debit are most often on one page, and a page is what a commit writes (docs/decisions/0009).
struct LedgerTable {
    /// What a row holds; the order is that within an account.
    enum Kind: Int64 {
        case overlay = 0
        case lane = 1
        case claim = 2
        case slot = 3
    }

    private let read: SQLiteStatement
    private let readTwo: SQLiteStatement
    private let write: SQLiteStatement
    private let insert: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(SQLiteError) {
        read = try connection.prepare(
            "SELECT state FROM ledger WHERE account = ?1 AND kind = ?2 AND place = ?3")
        readTwo = try connection.prepare(
            """
            SELECT place, state FROM ledger
            WHERE account = ?1 AND kind = ?2 AND place BETWEEN ?3 AND ?4
            """)
        write = try connection.prepare(
            """
            INSERT INTO ledger VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET state = excluded.state
            """)
        insert = try connection.prepare("INSERT INTO ledger VALUES (?1, ?2, ?3, ?4)")
    }

    // MARK: Reading

    /// What is stored of a slot and of the one behind it.
    ///
    /// Whoever takes a sequence asks for the next one too, and the two are neighbours.
    func slots(from slot: NonceSlot) throws -> (first: StoredSlot?, second: StoredSlot?) {
        let sequence = slot.nonce.sequence
        var next = slot
        next.nonce.sequence = sequence == .max ? sequence : sequence + 1
        let firstPlace = Self.place(of: slot.nonce)
        var found: (first: StoredSlot?, second: StoredSlot?)
        for (place, state) in try readTwo.all(
            .address(slot.account), .integer(Kind.slot.rawValue), .blob(firstPlace),
            .blob(Self.place(of: next.nonce)), read: { ($0.blob(0), $0.blob(1)) })
        {
            if place == firstPlace {
                found.first = try StoredSlot(row: state, of: slot)
            } else {
                found.second = try StoredSlot(row: state, of: next)
            }
        }
        return found
    }

    func claim(of nonce: AccountNonce) throws -> NonceSlot? {
        try row(nonce.account, .claim, .blob(Self.place(of: nonce.sequence))).map {
            var reader = RowReader($0)
            let key: NonceKey = try reader.fixed()
            try reader.end()
            return NonceSlot(
                account: nonce.account, nonce: Nonce2D(key: key, sequence: nonce.sequence))
        }
    }

    func lane(_ lane: NonceLane) throws -> LaneState? {
        try row(lane.account, .lane, .bytes32(lane.key.value)).map { try LaneState(row: $0) }
    }

    func overlay(of account: AccountAsset) throws -> OverlayBalance {
        try row(account.account, .overlay, .address(account.asset)).map {
            try OverlayBalance(row: $0)
        } ?? .zero
    }

    private func row(_ account: Address, _ kind: Kind, _ place: SQLiteValue) throws -> [UInt8]? {
        try read.first(.address(account), .integer(kind.rawValue), place) { $0.blob(0) }
    }

    // MARK: Writing

    func write(_ stored: StoredSlot, at slot: NonceSlot) throws(SQLiteError) {
        try write(slot.account, .slot, .blob(Self.place(of: slot.nonce)), stored.row(of: slot))
    }

    func write(_ slot: NonceSlot, claiming nonce: AccountNonce) throws(SQLiteError) {
        // A claim is for ever, so a second one for the same nonce is an error, not a replacement.
        try insert.run(
            .address(nonce.account), .integer(Kind.claim.rawValue),
            .blob(Self.place(of: nonce.sequence)), .bytes32(slot.nonce.key.value))
    }

    func write(_ state: LaneState, of lane: NonceLane) throws(SQLiteError) {
        try write(lane.account, .lane, .bytes32(lane.key.value), state.row)
    }

    func write(_ overlay: OverlayBalance, of account: AccountAsset) throws(SQLiteError) {
        try write(account.account, .overlay, .address(account.asset), overlay.row)
    }

    private func write(
        _ account: Address, _ kind: Kind, _ place: SQLiteValue, _ state: [UInt8]
    ) throws(SQLiteError) {
        try write.run(.address(account), .integer(kind.rawValue), place, .blob(state))
    }

    // MARK: Places

    static func place(of nonce: Nonce2D) -> [UInt8] {
        var place: [UInt8] = []
        place.reserveCapacity(NonceKey.byteCount + 8)
        nonce.key.append(to: &place)
        place.append(bigEndian: nonce.sequence)
        return place
    }

    private static func place(of sequence: UInt64) -> [UInt8] {
        var place: [UInt8] = []
        place.append(bigEndian: sequence)
        return place
    }
}
