public import AllegroModels
internal import CSecp256k1

/// A wallet's secp256k1 key, kept outside arrays and overwritten when given up.
public struct Secp256k1PrivateKey: Sendable {
    /// The account that the key controls.
    public let address: Address

    private let scalar: SecretBytes

    /// Takes 32 bytes; nil for anything but a number from 1 to the group's order less 1.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Bytes32.byteCount else { return nil }
        let scalar = SecretBytes(copying: bytes)
        var key = secp256k1_pubkey()
        let isValid = scalar.withBytes { scalar in
            secp256k1_ec_pubkey_create(Secp256k1Context.shared.pointer, &key, scalar) == 1
        }
        guard isValid else { return nil }
        self.scalar = scalar
        address = Secp256k1.address(of: &key)
    }

    /// Makes a new key from the system's randomness.
    public static func random() -> Secp256k1PrivateKey {
        var random = SystemRandomNumberGenerator()
        while true {
            let words = (random.next(), random.next(), random.next(), random.next())
            // Practically the first number fits: all but one in 2^127 do.
            if let key = Secp256k1PrivateKey(bytes: Bytes32(words: words).bytes) { return key }
        }
    }

    /// Signs a digest as it is; the same signature every time (RFC 6979), with s in the lower half.
    public func sign(_ digest: Bytes32) -> Secp256k1Signature {
        let context = Secp256k1Context.shared.pointer
        var signature = secp256k1_ecdsa_recoverable_signature()
        let signed = scalar.withBytes { scalar in
            secp256k1_ecdsa_sign_recoverable(
                context, &signature, digest.bytes, scalar, nil, nil)
        }
        // It fails only for a scalar out of range, and init refused that.
        precondition(signed == 1, "libsecp256k1 refused a key that it had accepted")
        var compact = [UInt8](repeating: 0, count: 64)
        var recoveryID: Int32 = 0
        _ = secp256k1_ecdsa_recoverable_signature_serialize_compact(
            context, &compact, &recoveryID, &signature)
        guard let r = Bytes32(bytes: compact[..<32]), let s = Bytes32(bytes: compact[32...]) else {
            preconditionFailure("a compact signature has 64 bytes")
        }
        // Ids 2 and 3 stand for an r above the order, which nobody will ever see.
        return Secp256k1Signature(r: r, s: s, yIsOdd: recoveryID & 1 == 1)
    }
}
