internal import AllegroModels

/// Why a store cannot be used; each is one line for the operator.
package enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no store in the directory.
    case missing(path: String)
    /// There is a store where a new one was to be made.
    case exists(path: String)
    /// The directory cannot be made or written.
    case notWritable(path: String, reason: String)
    /// The store's files cannot be read by this user.
    case notReadable(path: String, reason: String)
    /// Somebody else may have signed with the store's key, or has.
    case notHeld(path: String, Custody, reclaimCode: String)
    /// Another process has the store open.
    case locked(path: String)
    /// The store was made for another chain or validator.
    case foreign(path: String, field: String, stored: String, configured: String)
    /// A release from before the first one with a promise to read its stores wrote it.
    case olderSchema(path: String, stored: Int64)
    /// The database is not the one that the directory had; there is no code for one that is gone.
    case replaced(path: String, reclaimCode: String?)
    /// A newer release wrote the store.
    case newerSchema(path: String, stored: Int64, known: Int64)
    /// SQLite gave the transaction up when reading or writing the disk failed.
    case cutOff
    /// A row does not hold what it must.
    case corrupted(String)
    case sqlite(SQLiteError)

    package var description: String {
        switch self {
        case .missing(let path): "there is no store in \(path)"
        case .exists(let path): "there is a store in \(path) already"
        case .notReadable(let path, let reason): "store \(path) cannot be read: \(reason)"
        case .notHeld(let path, let custody, let code):
            "store \(path) \(custody); only --reclaim-key \(code) signs with it all the same"
        case .notWritable(let path, let reason): "store \(path) is not writable: \(reason)"
        case .locked(let path): "store \(path) is in use by another process"
        case .foreign(let path, let field, let stored, let configured):
            "store \(path) belongs to \(field) \(stored), configured is \(configured)"
        case .olderSchema(let path, let stored):
            "store \(path) has schema \(stored), which this release cannot read"
        case .replaced(let path, reclaimCode: nil):
            "store \(path) is not the one that its directory had: it is missing or empty"
        case .replaced(let path, let code?):
            """
            store \(path) is not the one that its directory had; only --reclaim-key \(code) signs with \
            it all the same
            """
        case .newerSchema(let path, let stored, let known):
            "store \(path) has schema \(stored), this release knows \(known)"
        case .cutOff: "the transaction was given up when the disk failed"
        case .corrupted(let what): "store is corrupted: \(what)"
        case .sqlite(let error): error.description
        }
    }
}

extension StoreError {
    /// What failed while the store was used.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as SQLiteError: self = .sqlite(error)
        default: self = .corrupted("\(error)")
        }
    }

    /// What failed while the store was opened, in an operator's words.
    init(
        opening path: String, _ error: any Error, for access: SQLiteConnection.Access = .creating
    ) {
        guard let error = error as? SQLiteError else {
            self.init(error)
            return
        }
        switch error.code {
        case 5, 6: self = .locked(path: path)
        case 3, 8, 13, 14, 23:
            switch access {
            case .creating, .writing: self = .notWritable(path: path, reason: error.message)
            case .reading: self = .notReadable(path: path, reason: error.message)
            }
        case 11, 26: self = .corrupted("\(path): \(error.message)")
        default: self = .sqlite(error)
        }
    }
}
