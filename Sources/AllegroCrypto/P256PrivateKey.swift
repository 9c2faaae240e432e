public import AllegroModels
internal import Crypto

/// A wallet's P-256 key.
public struct P256PrivateKey: Sendable {
    /// The account that the key controls.
    public let address: Address

    private let key: P256.Signing.PrivateKey
    private let x: Bytes32
    private let y: Bytes32

    /// Takes 32 bytes; nil for anything but a number from 1 to the group's order less 1.
    public init?(bytes: some Collection<UInt8>) {
        guard let key = try? P256.Signing.PrivateKey(rawRepresentation: Array(bytes)) else {
            return nil
        }
        self.init(key)
    }

    /// Makes a new key from the system's randomness.
    public static func random() -> P256PrivateKey? { P256PrivateKey(P256.Signing.PrivateKey()) }

    private init?(_ key: P256.Signing.PrivateKey) {
        let coordinates = Array(key.publicKey.rawRepresentation)
        guard let x = Bytes32(bytes: coordinates.prefix(32)),
            let y = Bytes32(bytes: coordinates.dropFirst(32))
        else { return nil }
        self.key = key
        self.x = x
        self.y = y
        address = Address(truncating: Keccak256.hash(coordinates))
    }

    /// Signs a digest as it is, with s in the lower half; nil when the library gives no signature.
    ///
    /// The nonce is random, so that every signature of the same digest is another.
    public func sign(_ digest: Bytes32) -> P256Signature? {
        guard let bytes = try? key.signature(for: RawDigest(digest)).rawRepresentation,
            let r = Bytes32(bytes: bytes.prefix(32)), let s = Bytes32(bytes: bytes.dropFirst(32))
        else { return nil }
        return P256Signature(
            r: r, s: s <= P256Signature.sMax ? s : Self.order.subtracting(s), x: x, y: y)
    }

    /// The group's order.
    private static let order = Bytes32(
        words: (
            0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0xbce6_faad_a717_9e84,
            0xf3b9_cac2_fc63_2551
        ))
}

extension Bytes32 {
    /// The difference as 256-bit integers, modulo 2^256.
    fileprivate func subtracting(_ other: Bytes32) -> Bytes32 {
        var borrow: UInt64 = 0
        func difference(_ left: UInt64, _ right: UInt64) -> UInt64 {
            let (first, overflow) = left.subtractingReportingOverflow(right)
            let (second, overflowOfBorrow) = first.subtractingReportingOverflow(borrow)
            borrow = overflow || overflowOfBorrow ? 1 : 0
            return second
        }
        let word3 = difference(words.3, other.words.3)
        let word2 = difference(words.2, other.words.2)
        let word1 = difference(words.1, other.words.1)
        let word0 = difference(words.0, other.words.0)
        return Bytes32(words: (word0, word1, word2, word3))
    }
}
