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
        let slots = try accounts.slots(
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
        let touched = try accounts.assets(
            touchedIn: query.account, after: after, countMax: query.oneMore)
        return merged([baseIndex.assets(of: query.account), touched], after: after)
    }

    private func keys(_ query: AccountQuery) throws -> [NonceKey] {
        let after = query.after.key
        // A wallet that asks for its key is answered also before its first payment.
        if let key = query.key { return merged([[key]], after: after) }
        let lanes = try accounts.lanes(of: query.account, after: after, countMax: query.oneMore)
        // Payments ahead of a lane that has not begun here.
        let paid = try accounts.keys(of: query.account, after: after, countMax: query.oneMore)
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

    /// Runs reads that no transaction follows, so that what they leave in memory is bounded too.
    package func reading<Value>(_ body: () throws -> Value) throws(StoreError) -> Value {
        defer { trimCache() }
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch let error as SQLiteError {
            throw .sqlite(error)
        } catch {
            throw .corrupted("\(error)")
        }
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

/// The tables of decisions, read by account.
struct AccountTables {
    private let readAssets: SQLiteStatement
    private let readLanes: SQLiteStatement
    private let readNextKey: SQLiteStatement
    private let readSlots: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(SQLiteError) {
        readAssets = try connection.prepare(
            "SELECT asset FROM overlays WHERE account = ?1 AND asset > ?2 ORDER BY asset LIMIT ?3")
        readLanes = try connection.prepare(
            """
            SELECT nonce_key FROM lanes WHERE sender = ?1 AND nonce_key > ?2
            ORDER BY nonce_key LIMIT ?3
            """)
        // One key a step: DISTINCT would go through every payment of the account.
        readNextKey = try connection.prepare(
            """
            SELECT nonce_key FROM slots WHERE sender = ?1 AND nonce_key > ?2
            ORDER BY nonce_key LIMIT 1
            """)
        readSlots = try connection.prepare(
            """
            SELECT \(LedgerTables.slotColumns), sequence FROM slots
            WHERE sender = ?1 AND nonce_key = ?2 AND sequence BETWEEN ?3 AND ?4
            ORDER BY sequence LIMIT ?5
            """)
    }

    /// The tokens that payments from or to the account touched, in order.
    func assets(
        touchedIn account: Address, after asset: Address?, countMax: Int
    ) throws -> [Address] {
        try readAssets.all(.bytes(account), .after(asset), .integer(Int64(countMax))) {
            try $0.fixed(Address.self, 0)
        }
    }

    /// The keys whose order has begun here, in order.
    func lanes(
        of account: Address, after key: NonceKey?, countMax: Int
    ) throws -> [NonceKey] {
        try readLanes.all(.bytes(account), .after(key), .integer(Int64(countMax))) {
            try $0.fixed(NonceKey.self, 0)
        }
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

    private func nextKey(of account: Address, after key: NonceKey?) throws -> NonceKey? {
        try readNextKey.first(.bytes(account), .after(key)) { try $0.fixed(NonceKey.self, 0) }
    }

    /// The account's slots behind a nonce, in order of key and sequence.
    func slots(
        of account: Address, under only: NonceKey?, after nonce: Nonce2D?, countMax: Int
    ) throws -> [SlotState] {
        var slots: [SlotState] = []
        var key = try only ?? nonce?.key ?? nextKey(of: account, after: nil)
        while let current = key {
            let lane = NonceLane(account: account, key: current)
            let after = nonce.flatMap { $0.key == current ? $0.sequence : nil }
            slots += try self.slots(of: lane, after: after, countMax: countMax - slots.count)
            guard slots.count < countMax, only == nil else { break }
            key = try nextKey(of: account, after: current)
        }
        return slots
    }

    private func slots(
        of lane: NonceLane, after sequence: UInt64?, countMax: Int
    ) throws -> [SlotState] {
        let (first, isPastEnd) = sequence?.addingReportingOverflow(1) ?? (0, false)
        guard !isPastEnd else { return [] }
        // SQLite orders the bit patterns as signed numbers, in which the upper half comes first.
        let upperHalf = UInt64(1) << 63
        var slots: [SlotState] = []
        for (from, to) in [(first, upperHalf - 1), (max(first, upperHalf), UInt64.max)]
        where from <= to && slots.count < countMax {
            slots += try readSlots.all(
                .bytes(lane.account), .bytes(lane.key), .unsigned(from), .unsigned(to),
                .integer(Int64(countMax - slots.count))
            ) {
                try $0.slotState(
                    of: NonceSlot(
                        account: lane.account,
                        nonce: Nonce2D(
                            key: lane.key, sequence: $0.unsigned(LedgerTables.slotColumnCount))))
            }
        }
        return slots
    }
}

extension SQLiteValue {
    /// A bound for bytes to be greater than; every value is, where nothing was seen before.
    fileprivate static func after(_ value: (some FixedBytes)?) -> SQLiteValue {
        value.map { .bytes($0) } ?? .blob([])
    }
}
