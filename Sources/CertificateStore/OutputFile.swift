#if canImport(Glibc)
    internal import Glibc
#endif

/// Why a file that a flag names was not read or written; one line for the operator.
package enum FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The flag names something that cannot be used.
    case unusable(path: String, problem: String)
    /// Reading or writing failed on the way.
    case failed(path: String, problem: String)

    package var description: String {
        switch self {
        case .unusable(let path, let problem), .failed(let path, let problem):
            "\(path) \(problem)"
        }
    }
}

/// A file that appears under its name whole and synced, or not at all; its owner's alone.
final class OutputFile {
    /// Where it is written.
    let temporaryPath: String

    private let path: String
    private let descriptor: CInt

    /// Makes the temporary file beside `path`.
    ///
    /// - Throws: when something is at `path` already, which is never replaced.
    init(_ path: String) throws(FileError) {
        guard !path.isEmpty else { throw .unusable(path: "''", problem: "is no file") }
        self.path = path
        temporaryPath = "\(path).\(UInt32.random(in: 0...UInt32.max)).partial"
        var status = stat()
        guard lstat(path, &status) != 0 else {
            throw .unusable(path: path, problem: "exists already")
        }
        descriptor = open(temporaryPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .unusable(path: path, problem: "cannot be made: \(Self.reason())")
        }
    }

    deinit {
        close(descriptor)
        // After `finish` there is nothing of that name any more.
        unlink(temporaryPath)
    }

    /// Appends bytes.
    func write(_ bytes: [UInt8]) throws(FileError) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw .failed(path: path, problem: "cannot be written: \(Self.reason())")
            }
            offset += count
        }
    }

    /// Syncs the file and gives it its name.
    func finish() throws(FileError) {
        guard fsync(descriptor) == 0 else {
            throw .failed(path: path, problem: "cannot be synced: \(Self.reason())")
        }
        // Unlike a rename, a link never replaces what came there meanwhile.
        guard link(temporaryPath, path) == 0 else {
            throw .failed(path: path, problem: "cannot be made: \(Self.reason())")
        }
        unlink(temporaryPath)
        do {
            try Self.sync(directoryOf: path)
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Makes the name itself durable.
    static func sync(directoryOf path: String) throws(FileError) {
        var parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        if parent.isEmpty { parent = "/" }
        let directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if directory >= 0 { close(directory) } }
        guard directory >= 0, fsync(directory) == 0 else {
            throw .failed(path: path, problem: "cannot be synced: \(reason())")
        }
    }

    private static func reason(_ code: CInt = errno) -> String { String(cString: strerror(code)) }
}
