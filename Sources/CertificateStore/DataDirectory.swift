#if canImport(Glibc)
    internal import Glibc
#endif

/// The directory of a store, held by this process alone for as long as the value lives.
///
/// Its lock file also holds the store's random number, so that an empty database is not taken for a
/// new one where there was another (rule S13).
final class DataDirectory {
    private static let lockAttemptsMax = 5
    private static let lockPauseMicroseconds: UInt32 = 20_000

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

    /// Whether a process holds the directory.
    static func isHeld(_ path: String) -> Bool {
        let lock = open(path + "/lock", O_RDONLY | O_CLOEXEC)
        guard lock >= 0 else { return false }
        defer { close(lock) }
        return flock(lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
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
        var attempts = 0
        while flock(lock, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            attempts += 1
            // A reader's look at the lock takes it for a moment.
            if code == EWOULDBLOCK, attempts < Self.lockAttemptsMax {
                usleep(Self.lockPauseMicroseconds)
                continue
            }
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

    /// Refuses a database that is gone or empty though the directory had one.
    func checkDatabaseIsThere() throws(StoreError) {
        guard rememberedInstance != nil else { return }
        var status = stat()
        guard stat(databasePath, &status) == 0, status.st_size > 0 else {
            throw .replaced(path: databasePath, reclaimCode: nil)
        }
    }

    /// Refuses another store than the directory had; remembers the first.
    ///
    /// - Parameter reclaimCode: names the store that the operator vouches for.
    func admit(storeInstance: UInt64, reclaimCode: String?) throws(StoreError) {
        if let remembered = rememberedInstance, remembered != storeInstance {
            let code = Custody.held.reclaimCode(instance: storeInstance)
            guard reclaimCode == code else {
                throw .replaced(path: databasePath, reclaimCode: code)
            }
        }
        guard rememberedInstance != storeInstance else { return }
        // Always as many digits, so that none is left of a longer number.
        let digits = String(storeInstance)
        let text =
            Array(String(repeating: "0", count: 20 - digits.count).utf8)
            + Array("\(digits)\n".utf8)
        guard pwrite(lock, text, text.count, 0) == text.count, fsync(lock) == 0 else {
            throw .notWritable(path: path, reason: Self.reason())
        }
    }

    /// The number that the lock file holds; nil where no store was complete yet.
    private var rememberedInstance: UInt64? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(lock, &bytes, bytes.count, 0)
        // Without its end the number was being written, and nothing was signed yet.
        guard count > 0, bytes[count - 1] == UInt8(ascii: "\n") else { return nil }
        return UInt64(String(decoding: bytes[..<(count - 1)], as: UTF8.self))
    }

    private static func create(_ path: String) throws(StoreError) {
        var parent = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            parent += part
            if !parent.isEmpty {
                if mkdir(parent, 0o700) == 0 {
                    // As far as possible: a directory above may not be readable to us.
                    try? OutputFile.sync(directoryOf: parent)
                } else {
                    let code = errno
                    // A parent that cannot be written need not be, if it is there.
                    guard code == EEXIST || access(parent, F_OK) == 0 else {
                        throw .notWritable(path: path, reason: reason(code))
                    }
                }
            }
            parent += "/"
        }
    }

    private static func reason(_ code: CInt = errno) -> String { String(cString: strerror(code)) }
}
