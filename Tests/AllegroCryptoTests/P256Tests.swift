import AllegroModels
import Testing

@testable import AllegroCrypto

/// Signing and verification over P-256.
struct P256Tests {
    /// RFC 6979, A.2.5: P-256 with SHA-256 of "sample"; its s is in the upper half.
    private let x = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    private let y = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
    private let r = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    private let highS = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    private let lowS = "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9"

    private func signature(s: String) throws -> P256Signature {
        P256Signature(
            r: try #require(Bytes32(hex: r)), s: try #require(Bytes32(hex: s)),
            x: try #require(Bytes32(hex: x)), y: try #require(Bytes32(hex: y)))
    }

    @Test func aSignatureOfTheRFCHoldsInItsLowerFormOnly() throws {
        let digest = sha256(Array("sample".utf8))
        #expect(try signature(s: lowS).verifies(over: digest))
        #expect(try !signature(s: highS).verifies(over: digest))
        #expect(try !signature(s: lowS).verifies(over: sha256(digest.bytes)))
    }

    @Test func aKeyOffTheCurveIsRefused() throws {
        var signature = try signature(s: lowS)
        signature.y = signature.x
        #expect(!signature.verifies(over: sha256(Array("sample".utf8))))
        signature.x = Bytes32(repeating: 0)
        signature.y = Bytes32(repeating: 0)
        #expect(!signature.verifies(over: sha256(Array("sample".utf8))))
    }

    @Test func aKeyHasItsAddress() throws {
        let key = try #require(P256PrivateKey(bytes: [UInt8](repeating: 0x33, count: 32)))
        #expect(key.address.description == "753760da489ab353f18a0e379309545716fd79cb")
        #expect(P256PrivateKey(bytes: [UInt8](repeating: 0, count: 32)) == nil)
        #expect(P256PrivateKey(bytes: [UInt8](repeating: 1, count: 31)) == nil)
    }

    @Test func everySignatureThatIsMadeIsInTheLowerHalfAndHolds() throws {
        // Half of the library's signatures have a high s, so that thirty-two see both cases.
        let key = try #require(P256PrivateKey.random())
        for byte in 0..<32 as Range<UInt8> {
            let digest = Bytes32(repeating: byte)
            let signature = try #require(key.sign(digest))
            #expect(signature.s <= P256Signature.sMax)
            #expect(signature.verifies(over: digest))
            #expect(signature.signerAddress == key.address)
        }
    }
}
