import AllegroModels
import Testing

@testable import AllegroCrypto

/// What a passkey's signature must say besides being one.
struct WebAuthnTests {
    private let hash = Bytes32(repeating: 0x5a)
    private let key = P256PrivateKey(bytes: [UInt8](repeating: 0x33, count: 32))

    /// A passkey's signature over `hash`, of the parts that are given.
    private func signature(
        flags: UInt8 = 0x05, type: String = "webauthn.get", challenge: String? = nil,
        json: String? = nil
    ) throws -> WebAuthnSignature {
        let challenge = challenge ?? Base64URL.encode(hash.bytes)
        let json = Array(
            (json ?? #"{"type":"\#(type)","challenge":"\#(challenge)","origin":"https://a"}"#).utf8)
        let authenticatorData =
            [UInt8](repeating: 0xaa, count: 32) + [flags] + [0, 0, 0, 1] as [UInt8]
        let digest = sha256(authenticatorData + sha256(json).bytes)
        let signature = try #require(key?.sign(digest))
        return WebAuthnSignature(clientData: authenticatorData + json, signature: signature)
    }

    @Test func aPasskeysSignatureHoldsForItsHashOnly() throws {
        let signature = try signature()
        #expect(signature.verifies(over: hash))
        #expect(!signature.verifies(over: Bytes32(repeating: 0x5b)))
        #expect(PrimitiveSignature.webAuthn(signature).signer(over: hash) == key?.address)
    }

    @Test func somebodyMustHaveBeenPresent() throws {
        for flags in 0...255 as ClosedRange<UInt8> {
            let isPresent = flags & 0x05 != 0
            let isPlain = flags & 0xc0 == 0
            #expect(
                try signature(flags: flags).verifies(over: hash) == (isPresent && isPlain))
        }
    }

    @Test func theTypeAndChallengeMustBeExact() throws {
        #expect(try !signature(type: "webauthn.create").verifies(over: hash))
        let challenge = Base64URL.encode(hash.bytes)
        #expect(try !signature(challenge: challenge + "=").verifies(over: hash))
        #expect(try !signature(challenge: String(challenge.dropLast())).verifies(over: hash))
        #expect(try !signature(challenge: hash.description).verifies(over: hash))
        #expect(try !signature(json: "{}").verifies(over: hash))
    }

    @Test func anyChangedByteOfTheClientDataBreaksIt() throws {
        let good = try signature()
        for index in good.clientData.indices {
            var changed = good
            changed.clientData[index] ^= 1
            #expect(!changed.verifies(over: hash))
            changed.clientData = Array(good.clientData.prefix(index))
            #expect(!changed.verifies(over: hash))
        }
    }
}
