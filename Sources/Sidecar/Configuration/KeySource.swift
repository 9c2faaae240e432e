internal import AllegroCrypto
internal import AllegroModels

#if canImport(Glibc)
    internal import Glibc
#endif

/// Where the validator's key comes from: a file of its owner's, or the command line.
enum KeySource {
    /// A key file holds 64 hex digits and perhaps a line end.
    private static let fileBytesMax = 256

    static func key(
        _ options: SidecarOptions
    ) throws(ConfigurationError) -> (ValidatorSigningKey, wasOnCommandLine: Bool) {
        switch (options.validatorKey, options.seed) {
        case (.some, .some):
            throw ConfigurationError("--seed", "cannot be given together with --validator-key")
        case (.some(let path), .none):
            return (try key(hex: read(path), "--validator-key"), false)
        case (.none, .some(let hex)):
            return (try key(hex: hex, "--seed"), true)
        case (.none, .none):
            throw ConfigurationError("--validator-key", "is required (or --seed for a demo)")
        }
    }

    private static func key(
        hex: String, _ flag: String
    ) throws(ConfigurationError) -> ValidatorSigningKey {
        guard let seed = Bytes32(hex: hex) else {
            throw ConfigurationError(flag, "is not 32 bytes of hex")
        }
        do {
            return try ValidatorSigningKey(seed: seed)
        } catch {
            throw ConfigurationError(flag, "\(error)")
        }
    }

    private static func read(_ path: String) throws(ConfigurationError) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw ConfigurationError("--validator-key", "\(path): \(lastError())")
        }
        defer { close(file) }
        // Of the file that was opened, so that nobody can put another in its place in between.
        var status = stat()
        guard fstat(file, &status) == 0 else {
            throw ConfigurationError("--validator-key", "\(path): \(lastError())")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ConfigurationError("--validator-key", "\(path) is not a file")
        }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw ConfigurationError(
                "--validator-key", "\(path) has mode \(mode); others must not access it (use 600)")
        }
        guard status.st_uid == geteuid() else {
            throw ConfigurationError("--validator-key", "\(path) belongs to another user")
        }
        var buffer = [UInt8](repeating: 0, count: fileBytesMax)
        let count = Glibc.read(file, &buffer, buffer.count)
        guard count >= 0 else {
            throw ConfigurationError("--validator-key", "\(path): \(lastError())")
        }
        var text = String(decoding: buffer[..<count], as: UTF8.self)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }

    private static func lastError() -> String { String(cString: strerror(errno)) }
}
