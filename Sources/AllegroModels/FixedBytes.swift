/// A byte string of one fixed length, compared and hashed by value.
///
/// Conforming types hold their bytes in integer words, so that a map look-up by one of them neither
/// allocates nor follows a pointer.
public protocol FixedBytes: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The length in bytes.
    static var byteCount: Int { get }

    /// Takes the bytes as they are; nil when there are not exactly ``byteCount`` of them.
    init?(bytes: RawSpan)

    /// Calls `body` with the ``byteCount`` bytes in order.
    func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result
}

extension FixedBytes {
    /// The bytes in order, ``byteCount`` of them.
    @inlinable public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    /// Appends the ``byteCount`` bytes in order.
    @inlinable
    public func append(to output: inout [UInt8]) {
        withUnsafeBytes { output.append(contentsOf: $0) }
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
        let bytes = [UInt8](repeating: byte, count: Self.byteCount)
        guard let value = Self(bytes: bytes.span.bytes) else {
            preconditionFailure("a FixedBytes type refused its own byteCount")
        }
        self = value
    }

    /// Takes the bytes as they are; nil when there are not exactly ``byteCount`` of them.
    @inlinable
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        // Most callers hold their bytes in one piece; of the others there are few enough to copy.
        let taken =
            bytes.withContiguousStorageIfAvailable { Self(bytes: $0.span.bytes) }
            ?? Self(bytes: Array(bytes).span.bytes)
        guard let taken else { return nil }
        self = taken
    }
}

extension RawSpan {
    /// Reads a big-endian integer at an offset that is known to leave room for it.
    func bigEndianWord<Word: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as: Word.Type
    ) -> Word {
        withUnsafeBytes {
            Word(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: Word.self))
        }
    }
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
    @usableFromInline let word0: UInt64
    @usableFromInline let word1: UInt64
    @usableFromInline let word2: UInt64
    @usableFromInline let word3: UInt64

    public init?(bytes: RawSpan) {
        guard bytes.byteCount == Self.byteCount else { return nil }
        word0 = bytes.bigEndianWord(at: 0, as: UInt64.self)
        word1 = bytes.bigEndianWord(at: 8, as: UInt64.self)
        word2 = bytes.bigEndianWord(at: 16, as: UInt64.self)
        word3 = bytes.bigEndianWord(at: 24, as: UInt64.self)
    }

    /// The bytes as they are in memory.
    @inlinable var memory: (UInt64, UInt64, UInt64, UInt64) {
        (word0.bigEndian, word1.bigEndian, word2.bigEndian, word3.bigEndian)
    }

    @inlinable
    public func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try Swift.withUnsafeBytes(of: memory, body)
    }

    /// Takes four words, the most significant first.
    public init(words: (UInt64, UInt64, UInt64, UInt64)) {
        (word0, word1, word2, word3) = words
    }

    /// The four words, the most significant first.
    public var words: (UInt64, UInt64, UInt64, UInt64) { (word0, word1, word2, word3) }

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

    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
