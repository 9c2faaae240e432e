import AllegroCrypto
import AllegroModels
import Testing
import Vectors

/// Nothing that was signed can be changed under its signer.
struct MutationTests {
    @Test(arguments: Vectors.transactions)
    func noChangedByteKeepsTheSignerOverOtherContent(vector: TransactionCase) throws {
        let bytes = try #require(Hex.decode(vector.rawHex))
        let original = try SignedTransaction(decoding: bytes)
        let sender = try #require(original.sender)
        let preimage = original.signingPreimage
        for index in bytes.indices {
            var changed = bytes
            // Another bit at every byte, so that all eight come up in each field of some length.
            changed[index] ^= 1 << (index % 8)
            guard let other = try? SignedTransaction(decoding: changed) else { continue }
            // A sponsor's part is not signed by the sender; everything else is.
            if other.sender == sender, other.signingPreimage != preimage {
                Issue.record("byte \(index) is not covered by the signature")
            }
        }
    }

    @Test(arguments: ["legacy_transfer", "eip1559_transfer_with_memo", "tempo_secp_user_key"])
    func noBitOfAPaymentCanBeChangedUnderItsSender(name: String) throws {
        let vector = try #require(Vectors.transactions.first { $0.name == name })
        let bytes = try #require(Hex.decode(vector.rawHex))
        let format: TempoTxFormat = vector.type == "0x76" ? .tempoNativeV1 : .evmOpaqueBytesV1
        let payment = try SignedPayment(format: format, bytes: bytes)
        for bit in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            let other = try? SignedPayment(format: format, bytes: changed)
            #expect(other?.sender != payment.sender)
        }
    }
}
