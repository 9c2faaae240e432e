internal import AllegroModels
internal import CSQLite

/// What SQLite answered, in its own words.
package struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The primary result code.
    package var code: Int32
    package var message: String

    package var description: String { "SQLite: \(message) (code \(code))" }
}

/// One connection to a database; closed when the last reference goes.
///
/// Not thread-safe: whoever owns it uses it from one thread at a time.
final class SQLiteConnection {
    /// What a connection may do.
    enum Access {
        /// Make the database if it is not there.
        case creating
        case writing
        /// Nothing but reading, beside a process that writes.
        case reading

        fileprivate var flags: Int32 {
            switch self {
            case .creating: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .writing: SQLITE_OPEN_READWRITE
            case .reading: SQLITE_OPEN_READONLY
            }
        }
    }

    /// How long a reader waits while the writer recovers or closes the write-ahead log.
    private static let readerWaitMillis: Int32 = 5_000

    private let handle: OpaquePointer

    /// Nobody reads the statistics, which would cost a lock at every allocation.
    private static let isSetUp = allegro_sqlite3_count_no_memory() == SQLITE_OK

    /// Opens the database at `path` (`:memory:` for none on disk).
    init(path: String, _ access: Access = .creating) throws(SQLiteError) {
        _ = Self.isSetUp
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, access.flags | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw SQLiteError(code: code, message: message)
        }
        handle = opened
        if case .reading = access { sqlite3_busy_timeout(handle, Self.readerWaitMillis) }
    }

    deinit {
        sqlite3_close_v2(handle)
    }

    /// Runs statements that answer nothing.
    func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    /// Compiles one statement for repeated use.
    func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        var statement: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        let code = sqlite3_prepare_v3(handle, sql, -1, flags, &statement, nil)
        guard code == SQLITE_OK, let statement else { throw error(code) }
        return SQLiteStatement(statement, of: self)
    }

    /// Whether a transaction is open.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    fileprivate func error(_ code: Int32) -> SQLiteError {
        SQLiteError(code: code & 0xff, message: String(cString: sqlite3_errmsg(handle)))
    }
}

/// A compiled statement; keeps its connection open.
final class SQLiteStatement {
    private let handle: OpaquePointer
    private let connection: SQLiteConnection

    fileprivate init(_ handle: OpaquePointer, of connection: SQLiteConnection) {
        self.handle = handle
        self.connection = connection
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Runs the statement to its end.
    func run(_ values: SQLiteValue...) throws(SQLiteError) {
        let result = bound(to: values) { () -> Result<Void, SQLiteError> in
            do throws(SQLiteError) {
                while try step() {}
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.flatMap { $0 }.get()
    }

    /// Runs the statement and reads its first row; nil when there is none.
    func first<Value>(
        _ values: SQLiteValue..., read: (borrowing SQLiteRow) throws -> Value
    ) throws -> Value? {
        try bound(to: values) {
            Result { try step() ? try read(SQLiteRow(handle)) : nil }
        }.get().get()
    }

    /// Runs the statement and reads each row.
    func all<Value>(
        _ values: SQLiteValue..., read: (borrowing SQLiteRow) throws -> Value
    ) throws -> [Value] {
        try bound(to: values) {
            Result {
                var rows: [Value] = []
                while try step() { rows.append(try read(SQLiteRow(handle))) }
                return rows
            }
        }.get().get()
    }

    private func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: true
        case SQLITE_DONE: false
        case let code: throw connection.error(code)
        }
    }

    /// Runs `body` while the parameters are bound to `values`.
    ///
    /// SQLite reads blobs where they are, without a copy: they outlive the binding, which ends here.
    private func bound<Output>(
        to values: [SQLiteValue], from offset: Int = 0, _ body: () -> Output
    ) -> Result<Output, SQLiteError> {
        guard offset < values.count else {
            defer { sqlite3_reset(handle) }
            return .success(body())
        }
        let index = Int32(offset + 1)
        switch values[offset] {
        case .integer(let value):
            return bound(to: values, after: offset, sqlite3_bind_int64(handle, index, value), body)
        case .text(let value):
            let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            return bound(
                to: values, after: offset,
                sqlite3_bind_text(handle, index, value, -1, transient), body)
        case .blob(let bytes):
            return bytes.withUnsafeBytes { bound(to: values, after: offset, $0, body) }
        case .address(let address):
            return address.withUnsafeBytes { bound(to: values, after: offset, $0, body) }
        case .bytes32(let bytes):
            return bytes.withUnsafeBytes { bound(to: values, after: offset, $0, body) }
        }
    }

    private func bound<Output>(
        to values: [SQLiteValue], after offset: Int, _ bytes: UnsafeRawBufferPointer,
        _ body: () -> Output
    ) -> Result<Output, SQLiteError> {
        let index = Int32(offset + 1)
        // A null pointer would bind NULL instead of no bytes.
        let code =
            bytes.isEmpty
            ? sqlite3_bind_zeroblob(handle, index, 0)
            : sqlite3_bind_blob(handle, index, bytes.baseAddress, Int32(bytes.count), nil)
        defer { sqlite3_bind_null(handle, index) }
        return bound(to: values, after: offset, code, body)
    }

    private func bound<Output>(
        to values: [SQLiteValue], after offset: Int, _ code: Int32, _ body: () -> Output
    ) -> Result<Output, SQLiteError> {
        guard code == SQLITE_OK else { return .failure(connection.error(code)) }
        return bound(to: values, from: offset + 1, body)
    }
}

/// A value that a statement takes.
enum SQLiteValue {
    case integer(Int64)
    case text(String)
    case blob([UInt8])
    /// A blob of 20 bytes.
    case address(Address)
    /// A blob of 32 bytes.
    case bytes32(Bytes32)
}

/// The row that a statement stands on, for as long as it stands there.
struct SQLiteRow: ~Copyable {
    private let handle: OpaquePointer

    fileprivate init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func blob(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(sqlite3_column_bytes(handle, column))
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    func text(_ column: Int32) -> String {
        sqlite3_column_text(handle, column).map { String(cString: $0) } ?? ""
    }
}
