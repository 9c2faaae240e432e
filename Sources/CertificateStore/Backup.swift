/// Copies of a store.
package enum Backup {
    /// Copies the store in a directory to one file, beside the daemon that writes it or without one.
    ///
    /// The copy says of itself that it is one before it has its name, so that it is never taken for
    /// the store: it does not know what is signed after this moment.
    ///
    /// - Throws: ``StoreError`` when the store cannot be read, ``FileError`` when the file cannot be made.
    package static func make(
        ofStoreIn directory: String, to path: String, unixMillis: UInt64
    ) throws {
        let store = try ExistingStore.reading(directory)
        let file = try OutputFile(path)
        try store.using { connection in
            // One reading transaction: a state that was, whatever is written meanwhile.
            try connection.prepare("VACUUM INTO ?1").run(.text(file.temporaryPath))
        }
        do {
            let copy = try SQLiteConnection(path: file.temporaryPath, .writing)
            try copy.execute("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL")
            let meta = try MetaTable(copy)
            // A mark that says more is kept: it stays true of the copy.
            if try meta.custody() == .held { try meta.set(.backup(unixMillis: unixMillis)) }
        } catch let error as SQLiteError {
            throw FileError.failed(path: path, problem: "cannot be written: \(error.message)")
        }
        try file.finish()
    }
}
