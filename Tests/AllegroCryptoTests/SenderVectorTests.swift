import AllegroCrypto
import AllegroModels
import Testing
import Vectors

/// Every transaction of the vector files, as far as it takes cryptography.
struct SenderVectorTests {
    private func transaction(_ rawHex: String) throws -> SignedTransaction {
        try SignedTransaction(decoding: try #require(Hex.decode(rawHex)))
    }

    @Test(arguments: Vectors.transactions)
    func aTransactionHasItsHashesAndSender(vector: TransactionCase) throws {
        let transaction = try transaction(vector.rawHex)
        #expect("0x\(transaction.signingHash)" == vector.signingHash)
        #expect("0x\(transaction.chainTxHash)" == vector.txHash)
        let sender = try #require(transaction.sender)
        #expect("0x\(sender.address)" == vector.sender)
        #expect(sender.accessKey.map { "0x\($0.id)" } == vector.accessKey)
        #expect("0x\(transaction.replayID(sender: sender.address))" == vector.replayId)
    }

    @Test(arguments: Vectors.transactions)
    func aTransactionHasItsFeePayer(vector: TransactionCase) throws {
        let transaction = try transaction(vector.rawHex)
        let sender = try #require(transaction.sender).address
        let payer = try #require(transaction.feePayer(sender: sender))
        #expect("0x\(payer)" == vector.feePayer)
        #expect(transaction.isSponsored == (vector.feePayerSigningHash != nil))
        if let hash = vector.feePayerSigningHash {
            guard case .tempo(let tempo, _) = transaction else {
                Issue.record("only a Tempo transaction has a sponsor")
                return
            }
            #expect("0x\(tempo.feePayerSigningHash(sender: sender))" == hash)
        }
    }

    @Test(arguments: [
        ("tempo_keychain_v2_secp", AccountKeyKind.secp256k1),
        ("tempo_keychain_v2_p256", .p256),
        ("tempo_keychain_v2_webauthn", .webAuthn),
    ])
    func anAccessKeysKindIsItsSignatures(name: String, kind: AccountKeyKind) throws {
        let vector = try #require(Vectors.transactions.first { $0.name == name })
        #expect(try transaction(vector.rawHex).sender?.accessKey?.kind == kind)
    }

    @Test(arguments: Vectors.badTransactions.filter { $0.stage == .signature })
    func aBadSignatureHasNoSender(vector: BadTransactionCase) throws {
        #expect(try transaction(vector.rawHex).sender == nil)
    }

    @Test func aSystemTransactionHasNoSender() throws {
        let vector = try #require(Vectors.badTransactions.first { $0.name == "system_signature" })
        #expect(try transaction(vector.rawHex).sender == nil)
    }

    @Test func anAllZeroSponsorHasNoAddress() throws {
        let vector = try #require(Vectors.badTransactions.first { $0.name == "fee_payer_marker" })
        let transaction = try transaction(vector.rawHex)
        let sender = try #require(transaction.sender)
        #expect(transaction.feePayer(sender: sender.address) == nil)
    }

    /// The key 0x11 made these with other libraries; here it must make the same bytes (RFC 6979).
    @Test(
        arguments: Vectors.transactions.filter { vector in
            vector.signature == "secp256k1" && vector.sender.hasPrefix("0x19e7e376")
        })
    func signingAgainGivesTheSameBytes(vector: TransactionCase) throws {
        let key = try #require(Secp256k1PrivateKey(bytes: [UInt8](repeating: 0x11, count: 32)))
        let original = try transaction(vector.rawHex)
        let again: SignedTransaction
        switch original {
        case .ethereum(let transaction, _): again = transaction.signed(by: key)
        case .tempo(let transaction, _): again = transaction.signed(by: key)
        }
        #expect(again == original)
        #expect(again.encoded == Hex.decode(vector.rawHex))
    }

    @Test func signingAnAccessKeysTransactionAgainGivesTheSameBytes() throws {
        let vector = try #require(
            Vectors.transactions.first { $0.name == "tempo_keychain_v2_secp" })
        let key = try #require(Secp256k1PrivateKey(bytes: [UInt8](repeating: 0x33, count: 32)))
        let original = try transaction(vector.rawHex)
        guard case .tempo(let tempo, .keychain(_, let account, _)) = original else {
            Issue.record("a keychain signature")
            return
        }
        #expect(tempo.signed(byAccessKey: key, of: account) == original)
    }

    @Test func sponsoringAgainGivesTheSameBytes() throws {
        let vector = try #require(Vectors.transactions.first { $0.name == "tempo_secp_fee_payer" })
        let sponsor = try #require(
            Secp256k1PrivateKey(bytes: [UInt8](repeating: 0x33, count: 32)))
        guard case .tempo(let original, let signature) = try transaction(vector.rawHex) else {
            Issue.record("a Tempo transaction")
            return
        }
        var unsigned = original
        unsigned.feePayer = .awaited
        // The sender's hash is the same before and after the sponsor signs.
        #expect(unsigned.signingHash == original.signingHash)
        let sender = try #require(Address(hex: vector.sender))
        let sponsored = unsigned.sponsored(by: sponsor, sender: sender)
        #expect(SignedTransaction.tempo(sponsored, signature).encoded == Hex.decode(vector.rawHex))
    }

    /// The form that asks for a sponsor is no transaction yet.
    @Test func anAwaitedSponsorIsRefusedAtDecoding() throws {
        let vector = try #require(Vectors.transactions.first { $0.name == "tempo_secp_fee_payer" })
        guard case .tempo(var tempo, let signature) = try transaction(vector.rawHex) else {
            Issue.record("a Tempo transaction")
            return
        }
        tempo.feePayer = .awaited
        let request = SignedTransaction.tempo(tempo, signature)
        #expect(request.feePayer(sender: .zero) == nil)
        #expect(throws: TransactionError.listExpected) {
            try SignedTransaction(decoding: request.encoded)
        }
    }
}
