internal import AllegroModels
internal import Crypto

/// A digest that is signed or verified as it is, without being hashed again.
struct RawDigest: Digest {
    static let byteCount = 32

    private let bytes: [UInt8]

    init(_ digest: Bytes32) { bytes = digest.bytes }

    func makeIterator() -> Array<UInt8>.Iterator { bytes.makeIterator() }

    func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeBytes(body)
    }

    var description: String { Hex.encode(bytes) }
}

extension P256Signature {
    /// Half the group's order, rounded down; the chain takes no s above it.
    static let sMax = Bytes32(
        words: (
            0x7fff_ffff_8000_0000, 0x7fff_ffff_ffff_ffff, 0xde73_7d56_d38b_cf42,
            0x79dc_e561_7e31_92a8
        ))

    /// Whether its key is on the curve and made it over `digest`, with s in the lower half.
    func verifies(over digest: Bytes32) -> Bool {
        guard s <= Self.sMax,
            let key = try? P256.Signing.PublicKey(rawRepresentation: x.bytes + y.bytes),
            let signature = try? P256.Signing.ECDSASignature(rawRepresentation: r.bytes + s.bytes)
        else { return false }
        return key.isValidSignature(signature, for: RawDigest(digest))
    }

    /// The last 20 bytes of the Keccak-256 of the key's coordinates.
    var signerAddress: Address { Address(truncating: Keccak256.hash(x.bytes + y.bytes)) }
}
