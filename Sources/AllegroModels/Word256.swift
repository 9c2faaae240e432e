/// A 256-bit unsigned integer of the chain: an amount, a call's value or a chain id.
///
/// It is read, compared and written; whatever is computed with has a native width.
public struct Word256: Bytes32Wrapper {
    public let value: Bytes32
    public init(_ value: Bytes32) { self.value = value }

    /// Widens a native integer.
    public init(_ integer: UInt64) {
        value = Bytes32(words: (0, 0, 0, integer))
    }

    /// Zero.
    public static let zero = Word256(0)

    /// The same number in 64 bits; nil when it needs more.
    public var uint64: UInt64? {
        let words = value.words
        return words.0 | words.1 | words.2 == 0 ? words.3 : nil
    }
}
