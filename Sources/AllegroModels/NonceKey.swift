/// The key of one of an account's independent nonce sequences: a 256-bit integer, big-endian.
public struct NonceKey: Bytes32Wrapper {
    public let value: Bytes32
    public init(_ value: Bytes32) { self.value = value }

    /// Key 0, the account's own protocol nonce.
    public static let `protocol` = NonceKey(repeating: 0)

    /// Key 2^256 − 1, whose transactions expire instead of following a sequence.
    public static let expiring = NonceKey(repeating: 0xff)

    /// The key that the demo's payments declare.
    public static let demo = NonceKey(repeating: 0x5b)

    /// The first byte of a key that names a validator's sub-block.
    public static let subblockPrefix: UInt8 = 0x5b

    /// What the chain takes a key for.
    public enum Kind: Hashable, Sendable {
        /// The account's protocol nonce.
        case `protocol`
        /// The expiring nonce: replay protection is by hash and time, not by sequence.
        case expiring
        /// A sub-block of the validator whose Ed25519 key begins with these 15 bytes.
        case subblock(validatorPrefix: [UInt8])
        /// An ordinary sequence of the account's own choosing.
        case user
    }

    /// What the chain takes this key for.
    public var kind: Kind {
        if self == .protocol { return .protocol }
        if self == .expiring { return .expiring }
        guard value.words.0 >> 56 == Self.subblockPrefix else { return .user }
        return .subblock(validatorPrefix: Array(bytes[1..<16]))
    }
}

/// A nonce key and the position in its sequence.
public struct Nonce2D: Hashable, Sendable {
    /// The sequence's key.
    public var key: NonceKey
    /// The position, counted from 0.
    public var sequence: UInt64

    public init(key: NonceKey, sequence: UInt64) {
        self.key = key
        self.sequence = sequence
    }
}
