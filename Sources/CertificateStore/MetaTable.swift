internal import AllegroModels

/// Whose a store is, and on which base state it counts.
struct StoreOwner: Hashable, Sendable {
    var identity: StoreIdentity
    /// The base state's ``BaseState/fingerprint``.
    var base: Bytes32

    /// What a store must say to be used by this owner, by its name for operators.
    var fields: [(name: String, value: String)] {
        [
            (MetaTable.chain, String(identity.chainID)),
            (MetaTable.validator, identity.validator.description),
            (MetaTable.publicKey, identity.publicKey.description),
            (MetaTable.baseState, base.description),
        ]
    }
}

/// What a store says of itself: whose it is and who may sign with it.
struct MetaTable {
    static let chain = "chain"
    static let validator = "validator"
    static let publicKey = "public key"
    static let baseState = "base state"
    private static let instance = "instance"
    private static let custody = "custody"

    private let read: SQLiteStatement
    private let write: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(SQLiteError) {
        read = try connection.prepare("SELECT value FROM meta WHERE name = ?1")
        write = try connection.prepare(
            """
            INSERT INTO meta VALUES (?1, ?2)
            ON CONFLICT DO UPDATE SET value = excluded.value
            """)
    }

    func value(_ name: String) throws -> String? {
        try read.first(.text(name)) { $0.text(0) }
    }

    func set(_ value: String, for name: String) throws {
        try write.run(.text(name), .text(value))
    }

    func instance() throws -> UInt64 { try parsed(Self.instance) { UInt64($0) } }

    func renewInstance() throws {
        try set(String(UInt64.random(in: 0...UInt64.max)), for: Self.instance)
    }

    func custody() throws -> Custody { try parsed(Self.custody) { Custody(text: $0) } }

    func set(_ custody: Custody) throws { try set(custody.text, for: Self.custody) }

    func owner() throws -> StoreOwner {
        StoreOwner(
            identity: StoreIdentity(
                chainID: try parsed(Self.chain) { UInt64($0) },
                validator: try parsed(Self.validator) { ValidatorID(hex: $0) },
                publicKey: try parsed(Self.publicKey) { ValidatorPublicKey(hex: $0) }),
            base: try parsed(Self.baseState) { Bytes32(hex: $0) })
    }

    private func parsed<Value>(_ name: String, _ parse: (String) -> Value?) throws -> Value {
        guard let text = try value(name), let value = parse(text) else {
            throw StoreError.corrupted("meta has no \(name)")
        }
        return value
    }
}
