package import AllegroModels
internal import CSecp256k1

/// ECDSA over secp256k1 as the chain uses it: keys recovered from signatures, s in the lower half.
package enum Secp256k1 {
    /// Half the group's order, rounded down; the chain takes no s above it.
    private static let sMax = Bytes32(
        words: (
            0x7fff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff, 0x5d57_6e73_57a4_501d,
            0xdfe9_2f46_681b_20a0
        ))

    /// The address of the key that made `signature` over `digest`.
    ///
    /// Nil when r or s is out of range or zero, s is in the upper half, or no key fits.
    package static func recover(
        _ signature: Secp256k1Signature, over digest: Bytes32
    ) -> Address? {
        guard signature.s <= sMax else { return nil }
        let context = Secp256k1Context.shared.pointer
        let compact = signature.r.bytes + signature.s.bytes
        var parsed = secp256k1_ecdsa_recoverable_signature()
        let parity: Int32 = signature.yIsOdd ? 1 : 0
        guard
            secp256k1_ecdsa_recoverable_signature_parse_compact(
                context, &parsed, compact, parity) == 1
        else { return nil }
        var key = secp256k1_pubkey()
        guard secp256k1_ecdsa_recover(context, &key, &parsed, digest.bytes) == 1 else {
            return nil
        }
        return address(of: &key)
    }

    /// The last 20 bytes of the Keccak-256 of the key's coordinates.
    static func address(of key: inout secp256k1_pubkey) -> Address {
        var serialized = [UInt8](repeating: 0, count: 65)
        var count = serialized.count
        _ = secp256k1_ec_pubkey_serialize(
            Secp256k1Context.shared.pointer, &serialized, &count, &key,
            UInt32(SECP256K1_EC_UNCOMPRESSED))
        return Address(truncating: Keccak256.hash(Array(serialized.dropFirst())))
    }
}

/// The library's tables, made and randomised once for the process.
final class Secp256k1Context: Sendable {
    static let shared = Secp256k1Context()

    // After its randomisation the context is only read, which the library allows from any thread.
    nonisolated(unsafe) let pointer: OpaquePointer

    private init() {
        pointer = secp256k1_context_create(
            UInt32(SECP256K1_CONTEXT_SIGN) | UInt32(SECP256K1_CONTEXT_VERIFY))
        var random = SystemRandomNumberGenerator()
        let seed = Bytes32(words: (random.next(), random.next(), random.next(), random.next()))
        // It blinds signing against side channels; the library documents that it cannot fail.
        _ = secp256k1_context_randomize(pointer, seed.bytes)
    }

    deinit { secp256k1_context_destroy(pointer) }
}
