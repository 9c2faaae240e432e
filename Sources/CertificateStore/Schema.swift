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
    static let version: Int64 = 1

    // Unsigned 64-bit integers are stored by their bit pattern, 128-bit sums as 16 bytes.
    private static let tables = """
        CREATE TABLE meta (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) WITHOUT ROWID;
        -- The guard (rule S1): what was signed and what is confirmed, one row per nonce for ever.
        CREATE TABLE slots (
            sender BLOB NOT NULL, nonce_key BLOB NOT NULL, sequence INTEGER NOT NULL,
            signing_hash BLOB, signed_key BLOB, signed_tx_hash BLOB, signed_recipient BLOB,
            signed_asset BLOB, signed_amount INTEGER, epoch INTEGER, created_millis INTEGER,
            envelopes INTEGER,
            confirmed_tx_hash BLOB, confirmed_recipient BLOB, confirmed_asset BLOB,
            confirmed_amount INTEGER, confirmed_qc_hash BLOB,
            PRIMARY KEY (sender, nonce_key, sequence)
        ) WITHOUT ROWID;
        -- The account nonces that Ethereum payments took, and the key that each declared.
        CREATE TABLE claims (
            sender BLOB NOT NULL, account_nonce INTEGER NOT NULL, declared_key BLOB NOT NULL,
            PRIMARY KEY (sender, account_nonce)
        ) WITHOUT ROWID;
        CREATE TABLE lanes (
            sender BLOB NOT NULL, nonce_key BLOB NOT NULL, next_sequence INTEGER NOT NULL,
            confirmed_sequence INTEGER NOT NULL, key_use INTEGER NOT NULL,
            PRIMARY KEY (sender, nonce_key)
        ) WITHOUT ROWID;
        CREATE TABLE overlays (
            account BLOB NOT NULL, asset BLOB NOT NULL, credits BLOB NOT NULL,
            debits BLOB NOT NULL,
            -- The one key that pays out of the balance; NULL for none, empty for several.
            paying_key BLOB,
            PRIMARY KEY (account, asset)
        ) WITHOUT ROWID;
        CREATE TABLE quorum_certificates (
            sender BLOB NOT NULL, nonce_key BLOB NOT NULL, sequence INTEGER NOT NULL,
            qc_hash BLOB NOT NULL, threshold INTEGER NOT NULL, certificates BLOB NOT NULL,
            PRIMARY KEY (sender, nonce_key, sequence)
        ) WITHOUT ROWID;
        CREATE TABLE known_qc_hashes (
            position INTEGER PRIMARY KEY AUTOINCREMENT, qc_hash BLOB NOT NULL UNIQUE
        );
        CREATE TABLE client_requests (
            position INTEGER PRIMARY KEY AUTOINCREMENT, sender BLOB NOT NULL, id TEXT NOT NULL,
            signing_hash BLOB NOT NULL,
            UNIQUE (sender, id)
        );
        -- Certificates in the order in which they came; our own carry no signature, because the
        -- guard and the key make it again.
        CREATE TABLE board (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            tx_hash BLOB NOT NULL, signer BLOB NOT NULL,
            sender BLOB NOT NULL, recipient BLOB NOT NULL, asset BLOB NOT NULL,
            amount INTEGER NOT NULL, nonce_key BLOB NOT NULL, sequence INTEGER NOT NULL,
            epoch INTEGER NOT NULL, created_millis INTEGER NOT NULL, signature BLOB,
            UNIQUE (tx_hash, signer)
        );
        CREATE INDEX board_by_sender ON board (sender);
        CREATE INDEX board_by_recipient ON board (recipient);
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
