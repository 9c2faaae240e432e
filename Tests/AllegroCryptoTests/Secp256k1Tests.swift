import AllegroCrypto
import AllegroModels
import Testing

/// Signing and recovery over secp256k1.
struct Secp256k1Tests {
    private let key = Secp256k1PrivateKey(bytes: [UInt8](repeating: 0x11, count: 32))
    private let digest = Bytes32(repeating: 0xd1)

    /// The order of the group.
    private let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

    @Test(arguments: [
        ("01", "7e5f4552091a69125d5dfcb7b8c2659029395bdf"),
        (String(repeating: "11", count: 32), "19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"),
        (String(repeating: "22", count: 32), "1563915e194d8cfba1943570603f7606a3115508"),
        (String(repeating: "33", count: 32), "5cbdd86a2fa8dc4bddd8a8f69dba48572eec07fb"),
    ])
    func aKeyHasItsAddress(scalar: String, address: String) throws {
        let padded = String(repeating: "0", count: 64 - scalar.count) + scalar
        let bytes = try #require(Hex.decode(padded))
        let key = try #require(Secp256k1PrivateKey(bytes: bytes))
        #expect(key.address.description == address)
    }

    @Test func aScalarOutOfRangeIsNoKey() throws {
        let order = try #require(Hex.decode(order))
        #expect(Secp256k1PrivateKey(bytes: order) == nil)
        #expect(Secp256k1PrivateKey(bytes: order.dropLast() + [0x40]) != nil)
        #expect(Secp256k1PrivateKey(bytes: [UInt8](repeating: 0, count: 32)) == nil)
        #expect(Secp256k1PrivateKey(bytes: [UInt8](repeating: 1, count: 31)) == nil)
        #expect(Secp256k1PrivateKey(bytes: [UInt8](repeating: 1, count: 33)) == nil)
    }

    @Test func aSignatureIsTheOneOfRFC6979() throws {
        // The vector of key 1 and "Satoshi Nakamoto" that Bitcoin's libraries share.
        let one = [UInt8](repeating: 0, count: 31) + [1]
        let key = try #require(Secp256k1PrivateKey(bytes: one))
        let signature = key.sign(sha256(Array("Satoshi Nakamoto".utf8)))
        #expect(
            signature.r.description
                == "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8")
        #expect(
            signature.s.description
                == "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5")
    }

    @Test func whoSignedIsRecovered() throws {
        for byte in 0..<64 as Range<UInt8> {
            let key = Secp256k1PrivateKey.random()
            let digest = Bytes32(repeating: byte)
            let signature = key.sign(digest)
            #expect(Secp256k1.recover(signature, over: digest) == key.address)
            #expect(Secp256k1.recover(signature, over: Bytes32(repeating: 0xff)) != key.address)
        }
    }

    @Test func theOtherHalfOfAPairOfSignaturesIsRefused() throws {
        let key = try #require(key)
        var signature = key.sign(digest)
        // Order less s, by which the same key would have signed the same digest.
        let order = try #require(Bytes32(hex: order))
        var borrow = 0
        let high = zip(order.bytes.reversed(), signature.s.bytes.reversed()).map { n, s in
            let difference = Int(n) - Int(s) - borrow
            borrow = difference < 0 ? 1 : 0
            return UInt8(truncatingIfNeeded: difference)
        }
        signature.s = try #require(Bytes32(bytes: high.reversed()))
        signature.yIsOdd.toggle()
        #expect(Secp256k1.recover(signature, over: digest) == nil)
    }

    @Test func aComponentOutOfRangeIsRefused() throws {
        let good = try #require(key).sign(digest)
        let order = try #require(Bytes32(hex: order))
        for component in [Bytes32(repeating: 0), order, Bytes32(repeating: 0xff)] {
            var signature = good
            signature.r = component
            #expect(Secp256k1.recover(signature, over: digest) == nil)
            signature = good
            signature.s = component
            #expect(Secp256k1.recover(signature, over: digest) == nil)
        }
    }

    @Test func manyTasksSignAndRecoverAtOnce() async throws {
        let key = try #require(key)
        let recovered = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<64 as Range<UInt8> {
                group.addTask {
                    let digest = Bytes32(repeating: index)
                    return Secp256k1.recover(key.sign(digest), over: digest) == key.address
                }
            }
            return await group.reduce(true) { $0 && $1 }
        }
        #expect(recovered)
    }
}
