package import AllegroModels
internal import SidecarCore

/// Whose store it is; a store refuses any other owner (rule S13).
package struct StoreIdentity: Hashable, Sendable {
    package var chainID: UInt64
    package var validator: ValidatorID
    package var publicKey: ValidatorPublicKey

    package init(chainID: UInt64, validator: ValidatorID, publicKey: ValidatorPublicKey) {
        self.chainID = chainID
        self.validator = validator
        self.publicKey = publicKey
    }
}

/// The tables, and the check that a store is ours.
enum Schema {
    static let version: Int64 = 2

    private static let tables = """
        CREATE TABLE meta (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) WITHOUT ROWID;
        -- Guard, sequences and overlays, an account's together (docs/decisions/0009). Nothing is ever
        -- removed from it (rules S1 and S12).
        CREATE TABLE ledger (
            account BLOB NOT NULL,
            -- 0 overlay, 1 lane, 2 claim, 3 slot.
            kind INTEGER NOT NULL,
            -- Of an overlay the asset, of a lane the key, of a claim the account nonce, of a slot the
            -- key and the sequence.
            place BLOB NOT NULL,
            state BLOB NOT NULL,
            PRIMARY KEY (account, kind, place)
        ) WITHOUT ROWID;
        -- Payments as their senders signed them, and quorum certificates; slots name the positions.
        CREATE TABLE archive (position INTEGER PRIMARY KEY, row BLOB NOT NULL);
        -- Certificates in the order in which they came; our own carry no signature, because the
        -- guard and the key make it again.
        CREATE TABLE board (position INTEGER PRIMARY KEY, row BLOB NOT NULL);
        CREATE TABLE known_qc_hashes (position INTEGER PRIMARY KEY, row BLOB NOT NULL);
        CREATE TABLE client_requests (position INTEGER PRIMARY KEY, row BLOB NOT NULL);
        CREATE TABLE evidence (position INTEGER PRIMARY KEY, row BLOB NOT NULL);
        """

    /// Makes the tables of a new store, or checks that an old one is this validator's.
    ///
    /// - Returns: the store's own random number, which its cursors carry.
    static func open(
        _ connection: SQLiteConnection, path: String, for identity: StoreIdentity,
        base: BaseState
    ) throws -> UInt64 {
        let fields = fields(of: identity, base)
        let version = try connection.prepare("PRAGMA user_version").first { $0.integer(0) } ?? 0
        switch version {
        case 0: try create(connection, fields)
        case Self.version: break
        case ..<Self.version: throw StoreError.olderSchema(path: path, stored: version)
        default: throw StoreError.newerSchema(path: path, stored: version, known: Self.version)
        }
        let read = try connection.prepare("SELECT value FROM meta WHERE name = ?1")
        for (name, configured) in fields {
            let stored = try read.first(.text(name)) { $0.text(0) } ?? "nothing"
            guard stored == configured else {
                throw StoreError.foreign(
                    path: path, field: name, stored: stored, configured: configured)
            }
        }
        guard let text = try read.first(.text("instance"), read: { $0.text(0) }),
            let instance = UInt64(text)
        else { throw StoreError.corrupted("meta has no instance") }
        return instance
    }

    private static func create(
        _ connection: SQLiteConnection, _ fields: [(name: String, value: String)]
    ) throws {
        try connection.execute("BEGIN IMMEDIATE")
        try connection.execute(tables)
        let write = try connection.prepare("INSERT INTO meta (name, value) VALUES (?1, ?2)")
        for (name, value) in fields { try write.run(.text(name), .text(value)) }
        let instance = UInt64.random(in: 0...UInt64.max)
        try write.run(.text("instance"), .text(String(instance)))
        try connection.execute("PRAGMA user_version = \(Self.version); COMMIT")
    }

    private static func fields(
        of identity: StoreIdentity, _ base: BaseState
    ) -> [(name: String, value: String)] {
        [
            ("chain", String(identity.chainID)),
            ("validator", identity.validator.description),
            ("public key", identity.publicKey.description),
            ("base state", base.fingerprint.description),
        ]
    }
}
