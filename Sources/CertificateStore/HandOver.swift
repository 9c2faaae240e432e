internal import AllegroModels
internal import SidecarCore

/// The guard's way from one store to another (docs/decisions/0010).
package enum HandOver {
    /// How much went over.
    package struct Summary: Hashable, Sendable {
        package var accounts = 0
        package var lanes = 0
        package var slots = 0

        mutating func count(_ records: AccountGuard) {
            accounts += 1
            lanes += records.lanes.count
            slots += records.slots.count
        }
    }

    /// Gives the guard of a store that no daemon uses away, into a file.
    ///
    /// The store is marked before the file is there: whatever happens in between, not both can sign.
    /// A store that was handed over can be exported again, and the file is the same.
    ///
    /// - Throws: ``StoreError`` when the store cannot be used, ``FileError`` when the file cannot be made.
    package static func export(
        storeIn directory: String, to path: String, unixMillis: UInt64
    ) throws -> Summary {
        let store = try ExistingStore.writing(directory)
        let file = try OutputFile(path)
        let origin = GuardFile.Origin(
            owner: try store.using { _ in try store.meta.owner() },
            exportedUnixMillis: try mark(store, unixMillis: unixMillis))
        return try store.snapshot { connection in
            let table = try GuardTable(connection)
            var writer = try GuardFileWriter(file, origin)
            var summary = Summary()
            var last: Address?
            while let account = try table.account(after: last) {
                let records = try table.records(of: account)
                try writer.add(records)
                summary.count(records)
                last = account
            }
            try writer.finish()
            return summary
        }
    }

    /// Marks the store durably; gives when it was handed over first.
    private static func mark(
        _ store: ExistingStore, unixMillis: UInt64
    ) throws -> UInt64 {
        try store.using { _ in
            switch try store.meta.custody() {
            case .held:
                try store.meta.set(.handedOver(unixMillis: unixMillis))
                return unixMillis
            case .handedOver(let first): return first
            case let other:
                throw StoreError.notHeld(
                    path: store.path, other,
                    reclaimCode: other.reclaimCode(instance: try store.meta.instance()))
            }
        }
    }

    /// Makes a store that holds what a file hands over, in a directory that has none.
    ///
    /// - Throws: ``FileError`` when the file is not good, ``StoreError`` when there is a store or none
    ///   can be made; then none is there that was not there before.
    package static func makeStore(in directory: String, from path: String) throws -> Summary {
        let file = try GuardFile(path: path)
        guard DataDirectory.isFree(directory) else { throw StoreError.exists(path: directory) }
        let held = try DataDirectory(path: directory)
        try held.checkDatabaseIsThere()
        guard DataDirectory.isFree(directory) else { throw StoreError.exists(path: directory) }
        let database: OutputFile
        do {
            database = try OutputFile(held.databasePath)
        } catch {
            throw StoreError.notWritable(path: directory, reason: error.description)
        }
        do {
            try fill(database.temporaryPath, with: file)
            try database.finish()
        } catch let error as FileError {
            throw StoreError.notWritable(path: directory, reason: error.description)
        } catch {
            throw StoreError(opening: held.databasePath, error, for: .creating)
        }
        var summary = Summary()
        for records in file.accounts { summary.count(records) }
        return summary
    }

    private static func fill(_ path: String, with file: GuardFile) throws {
        let connection = try SQLiteConnection(path: path, .writing)
        // Until it has its name nobody would miss it, so that it needs no journal of its own.
        try connection.execute(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN EXCLUSIVE")
        try Schema.create(connection, file.origin.owner)
        var writer = try GuardWriter(connection, validator: file.origin.owner.identity.validator)
        for records in file.accounts { try writer.write(records) }
        try writer.writeBoard()
        try connection.execute("COMMIT")
    }
}

/// Writes records into the tables of a new store.
private struct GuardWriter {
    private let ledger: LedgerTable
    private let archive: LogTable
    private let board: LogTable
    private let knownQCHashes: LogTable
    private let validator: ValidatorID
    /// As many as a store remembers by default.
    private static let knownQCHashesMax = 4_096
    private var archivePosition: Int64 = 0
    private var knownQCPosition: Int64 = 0
    /// Signed and not confirmed, as far as is known here: peers may still need these certificates.
    private var unconfirmed: [SignedRecord] = []

    init(_ connection: SQLiteConnection, validator: ValidatorID) throws {
        ledger = try LedgerTable(connection)
        archive = try LogTable("archive", connection)
        board = try LogTable("board", connection)
        knownQCHashes = try LogTable("known_qc_hashes", connection)
        self.validator = validator
    }

    mutating func write(_ records: AccountGuard) throws {
        let account = records.account
        for (asset, overlay) in records.overlays {
            try ledger.write(overlay, of: AccountAsset(account: account, asset: asset))
        }
        for (key, lane) in records.lanes {
            try ledger.write(lane, of: NonceLane(account: account, key: key))
        }
        for (sequence, key) in records.claims {
            let nonce = AccountNonce(account: account, sequence: sequence)
            try ledger.write(
                NonceSlot(account: account, nonce: Nonce2D(key: key, sequence: sequence)),
                claiming: nonce)
        }
        for (nonce, slot) in records.sortedSlots {
            try write(slot, at: NonceSlot(account: account, nonce: nonce))
        }
    }

    private mutating func write(_ slot: AccountGuard.Slot, at place: NonceSlot) throws {
        var stored = StoredSlot(state: slot.state)
        if let signedBytes = slot.signedBytes {
            archivePosition += 1
            try archive.append(signedBytes, at: archivePosition)
            stored.signedBytesPosition = archivePosition
        }
        switch slot.state {
        case .signed(let signed): unconfirmed.append(signed)
        case .confirmed(let confirmed, _):
            // A payment may name it as its parent without presenting it.
            guard knownQCPosition < Self.knownQCHashesMax else { break }
            knownQCPosition += 1
            try knownQCHashes.append(KnownQCHash(confirmed.qcHash).row, at: knownQCPosition)
        }
        try ledger.write(stored, at: place)
    }

    /// Puts the own certificates that are not confirmed on the board, the oldest first.
    func writeBoard() throws {
        let inOrder = unconfirmed.sorted { $0.createdUnixMillis < $1.createdUnixMillis }
        for (offset, signed) in inOrder.enumerated() {
            let entry = BoardEntry(
                position: Int64(offset) + 1, txHash: signed.txHash, signer: validator,
                effects: signed.effects, epoch: signed.epoch,
                createdUnixMillis: signed.createdUnixMillis, signature: nil)
            try board.append(entry.row, at: entry.position)
        }
    }
}
