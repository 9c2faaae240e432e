/// A table of rows in the order in which they came.
///
/// Rows are found by their position alone, so that adding one touches the table's last page and
/// nothing else.
struct LogTable {
    private let readAll: SQLiteStatement
    private let read: SQLiteStatement
    private let insert: SQLiteStatement
    private let removeRange: SQLiteStatement
    private let readLast: SQLiteStatement

    init(_ name: String, _ connection: SQLiteConnection) throws(SQLiteError) {
        readAll = try connection.prepare("SELECT position, row FROM \(name) ORDER BY position")
        read = try connection.prepare("SELECT row FROM \(name) WHERE position = ?1")
        insert = try connection.prepare("INSERT INTO \(name) VALUES (?1, ?2)")
        removeRange = try connection.prepare(
            "DELETE FROM \(name) WHERE position BETWEEN ?1 AND ?2")
        readLast = try connection.prepare("SELECT max(position) FROM \(name)")
    }

    /// The position of the newest row; 0 for none.
    ///
    /// Whoever never removes the newest row never uses a position twice.
    func lastPosition() throws -> Int64 { try readLast.first { $0.integer(0) } ?? 0 }

    func rows() throws -> [(position: Int64, row: [UInt8])] {
        try readAll.all { ($0.integer(0), $0.blob(1)) }
    }

    func row(at position: Int64) throws -> [UInt8]? {
        try read.first(.integer(position)) { $0.blob(0) }
    }

    func append(_ row: [UInt8], at position: Int64) throws(SQLiteError) {
        try insert.run(.integer(position), .blob(row))
    }

    func remove(_ positions: ClosedRange<Int64>) throws(SQLiteError) {
        try removeRange.run(.integer(positions.lowerBound), .integer(positions.upperBound))
    }
}
