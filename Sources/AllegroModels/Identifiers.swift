/// A 20-byte account or token address of the chain.
public struct Address: FixedBytes {
    public static let byteCount = 20

    @usableFromInline let high: UInt64
    @usableFromInline let middle: UInt64
    @usableFromInline let low: UInt32

    /// The address of 20 zero bytes, which no payment may name.
    public static let zero = Address(repeating: 0)

    public init?(bytes: RawSpan) {
        guard bytes.byteCount == Self.byteCount else { return nil }
        high = bytes.bigEndianWord(at: 0, as: UInt64.self)
        middle = bytes.bigEndianWord(at: 8, as: UInt64.self)
        low = bytes.bigEndianWord(at: 16, as: UInt32.self)
    }

    @inlinable
    public func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try Swift.withUnsafeBytes(of: (high.bigEndian, middle.bigEndian, low.bigEndian), body)
    }

    /// Takes the bytes as words of 8, 8 and 4 bytes, the most significant first.
    init(words: (UInt64, UInt64, UInt32)) {
        (high, middle, low) = words
    }

    /// The bytes as words of 8, 8 and 4 bytes, the most significant first.
    var words: (UInt64, UInt64, UInt32) { (high, middle, low) }

    /// Takes the last 20 bytes of a hash of a public key.
    package init(truncating hash: Bytes32) {
        let words = hash.words
        high = words.1 << 32 | words.2 >> 32
        middle = words.2 << 32 | words.3 >> 32
        low = UInt32(truncatingIfNeeded: words.3)
    }

    /// Takes an address out of a word of calldata; nil when something stands before it.
    init?(cleanWord word: Bytes32) {
        guard word.words.0 == 0, word.words.1 >> 32 == 0 else { return nil }
        self.init(truncating: word)
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.high, left.middle, left.low) < (right.high, right.middle, right.low)
    }
}

/// The SHA-256 name of a payment in one envelope: signed bytes, declared nonce, expiry and parent.
///
/// It is not the chain's transaction hash, and it does not identify a payment: another expiry or
/// parent around the same signed bytes has another one.
public struct TxHash: Bytes32Wrapper {
    public let value: Bytes32
    public init(_ value: Bytes32) { self.value = value }
}

/// The SHA-256 of what a payment does: who pays whom how much of what, under which nonce.
public struct EffectsHash: Bytes32Wrapper {
    public let value: Bytes32
    public init(_ value: Bytes32) { self.value = value }
}

/// The SHA-256 of a quorum certificate with its certificates in canonical order.
public struct QCHash: Bytes32Wrapper {
    public let value: Bytes32
    public init(_ value: Bytes32) { self.value = value }
}

/// The Keccak-256 that a sender signs; with the sender it identifies a payment in any envelope.
public struct SigningHash: Bytes32Wrapper {
    public let value: Bytes32
    public init(_ value: Bytes32) { self.value = value }
}

/// The chain's transaction hash: Keccak-256 of the canonical encoding of a signed transaction.
public struct ChainTxHash: Bytes32Wrapper {
    public let value: Bytes32
    public init(_ value: Bytes32) { self.value = value }
}

/// A validator's 32-byte id.
public struct ValidatorID: Bytes32Wrapper {
    public let value: Bytes32
    public init(_ value: Bytes32) { self.value = value }
}

/// A validator's 32-byte Ed25519 public key (RFC 8032).
public struct ValidatorPublicKey: Bytes32Wrapper {
    public let value: Bytes32
    public init(_ value: Bytes32) { self.value = value }
}

/// A 64-byte Ed25519 signature (RFC 8032).
public struct Ed25519Signature: FixedBytes {
    public static let byteCount = 64

    @usableFromInline let high: Bytes32
    @usableFromInline let low: Bytes32

    public init?(bytes: RawSpan) {
        guard bytes.byteCount == Self.byteCount,
            let high = Bytes32(bytes: bytes.extracting(first: Bytes32.byteCount)),
            let low = Bytes32(bytes: bytes.extracting(last: Bytes32.byteCount))
        else { return nil }
        self.high = high
        self.low = low
    }

    @inlinable
    public func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try Swift.withUnsafeBytes(of: (high.memory, low.memory), body)
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
