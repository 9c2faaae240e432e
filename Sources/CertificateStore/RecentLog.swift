/// The newest entries of a log, by key; the oldest go when there are too many.
///
/// All of it is in memory, and so found without a look at the disk.
struct RecentLog<Entry: RecentLogEntry> {
    private let table: LogTable
    private let countMax: Int
    private var values: [Entry.Key: Entry.Value] = [:]
    /// The keys from `first` on, in the order of their positions.
    private var keys: [Entry.Key] = []
    private var first: Int64 = 1

    init(_ table: LogTable, keeping countMax: Int) throws {
        self.table = table
        self.countMax = countMax
        let rows = try table.rows()
        if let position = rows.first?.position { first = position }
        for (position, row) in rows {
            guard position == first + Int64(keys.count) else {
                throw StoreError.corrupted("a log lacks position \(first + Int64(keys.count))")
            }
            let entry = try Entry(row: row)
            values[entry.key] = entry.value
            keys.append(entry.key)
        }
    }

    subscript(key: Entry.Key) -> Entry.Value? { values[key] }

    /// Adds an entry, unless its key is there.
    mutating func append(_ entry: Entry) throws(SQLiteError) {
        guard values.updateValue(entry.value, forKey: entry.key) == nil else { return }
        try table.append(entry.row, at: first + Int64(keys.count))
        keys.append(entry.key)
        // Many go at once, so that the array moves once for many.
        let surplus = keys.count - countMax
        guard surplus > countMax / 8 else { return }
        try table.remove(first...first + Int64(surplus) - 1)
        for key in keys.prefix(surplus) { values[key] = nil }
        keys.removeFirst(surplus)
        first += Int64(surplus)
    }
}

/// What a ``RecentLog`` keeps.
protocol RecentLogEntry: RowCodable {
    associatedtype Key: Hashable
    associatedtype Value

    var key: Key { get }
    var value: Value { get }
}
