import AllegroCrypto
import AllegroModels
import Testing

/// Ed25519 as validators use it, and what is refused although an equation holds.
struct ValidatorSigningKeyTests {
    private let digest = Bytes32(repeating: 0xd1)

    @Test func aSeedGivesTheKeyOfRFC8032() throws {
        // RFC 8032, section 7.1, test 1.
        let seed = try #require(
            Bytes32(hex: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
        #expect(
            try ValidatorSigningKey(seed: seed).publicKey.description
                == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    }

    @Test func aSignatureHoldsForItsDigestAndKeyOnly() throws {
        let key = try ValidatorSigningKey(seed: Bytes32(repeating: 0x41))
        let other = try ValidatorSigningKey(seed: Bytes32(repeating: 0x42))
        let signature = key.sign(digest: digest)
        #expect(key.publicKey.verifies(signature, over: digest))
        #expect(signature == key.sign(digest: digest))
        #expect(!key.publicKey.verifies(signature, over: Bytes32(repeating: 0xd2)))
        #expect(!other.publicKey.verifies(signature, over: digest))
    }

    @Test func everyFlippedBitOfASignatureBreaksIt() throws {
        let key = try ValidatorSigningKey(seed: Bytes32(repeating: 0x41))
        let bytes = key.sign(digest: digest).bytes
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            let signature = try #require(Ed25519Signature(bytes: flipped))
            #expect(!key.publicKey.verifies(signature, over: digest))
        }
    }

    @Test func aKeyOfSmallOrderSignsNothing() throws {
        // The neutral point as key and as R, with S = 0, satisfies the equation for any message.
        let neutral = [1] + [UInt8](repeating: 0, count: 31)
        let key = try #require(ValidatorPublicKey(bytes: neutral))
        let signature = try #require(
            Ed25519Signature(bytes: neutral + [UInt8](repeating: 0, count: 32)))
        #expect(!key.verifies(signature, over: digest))
    }

    @Test func aSecondEncodingOfASignatureIsRefused() throws {
        // S plus the group's order is the same scalar.
        let order = try #require(
            Hex.decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"))
        let key = try ValidatorSigningKey(seed: Bytes32(repeating: 0x41))
        var bytes = key.sign(digest: digest).bytes
        var carry = 0
        for index in 0..<32 {
            let sum = Int(bytes[32 + index]) + Int(order[index]) + carry
            bytes[32 + index] = UInt8(truncatingIfNeeded: sum)
            carry = sum >> 8
        }
        #expect(carry == 0)
        let signature = try #require(Ed25519Signature(bytes: bytes))
        #expect(!key.publicKey.verifies(signature, over: digest))
    }
}
