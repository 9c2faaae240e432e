#if canImport(Glibc)
    internal import Glibc
#endif

/// The directory of a store, held by this process alone for as long as the value lives.
final class DataDirectory {
    let path: String
    private let lock: CInt

    /// The database file.
    var databasePath: String { Self.databasePath(in: path) }

    static func databasePath(in path: String) -> String { path + "/allegro.sqlite" }

    /// Whether there is a store in the directory.
    static func holdsStore(_ path: String) -> Bool {
        access(databasePath(in: path), F_OK) == 0
    }

    /// Whether a new store can be made in the directory.
    ///
    /// SQLite would take what is left of another store's log for a new one's.
    static func isFree(_ path: String) -> Bool {
        ["", "-wal", "-shm", "-journal"].allSatisfy {
            access(databasePath(in: path) + $0, F_OK) != 0
        }
    }

    /// Locks the directory.
    ///
    /// - Parameter creating: whether to make it if it is not there, readable by its owner only.
    init(path: String, creating: Bool = true) throws(StoreError) {
        self.path = path
        if creating { try Self.create(path) }
        let lockPath = path + "/lock"
        lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw .notWritable(path: path, reason: Self.reason()) }
        // The kernel drops the lock with the process, however that ends.
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(lock)
            if code == EWOULDBLOCK { throw .locked(path: path) }
            throw .notWritable(path: path, reason: Self.reason(code))
        }
        guard access(path, W_OK | X_OK) == 0 else {
            let reason = Self.reason()
            close(lock)
            throw .notWritable(path: path, reason: reason)
        }
    }

    deinit {
        close(lock)
    }

    private static func create(_ path: String) throws(StoreError) {
        var parent = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            parent += part
            if !parent.isEmpty, mkdir(parent, 0o700) != 0 {
                let code = errno
                // A parent that cannot be written need not be, if it is there.
                guard code == EEXIST || access(parent, F_OK) == 0 else {
                    throw .notWritable(path: path, reason: reason(code))
                }
            }
            parent += "/"
        }
    }

    private static func reason(_ code: CInt = errno) -> String { String(cString: strerror(code)) }
}
