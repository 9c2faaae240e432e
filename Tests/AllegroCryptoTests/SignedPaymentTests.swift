import AllegroCrypto
import AllegroModels
import Testing
import Vectors

/// The sidecar's way from signed bytes to a payment.
struct SignedPaymentTests {
    private static func format(_ vector: TransactionCase) -> TempoTxFormat {
        vector.type == "0x76" ? .tempoNativeV1 : .evmOpaqueBytesV1
    }

    /// Transactions that have a payment in them and are not to be certified all the same.
    private static let excluded: Set<String> = [
        "eip2930_transfer_with_access_list", "eip7702_transfer", "tempo_secp_key1_max_amount",
        "tempo_secp_amount_over_u128", "tempo_secp_zero_amount", "tempo_secp_access_list",
        "tempo_secp_virtual_recipient", "tempo_secp_recipient_is_token",
        "tempo_keychain_v2_secp", "tempo_keychain_v2_p256", "tempo_keychain_v2_webauthn",
        "tempo_keychain_v2_with_key_authorization", "tempo_secp_with_key_authorization",
        "tempo_secp_authorization_list",
    ]

    private static func isAcceptable(_ vector: TransactionCase) -> Bool {
        vector.decodedPayment != nil && !excluded.contains(vector.name)
    }

    @Test(arguments: Vectors.transactions.filter(isAcceptable))
    func whatIsReadIsWhatWasSigned(vector: TransactionCase) throws {
        let bytes = try #require(Hex.decode(vector.rawHex))
        let payment = try SignedPayment(format: Self.format(vector), bytes: bytes)
        let expected = try #require(vector.decodedPayment)
        #expect(payment.format == Self.format(vector))
        #expect(payment.chainID == vector.chainId)
        #expect("0x\(payment.sender)" == vector.sender)
        #expect("0x\(payment.recipient)" == expected.recipient)
        #expect("0x\(payment.asset)" == expected.asset)
        #expect(String(payment.amount) == expected.amount)
        #expect("0x\(payment.nonce.key)" == vector.nonceKey)
        #expect(payment.nonce.sequence == vector.nonce)
        #expect("0x\(payment.signingHash)" == vector.signingHash)
        #expect(payment.validAfter == vector.validAfter)
        #expect(payment.validBefore == vector.validBefore)
        #expect("0x\(payment.fee.payer)" == vector.feePayer)
        #expect(payment.fee.token.map { "0x\($0)" } == vector.feeToken)
        #expect(payment.fee.maxTokenUnits.map { String($0) } == vector.maxFeeTokenUnits)
        #expect(payment.accessKey == nil)
        let effects = payment.effects(under: payment.nonce)
        #expect(effects.sender == payment.intent.sender)
        #expect(effects.recipient == payment.intent.recipient)
        #expect(effects.amount == payment.intent.amount)
        #expect(effects.asset == payment.intent.asset)
    }

    @Test(arguments: Vectors.transactions.filter { !isAcceptable($0) })
    func aTransactionThatIsNoPaymentIsRefusedAsSuch(vector: TransactionCase) throws {
        let bytes = try #require(Hex.decode(vector.rawHex))
        let error = #expect(throws: PaymentRefusal.self) {
            try SignedPayment(format: Self.format(vector), bytes: bytes)
        }
        #expect(isNotAPayment(error))
    }

    @Test(arguments: Vectors.transactions)
    func aTransactionOfTheOtherFormatIsMalformed(vector: TransactionCase) throws {
        let bytes = try #require(Hex.decode(vector.rawHex))
        let other: TempoTxFormat =
            Self.format(vector) == .tempoNativeV1 ? .evmOpaqueBytesV1 : .tempoNativeV1
        let error = #expect(throws: PaymentRefusal.self) {
            try SignedPayment(format: other, bytes: bytes)
        }
        #expect(error == .malformed("the transaction is not of the declared format"))
    }

    /// Those that the chain refuses by a rule; of them only bad signatures make bytes malformed.
    private static let notPayments: Set<String> = [
        "keychain_v1", "call_value_nonzero", "expiring_nonce_nonzero",
        "expiring_without_valid_before", "calls_33", "priority_above_max", "self_sponsored",
        "system_signature",
    ]

    @Test(arguments: Vectors.badTransactions.filter { $0.name != "subblock_nonce_key" })
    func aBadTransactionIsRefusedForItsReason(vector: BadTransactionCase) throws {
        let bytes = try #require(Hex.decode(vector.rawHex))
        for nodeAttached in [false, true] {
            // The first byte tells the format, as far as there is one.
            let format: TempoTxFormat = bytes.first == 0x76 ? .tempoNativeV1 : .evmOpaqueBytesV1
            let error = #expect(throws: PaymentRefusal.self) {
                try SignedPayment(format: format, bytes: bytes, nodeAttached: nodeAttached)
            }
            #expect(isNotAPayment(error) == Self.notPayments.contains(vector.name))
        }
    }

    @Test func aSubBlocksNonceKeyIsReadAsSigned() throws {
        let vector = try #require(
            Vectors.badTransactions.first { $0.name == "subblock_nonce_key" })
        let bytes = try #require(Hex.decode(vector.rawHex))
        let payment = try SignedPayment(format: .tempoNativeV1, bytes: bytes)
        guard case .subblock = payment.nonce.key.kind else {
            Issue.record("\(payment.nonce.key)")
            return
        }
    }

    @Test func anAccessKeysPaymentNamesTheKeyToAskFor() throws {
        let vector = try #require(
            Vectors.transactions.first { $0.name == "tempo_keychain_v2_p256" })
        let bytes = try #require(Hex.decode(vector.rawHex))
        let payment = try SignedPayment(format: .tempoNativeV1, bytes: bytes, nodeAttached: true)
        #expect("0x\(payment.sender)" == vector.sender)
        #expect(payment.accessKey.map { "0x\($0.id)" } == vector.accessKey)
        #expect(payment.accessKey?.kind == .p256)
    }

    @Test func nobodyPaysToThemselves() throws {
        let key = Secp256k1PrivateKey.random()
        let token: Address = try #require(Address(hex: "20c000000000000000000000aaaaaaaaaaaaaaaa"))
        let transaction = EthereumTransaction(
            chainID: 1337, nonce: 0, gasLimit: 400_000,
            call: Call(
                to: token,
                input: Tip20.transfer(to: key.address, amount: 1)),
            kind: .legacy(gasPrice: 1))
        let error = #expect(throws: PaymentRefusal.self) {
            try SignedPayment(
                format: .evmOpaqueBytesV1, bytes: transaction.signed(by: key).encoded)
        }
        #expect(error == .notAPayment(NotAPayment.recipientIsSender.description))
    }

    private func isNotAPayment(_ refusal: PaymentRefusal?) -> Bool {
        switch refusal {
        case .notAPayment: true
        case .malformed, nil: false
        }
    }
}
