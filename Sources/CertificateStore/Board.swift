internal import AllegroModels

/// The bulletin board: all of it in memory, and in a log on disk.
///
/// It is bounded, so it is found by payment and by account in memory, and the disk needs no index of it.
struct Board {
    private let table: LogTable
    /// How many of one signer's certificates stay.
    private let perSignerMax: Int

    private var entries: [Int64: BoardEntry] = [:]
    /// All positions in order, those of removed entries among them.
    private var order: [Int64] = []
    private var byTxHash: [TxHash: [Int64]] = [:]
    private var byAccount: [Address: [Int64]] = [:]
    private var bySigner: [ValidatorID: [Int64]] = [:]

    init(_ table: LogTable, perSignerMax: Int) throws {
        self.table = table
        self.perSignerMax = perSignerMax
        for (position, row) in try table.rows() {
            add(try BoardEntry(row: row, at: position))
        }
    }

    /// Whether the signer's certificate for this envelope is there.
    func holds(_ txHash: TxHash, of signer: ValidatorID) -> Bool {
        byTxHash[txHash]?.contains { entries[$0]?.signer == signer } ?? false
    }

    /// Whether anybody else's certificate for this envelope is there.
    func holds(_ txHash: TxHash, notOf signer: ValidatorID) -> Bool {
        byTxHash[txHash]?.contains { entries[$0]?.signer != signer } ?? false
    }

    /// The payments that are there, without those that only `signer` signed.
    func txHashes(notOnlyOf signer: ValidatorID?) -> [TxHash] {
        byTxHash.keys.filter { txHash in
            signer.map { holds(txHash, notOf: $0) } ?? true
        }
    }

    /// Certificates in append order.
    func read(_ query: BoardQuery) -> [BoardEntry] {
        let positions: [Int64] =
            switch query.filter {
            case .all: order
            case .txHash(let hash): byTxHash[hash] ?? []
            case .account(let account): byAccount[account] ?? []
            }
        var page: [BoardEntry] = []
        for position in positions[positions.indexOfFirst(after: query.after)...] {
            guard page.count < query.countMax else { break }
            guard let entry = entries[position],
                entry.createdUnixMillis >= query.sinceUnixMillis
            else { continue }
            page.append(entry)
        }
        return page
    }

    /// Adds a certificate at the end, and removes the signer's oldest when it has too many.
    ///
    /// A signer can so displace nobody's certificates but its own.
    mutating func append(
        _ txHash: TxHash, signer: ValidatorID, _ effects: Effects, epoch: UInt64,
        createdUnixMillis: UInt64, signature: Ed25519Signature?
    ) throws(SQLiteError) {
        guard !holds(txHash, of: signer) else { return }
        let entry = BoardEntry(
            position: (order.last ?? 0) + 1, txHash: txHash, signer: signer, effects: effects,
            epoch: epoch, createdUnixMillis: createdUnixMillis, signature: signature)
        try table.append(entry.row, at: entry.position)
        add(entry)
        // Many go at once, so that the lists are gone through once for many.
        let surplus = (bySigner[signer]?.count ?? 0) - perSignerMax
        if surplus > perSignerMax / 8 { try removeOldest(surplus, of: signer) }
    }

    private mutating func add(_ entry: BoardEntry) {
        let position = entry.position
        entries[position] = entry
        order.append(position)
        byTxHash[entry.txHash, default: []].append(position)
        byAccount[entry.effects.sender, default: []].append(position)
        if entry.effects.recipient != entry.effects.sender {
            byAccount[entry.effects.recipient, default: []].append(position)
        }
        bySigner[entry.signer, default: []].append(position)
    }

    private mutating func removeOldest(
        _ count: Int, of signer: ValidatorID
    ) throws(SQLiteError) {
        guard let oldest = bySigner[signer]?.prefix(count) else { return }
        for run in oldest.runs { try table.remove(run) }
        let removed = Set(oldest)
        var txHashes: Set<TxHash> = []
        var accounts: Set<Address> = []
        for position in oldest {
            guard let entry = entries.removeValue(forKey: position) else { continue }
            txHashes.insert(entry.txHash)
            accounts.insert(entry.effects.sender)
            accounts.insert(entry.effects.recipient)
        }
        bySigner[signer]?.removeFirst(count)
        for hash in txHashes { byTxHash.remove(removed, from: hash) }
        for account in accounts { byAccount.remove(removed, from: account) }
        if order.count > 2 * entries.count { order.removeAll { entries[$0] == nil } }
    }
}

extension Dictionary where Value == [Int64] {
    fileprivate mutating func remove(_ positions: Set<Int64>, from key: Key) {
        guard let left = self[key]?.filter({ !positions.contains($0) }) else { return }
        self[key] = left.isEmpty ? nil : left
    }
}

extension ArraySlice<Int64> {
    /// Ascending numbers as ranges without a gap.
    fileprivate var runs: [ClosedRange<Int64>] {
        reduce(into: []) { runs, number in
            if let last = runs.last, last.upperBound + 1 == number {
                runs[runs.count - 1] = last.lowerBound...number
            } else {
                runs.append(number...number)
            }
        }
    }
}

extension [Int64] {
    /// The index of the first element, in ascending order, that is greater than `value`.
    fileprivate func indexOfFirst(after value: Int64) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
