package import AllegroModels
package import SidecarCore

/// Which part of an account is asked for.
package struct AccountQuery: Hashable, Sendable {
    package var account: Address
    /// Only what is under this key; nil for all keys.
    package var key: NonceKey?
    /// How far each list was read before.
    package var after: AccountPosition
    /// How long each list may be.
    package var countMax: Int

    package init(account: Address, key: NonceKey?, after: AccountPosition, countMax: Int) {
        self.account = account
        self.key = key
        self.after = after
        self.countMax = countMax
    }

    /// One more than was asked for, which tells whether a list goes on.
    fileprivate var oneMore: Int { countMax == .max ? countMax : countMax + 1 }
}

extension CertificateStore {
    /// A page of what is recorded of an account, and where the next one begins; nil after the last.
    package func read(
        _ query: AccountQuery
    ) throws -> (records: AccountRecords, next: AccountPosition?) {
        let assets = try assets(query)
        let keys = try keys(query)
        let slots = try tables.accounts.slots(
            of: query.account, under: query.key, after: query.after.payment,
            countMax: query.oneMore)
        let records = AccountRecords(
            account: query.account, assets: Array(assets.prefix(query.countMax)),
            keys: Array(keys.prefix(query.countMax)),
            slots: Array(slots.prefix(query.countMax)))
        guard max(assets.count, keys.count, slots.count) > query.countMax else {
            return (records, nil)
        }
        let next = AccountPosition(
            asset: records.assets.last ?? query.after.asset,
            key: records.keys.last ?? query.after.key,
            payment: records.slots.last?.effects.nonce ?? query.after.payment)
        return (records, next)
    }

    private func assets(_ query: AccountQuery) throws -> [Address] {
        let after = query.after.asset
        let touched = try tables.accounts.assets(
            touchedIn: query.account, after: after, countMax: query.oneMore)
        return merged([baseIndex.assets(of: query.account), touched], after: after)
    }

    private func keys(_ query: AccountQuery) throws -> [NonceKey] {
        let after = query.after.key
        // A wallet that asks for its key is answered also before its first payment.
        if let key = query.key { return merged([[key]], after: after) }
        let lanes = try tables.accounts.lanes(
            of: query.account, after: after, countMax: query.oneMore)
        // Payments ahead of a lane that has not begun here.
        let paid = try tables.accounts.keys(
            of: query.account, after: after, countMax: query.oneMore)
        return merged([baseIndex.keys(of: query.account), lanes, paid], after: after)
    }

    /// The values of all lists behind `after`, in order and each once.
    private func merged<Value: Comparable & Hashable>(
        _ lists: [[Value]], after: Value?
    ) -> [Value] {
        var values: Set<Value> = []
        for list in lists {
            for value in list where after.map({ value > $0 }) ?? true { values.insert(value) }
        }
        return values.sorted()
    }
}

/// The base state by account, so that asking for one does not go through all.
struct BaseIndex {
    private var assets: [Address: [Address]] = [:]
    private var keys: [Address: [NonceKey]] = [:]

    init(_ base: BaseState) {
        for balance in base.balances.keys {
            assets[balance.account, default: []].append(balance.asset)
        }
        for lane in base.sequences.keys {
            keys[lane.account, default: []].append(lane.key)
        }
    }

    /// The tokens that the account holds on the chain, in no order.
    func assets(of account: Address) -> [Address] { assets[account] ?? [] }

    /// The keys whose sequence the chain has moved, in no order.
    func keys(of account: Address) -> [NonceKey] { keys[account] ?? [] }
}

/// The ledger, read by account.
struct AccountTable {
    /// Greater than every place: longer, and of the highest bytes.
    private static let pastAllPlaces = [UInt8](repeating: .max, count: 41)

    private let readPlaces: SQLiteStatement
    private let readStates: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(SQLiteError) {
        let range = "WHERE account = ?1 AND kind = ?2 AND place > ?3"
        readPlaces = try connection.prepare(
            "SELECT place FROM ledger \(range) ORDER BY place LIMIT ?4")
        readStates = try connection.prepare(
            "SELECT place, state FROM ledger \(range) AND place < ?5 ORDER BY place LIMIT ?4")
    }

    /// The tokens that payments from or to the account touched, in order.
    func assets(
        touchedIn account: Address, after asset: Address?, countMax: Int
    ) throws -> [Address] {
        try places(of: account, .overlay, after: asset?.bytes ?? [], countMax) {
            try $0.fixed()
        }
    }

    /// The keys whose order has begun here, in order.
    func lanes(
        of account: Address, after key: NonceKey?, countMax: Int
    ) throws -> [NonceKey] {
        try places(of: account, .lane, after: key?.bytes ?? [], countMax) { try $0.fixed() }
    }

    /// The keys that payments of the account declare, in order.
    func keys(
        of account: Address, after key: NonceKey?, countMax: Int
    ) throws -> [NonceKey] {
        var keys: [NonceKey] = []
        var last = key
        while keys.count < countMax, let next = try nextKey(of: account, after: last) {
            keys.append(next)
            last = next
        }
        return keys
    }

    /// One key a step, past all of its payments.
    private func nextKey(of account: Address, after key: NonceKey?) throws -> NonceKey? {
        let after = key.map { LedgerTable.place(of: Nonce2D(key: $0, sequence: .max)) } ?? []
        return try places(of: account, .slot, after: after, 1) {
            let key: NonceKey = try $0.fixed()
            _ = try $0.integer(UInt64.self)
            return key
        }.first
    }

    private func places<Value>(
        of account: Address, _ kind: LedgerTable.Kind, after place: [UInt8], _ countMax: Int,
        read: (inout RowReader) throws -> Value
    ) throws -> [Value] {
        try readPlaces.all(
            .address(account), .integer(kind.rawValue), .blob(place), .integer(Int64(countMax))
        ) {
            var reader = RowReader($0.blob(0))
            let value = try read(&reader)
            try reader.end()
            return value
        }
    }

    /// The account's slots behind a nonce, in order of key and sequence.
    func slots(
        of account: Address, under key: NonceKey?, after nonce: Nonce2D?, countMax: Int
    ) throws -> [SlotState] {
        let after =
            nonce.map { LedgerTable.place(of: $0) } ?? key?.bytes ?? []
        let end = key.map { $0.bytes + [UInt8](repeating: .max, count: 9) } ?? Self.pastAllPlaces
        return try readStates.all(
            .address(account), .integer(LedgerTable.Kind.slot.rawValue), .blob(after),
            .integer(Int64(countMax)), .blob(end)
        ) {
            var place = RowReader($0.blob(0))
            let key: NonceKey = try place.fixed()
            let slot = NonceSlot(
                account: account, nonce: Nonce2D(key: key, sequence: try place.integer()))
            try place.end()
            return try StoredSlot(row: $0.blob(1), of: slot).state
        }
    }
}
