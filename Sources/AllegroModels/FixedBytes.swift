/// A byte string of one fixed length, compared and hashed by value.
///
/// Conforming types hold their bytes in integer words, so that a map look-up by one of them neither
/// allocates nor follows a pointer.
public protocol FixedBytes: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The length in bytes.
    static var byteCount: Int { get }

    /// Takes the bytes as they are; nil when there are not exactly ``byteCount`` of them.
    init?(bytes: some Collection<UInt8>)

    /// Takes the bytes as they are; nil when there are not exactly ``byteCount`` of them.
    init?(bytes: RawSpan)

    /// Calls `body` with the ``byteCount`` bytes in order.
    func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result

    /// Appends the ``byteCount`` bytes to `output`, most significant first.
    func append(to output: inout [UInt8])
}

extension FixedBytes {
    /// The bytes in order, ``byteCount`` of them.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(Self.byteCount)
        append(to: &output)
        return output
    }

    /// Lower-case hex without a prefix.
    public var description: String { Hex.encode(bytes) }

    /// Parses hex of exactly ``byteCount`` bytes, with or without `0x`; nil for anything else.
    public init?(hex: some StringProtocol) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes: bytes)
    }

    /// A value all of whose bytes are `byte`, as the demo's ids and keys are.
    public init(repeating byte: UInt8) {
        guard let value = Self(bytes: repeatElement(byte, count: Self.byteCount)) else {
            preconditionFailure("a FixedBytes type refused its own byteCount")
        }
        self = value
    }
}

/// Reads a big-endian integer from the next bytes of an iterator that is known to hold enough.
func bigEndianWord<T: FixedWidthInteger & UnsignedInteger>(
    _: T.Type, from iterator: inout some IteratorProtocol<UInt8>
) -> T {
    var word: T = 0
    for _ in 0..<(T.bitWidth / 8) {
        word = (word << 8) | T(iterator.next() ?? 0)
    }
    return word
}

extension [UInt8] {
    /// Appends an integer in big-endian order, at its full width.
    @inlinable
    public mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { self.append(contentsOf: $0) }
    }

    /// Appends `bytes` preceded by their count as a big-endian `UInt32`.
    ///
    /// This is `bytes(x)` of the canonical encodings.
    @inlinable
    public mutating func append(lengthPrefixed bytes: some Collection<UInt8>) {
        append(bigEndian: UInt32(bytes.count))
        append(contentsOf: bytes)
    }
}

/// Thirty-two bytes: a hash, a key or an id, before it is known which.
public struct Bytes32: FixedBytes {
    public static let byteCount = 32

    // Most significant word first.
    private let word0: UInt64
    private let word1: UInt64
    private let word2: UInt64
    private let word3: UInt64

    public init?(bytes: RawSpan) {
        guard bytes.byteCount == Self.byteCount else { return nil }
        self = bytes.withUnsafeBytes { Self(contiguous: $0.bindMemory(to: UInt8.self)) }
    }

    /// The bytes as they are in memory.
    var memory: (UInt64, UInt64, UInt64, UInt64) {
        (word0.bigEndian, word1.bigEndian, word2.bigEndian, word3.bigEndian)
    }

    public func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try Swift.withUnsafeBytes(of: memory, body)
    }

    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        // Most callers hold their bytes in one piece, and reading words is much the faster way.
        if let value = bytes.withContiguousStorageIfAvailable(Self.init(contiguous:)) {
            self = value
            return
        }
        var iterator = bytes.makeIterator()
        word0 = bigEndianWord(UInt64.self, from: &iterator)
        word1 = bigEndianWord(UInt64.self, from: &iterator)
        word2 = bigEndianWord(UInt64.self, from: &iterator)
        word3 = bigEndianWord(UInt64.self, from: &iterator)
    }

    /// Takes the bytes of a buffer that is known to hold exactly ``byteCount``.
    private init(contiguous bytes: UnsafeBufferPointer<UInt8>) {
        let bytes = UnsafeRawBufferPointer(bytes)
        word0 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        word1 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        word2 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        word3 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    }

    /// Takes four words, the most significant first.
    public init(words: (UInt64, UInt64, UInt64, UInt64)) {
        (word0, word1, word2, word3) = words
    }

    /// The four words, the most significant first.
    public var words: (UInt64, UInt64, UInt64, UInt64) { (word0, word1, word2, word3) }

    public func append(to output: inout [UInt8]) {
        output.append(bigEndian: word0)
        output.append(bigEndian: word1)
        output.append(bigEndian: word2)
        output.append(bigEndian: word3)
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.word0, left.word1, left.word2, left.word3)
            < (right.word0, right.word1, right.word2, right.word3)
    }
}

/// A type that gives 32 bytes a meaning.
public protocol Bytes32Wrapper: FixedBytes {
    /// The bytes without their meaning.
    var value: Bytes32 { get }

    /// Gives a meaning to bytes.
    init(_ value: Bytes32)
}

extension Bytes32Wrapper {
    public static var byteCount: Int { Bytes32.byteCount }

    @inlinable
    public init?(bytes: RawSpan) {
        guard let value = Bytes32(bytes: bytes) else { return nil }
        self.init(value)
    }

    @inlinable
    public func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try value.withUnsafeBytes(body)
    }

    public init?(bytes: some Collection<UInt8>) {
        guard let value = Bytes32(bytes: bytes) else { return nil }
        self.init(value)
    }

    public func append(to output: inout [UInt8]) { value.append(to: &output) }

    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
