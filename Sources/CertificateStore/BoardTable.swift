package import AllegroModels
internal import SidecarCore

/// Which certificates of the bulletin board are asked for.
package struct BoardQuery: Hashable, Sendable {
    /// Whose certificates are asked for.
    package enum Filter: Hashable, Sendable {
        case all
        case txHash(TxHash)
        /// Payments from or to the account.
        case account(Address)
    }

    package var filter: Filter
    /// Only what was created at this time or later, in milliseconds since 1970.
    package var sinceUnixMillis: UInt64
    /// Only what stands behind this position.
    package var after: Int64
    /// How many at most.
    package var countMax: Int

    package init(filter: Filter, sinceUnixMillis: UInt64, after: Int64, countMax: Int) {
        self.filter = filter
        self.sinceUnixMillis = sinceUnixMillis
        self.after = after
        self.countMax = countMax
    }
}

/// One place of the bulletin board.
package struct BoardEntry: Hashable, Sendable {
    /// The place in this store's append order.
    package var position: Int64
    package var txHash: TxHash
    package var signer: ValidatorID
    package var effects: Effects
    package var epoch: UInt64
    package var createdUnixMillis: UInt64
    /// nil for our own, whose signature is made from the guard.
    package var signature: Ed25519Signature?
}

/// The bulletin board's table.
struct BoardTable {
    private static let columns =
        "position, tx_hash, signer, sender, recipient, asset, amount, nonce_key, sequence, "
        + "epoch, created_millis, signature"

    private let insert: SQLiteStatement
    private let find: SQLiteStatement
    private let readAll: SQLiteStatement
    private let readByTxHash: SQLiteStatement
    private let readByAccount: SQLiteStatement
    private let countBySigner: SQLiteStatement
    private let signedByOthers: SQLiteStatement
    private let trim: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(SQLiteError) {
        let select = "SELECT \(Self.columns) FROM board"
        let page = "position > ?1 AND created_millis >= ?2 ORDER BY position LIMIT ?3"
        insert = try connection.prepare(
            """
            INSERT OR IGNORE INTO board (\(Self.columns))
            VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """)
        find = try connection.prepare("\(select) WHERE tx_hash = ?1 AND signer = ?2")
        readAll = try connection.prepare("\(select) WHERE \(page)")
        readByTxHash = try connection.prepare("\(select) WHERE tx_hash = ?4 AND \(page)")
        readByAccount = try connection.prepare(
            """
            SELECT \(Self.columns) FROM (
                \(select) WHERE sender = ?4 UNION SELECT \(Self.columns) FROM board
                WHERE recipient = ?4
            ) WHERE \(page)
            """)
        countBySigner = try connection.prepare(
            "SELECT signer, count(*) FROM board GROUP BY signer")
        signedByOthers = try connection.prepare(
            "SELECT DISTINCT tx_hash FROM board WHERE signer <> ?1")
        trim = try connection.prepare(
            """
            DELETE FROM board WHERE position IN
                (SELECT position FROM board WHERE signer = ?1 ORDER BY position LIMIT ?2)
            """)
    }

    func read(_ query: BoardQuery) throws -> [BoardEntry] {
        let after = SQLiteValue.integer(query.after)
        // Times beyond SQLite's signed integers lie in the year 292 million.
        let since = SQLiteValue.integer(Int64(clamping: query.sinceUnixMillis))
        let limit = SQLiteValue.integer(Int64(query.countMax))
        return switch query.filter {
        case .all:
            try readAll.all(after, since, limit) { try Self.entry($0) }
        case .txHash(let hash):
            try readByTxHash.all(after, since, limit, .bytes(hash)) { try Self.entry($0) }
        case .account(let account):
            try readByAccount.all(after, since, limit, .bytes(account)) { try Self.entry($0) }
        }
    }

    func entry(_ txHash: TxHash, of signer: ValidatorID) throws -> BoardEntry? {
        try find.first(.bytes(txHash), .bytes(signer)) { try Self.entry($0) }
    }

    func txHashes(notSignedBy signer: ValidatorID) throws -> [TxHash] {
        try signedByOthers.all(.bytes(signer)) { try $0.fixed(TxHash.self, 0) }
    }

    func certificatesBySigner() throws -> [ValidatorID: Int] {
        let rows = try countBySigner.all {
            (try $0.fixed(ValidatorID.self, 0), Int($0.integer(1)))
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    func append(
        _ txHash: TxHash, signer: ValidatorID, _ effects: Effects, epoch: UInt64,
        createdUnixMillis: UInt64, signature: Ed25519Signature?
    ) throws(SQLiteError) {
        try insert.run(
            .bytes(txHash), .bytes(signer), .bytes(effects.sender), .bytes(effects.recipient),
            .bytes(effects.asset), .unsigned(effects.amount), .bytes(effects.nonce.key),
            .unsigned(effects.nonce.sequence), .unsigned(epoch),
            .integer(Int64(clamping: createdUnixMillis)),
            signature.map { .bytes($0) } ?? .null)
    }

    /// Removes a signer's oldest certificates.
    func removeOldest(_ count: Int, of signer: ValidatorID) throws(SQLiteError) {
        try trim.run(.bytes(signer), .integer(Int64(count)))
    }

    private static func entry(_ row: borrowing SQLiteRow) throws -> BoardEntry {
        BoardEntry(
            position: row.integer(0),
            txHash: try row.fixed(TxHash.self, 1), signer: try row.fixed(ValidatorID.self, 2),
            effects: Effects(
                sender: try row.fixed(Address.self, 3), recipient: try row.fixed(Address.self, 4),
                amount: row.unsigned(6), asset: try row.fixed(Address.self, 5),
                nonce: Nonce2D(
                    key: try row.fixed(NonceKey.self, 7), sequence: row.unsigned(8))),
            epoch: row.unsigned(9), createdUnixMillis: row.unsigned(10),
            signature: row.isNull(11) ? nil : try row.fixed(Ed25519Signature.self, 11))
    }
}
