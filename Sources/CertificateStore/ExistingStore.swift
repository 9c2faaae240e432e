/// A store that is there, opened by an operator's tool, which does not know the validator's key.
final class ExistingStore {
    let path: String
    let connection: SQLiteConnection
    let meta: MetaTable

    private let access: SQLiteConnection.Access
    /// Held while the tool writes; nil for a reader, which the daemon may run beside.
    private let directory: DataDirectory?

    /// Opens the store in a directory for reading, beside a daemon or without one.
    static func reading(_ path: String) throws(StoreError) -> ExistingStore {
        try ExistingStore(path, .reading)
    }

    /// Opens the store in a directory that no daemon uses, and keeps others out.
    static func writing(_ path: String) throws(StoreError) -> ExistingStore {
        try ExistingStore(path, .writing)
    }

    private init(_ path: String, _ access: SQLiteConnection.Access) throws(StoreError) {
        guard DataDirectory.holdsStore(path) else { throw .missing(path: path) }
        self.path = path
        self.access = access
        switch access {
        case .reading: directory = nil
        case .writing, .creating: directory = try DataDirectory(path: path, creating: false)
        }
        let database = DataDirectory.databasePath(in: path)
        // SQLite would drop what stands behind the damage, and the index that tells of it. A daemon has
        // made sure of its log, and goes on writing it.
        if directory != nil || !DataDirectory.isHeld(path) {
            try WriteAheadLog.check(databasePath: database)
        }
        do {
            connection = try SQLiteConnection(path: database, access)
            // What is marked must be on disk before anything is made of it.
            if directory != nil { try connection.execute("PRAGMA synchronous = FULL") }
            guard try !Schema.isNew(connection, path: database) else {
                throw StoreError.missing(path: path)
            }
            meta = try MetaTable(connection)
        } catch {
            throw StoreError(opening: database, error, for: access)
        }
    }

    /// Runs `body`, in an operator's words where it fails.
    func using<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        do {
            return try body(connection)
        } catch let error as SQLiteError {
            throw StoreError(
                opening: DataDirectory.databasePath(in: path), error, for: access)
        }
    }

    /// Runs `body` on one state of the store, whatever a daemon writes meanwhile.
    func snapshot<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        try using { connection in
            try connection.execute("BEGIN")
            defer { try? connection.execute("ROLLBACK") }
            return try body(connection)
        }
    }
}
