internal import CSodium

/// Why the cryptographic library could not be used.
public enum CryptoUnavailable: Error, Hashable, Sendable {
    /// It found no source of randomness.
    case initialization
    /// No guarded memory for a key was to be had.
    case memory
}

/// A key's bytes, outside any array that could leave copies, and overwritten when given up.
final class SecretBytes: Sendable {
    /// How the memory was had and must be returned.
    private enum Memory {
        /// From libsodium: between guard pages, not swapped and not dumped, as far as the system lets.
        case guarded
        /// From the heap: a guarded key costs four pages, too much for a wallet with thousands.
        case heap
    }

    // Written in init alone, before anybody else has the reference, and only read from then on.
    nonisolated(unsafe) private let base: UnsafeMutableRawPointer
    private let count: Int
    private let memory: Memory

    /// Guarded memory that `fill` writes once.
    init(guarded count: Int, fill: (UnsafeMutablePointer<UInt8>) -> Void)
        throws(CryptoUnavailable)
    {
        try Sodium.initialize()
        guard let base = sodium_malloc(count) else { throw .memory }
        fill(base.assumingMemoryBound(to: UInt8.self))
        // Only a guard against our own mistakes: where it cannot be had, the key is as good.
        _ = sodium_mprotect_readonly(base)
        self.base = base
        self.count = count
        memory = .guarded
    }

    /// Heap memory with a copy of `bytes`.
    init(copying bytes: some Collection<UInt8>) {
        count = bytes.count
        base = .allocate(byteCount: count, alignment: MemoryLayout<UInt64>.alignment)
        UnsafeMutableRawBufferPointer(start: base, count: count).copyBytes(from: bytes)
        memory = .heap
    }

    deinit {
        switch memory {
        case .guarded:
            // It overwrites what it frees.
            sodium_free(base)
        case .heap:
            sodium_memzero(base, count)
            base.deallocate()
        }
    }

    /// Lends the bytes.
    func withBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        body(UnsafePointer(base.assumingMemoryBound(to: UInt8.self)))
    }
}

/// libsodium's one-time set-up.
enum Sodium {
    private static let status = sodium_init()

    /// Sets the library up once; every later call is free.
    static func initialize() throws(CryptoUnavailable) {
        guard status >= 0 else { throw .initialization }
    }
}
