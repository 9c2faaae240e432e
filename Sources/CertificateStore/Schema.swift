package import AllegroModels

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
    static let version: Int64 = 3

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

    /// What the store said when it was opened.
    struct Opening {
        /// The store's own random number, which its cursors carry.
        var instance: UInt64
        /// The mark that was taken off the store; nil for one that was held.
        var reclaimed: Custody?
    }

    /// Makes the tables of a new store, or checks that an old one is this validator's to sign with.
    ///
    /// - Parameter reclaimCode: names the mark to take off that says that others may have signed.
    static func open(
        _ connection: SQLiteConnection, path: String, for owner: StoreOwner, reclaimCode: String?
    ) throws -> Opening {
        if try isNew(connection, path: path) {
            try connection.execute("BEGIN IMMEDIATE")
            try create(connection, owner)
            try connection.execute("COMMIT")
        }
        let meta = try MetaTable(connection)
        for (name, configured) in owner.fields {
            let stored = try meta.value(name) ?? "nothing"
            guard stored == configured else {
                throw StoreError.foreign(
                    path: path, field: name, stored: stored, configured: configured)
            }
        }
        let custody = try meta.custody()
        let instance = try meta.instance()
        guard custody != .held else { return Opening(instance: instance, reclaimed: nil) }
        let code = custody.reclaimCode(instance: instance)
        guard reclaimCode == code else {
            throw StoreError.notHeld(path: path, custody, reclaimCode: code)
        }
        try connection.execute("BEGIN IMMEDIATE")
        try meta.set(.held)
        // Its positions were given out for other certificates too, so readers must begin anew.
        try meta.renewInstance()
        try connection.execute("COMMIT")
        return Opening(instance: try meta.instance(), reclaimed: custody)
    }

    /// Whether the database is empty.
    ///
    /// - Throws: when it is of a schema that this release does not know.
    static func isNew(_ connection: SQLiteConnection, path: String) throws -> Bool {
        let version = try connection.prepare("PRAGMA user_version").first { $0.integer(0) } ?? 0
        switch version {
        case 0: return true
        case Self.version: return false
        case ..<Self.version: throw StoreError.olderSchema(path: path, stored: version)
        default: throw StoreError.newerSchema(path: path, stored: version, known: Self.version)
        }
    }

    /// Makes the tables of a store that is held; within the caller's transaction.
    static func create(_ connection: SQLiteConnection, _ owner: StoreOwner) throws {
        try connection.execute(tables)
        let meta = try MetaTable(connection)
        for (name, value) in owner.fields { try meta.set(value, for: name) }
        try meta.renewInstance()
        try meta.set(.held)
        try connection.execute("PRAGMA user_version = \(Self.version)")
    }
}
