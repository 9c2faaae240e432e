import AllegroModels
import Testing
import Vectors

/// Which transactions are payments (protocol, what a payment's signed bytes may be).
struct PaymentTests {
    /// The vectors that are no acceptable payment, and why; all others must be one.
    private static let exclusions: [String: NotAPayment] = [
        "eip2930_transfer_with_access_list": .accessListNotEmpty,
        "eip1559_transfer_from": .notATransfer,
        "eip1559_approve": .notATransfer,
        "eip1559_dirty_address_word": .addressWordNotClean,
        "eip1559_transfer_trailing_byte": .calldataLength,
        "eip7702_transfer": .authorizesCode,
        "tempo_secp_key1_max_amount": .amountTooLarge,
        "tempo_secp_amount_over_u128": .amountTooLarge,
        "tempo_secp_zero_amount": .amountIsZero,
        "tempo_secp_two_calls": .calls(count: 2),
        "tempo_secp_transfer_then_other_call": .calls(count: 2),
        "tempo_secp_access_list": .accessListNotEmpty,
        "tempo_secp_create": .createsContract,
        "tempo_secp_virtual_recipient": .recipientIsVirtual,
        "tempo_secp_recipient_is_token": .recipientIsToken,
        "tempo_keychain_v2_secp": .keychainV2,
        "tempo_keychain_v2_p256": .keychainV2,
        "tempo_keychain_v2_webauthn": .keychainV2,
        "tempo_keychain_v2_with_key_authorization": .authorizesKey,
        "tempo_secp_with_key_authorization": .authorizesKey,
        "tempo_secp_authorization_list": .authorizesCode,
    ]

    private static let notTokens: Set<String> = [
        "eip1559_not_a_token", "tempo_secp_not_a_token", "tempo_secp_low_prefix_lookalike",
    ]

    @Test(arguments: Vectors.transactions)
    func aVectorIsThePaymentThatItSaysOrRefused(vector: TransactionCase) throws {
        let transaction = try SignedTransaction(
            decoding: try #require(Hex.decode(vector.rawHex)))
        if Self.notTokens.contains(vector.name) {
            let target = try #require(transaction.calls.first?.to)
            #expect(throws: NotAPayment.notAToken(target)) { try transaction.payment() }
        } else if let exclusion = Self.exclusions[vector.name] {
            #expect(throws: exclusion) { try transaction.payment() }
            #expect(!exclusion.description.isEmpty)
        } else {
            let expected = try #require(vector.decodedPayment)
            let payment = try transaction.payment()
            #expect(payment.asset.bytes == Hex.decode(expected.asset))
            #expect(payment.recipient.bytes == Hex.decode(expected.recipient))
            #expect(String(payment.amount) == expected.amount)
        }
    }

    @Test(arguments: [
        "tempo_secp_virtual_recipient", "tempo_keychain_v2_secp", "tempo_keychain_v2_p256",
        "tempo_keychain_v2_webauthn",
    ])
    func aNodeOpensTheWayForWhatItCanVouchFor(name: String) throws {
        let vector = try #require(Vectors.transactions.first { $0.name == name })
        let transaction = try SignedTransaction(
            decoding: try #require(Hex.decode(vector.rawHex)))
        let payment = try transaction.payment(nodeAttached: true)
        #expect(payment.recipient.bytes == Hex.decode(vector.decodedPayment?.recipient ?? ""))
    }

    @Test(
        arguments: [
            ("keychain_v1", .keychainV1),
            ("call_value_nonzero", .valueNotZero),
            ("expiring_nonce_nonzero", .expiringNonceNotZero),
            ("expiring_without_valid_before", .expiringWithoutEnd),
            ("calls_33", .calls(count: 33)),
            ("priority_above_max", .priorityFeeAboveMaxFee),
            ("system_signature", .notAToken(.zero)),
        ] as [(String, NotAPayment)])
    func whatANodeWouldRefuseIsNoPayment(name: String, reason: NotAPayment) throws {
        let vector = try #require(Vectors.badTransactions.first { $0.name == name })
        let transaction = try SignedTransaction(
            decoding: try #require(Hex.decode(vector.rawHex)))
        #expect(throws: reason) { try transaction.payment(nodeAttached: true) }
    }

    @Test func aSubBlocksNonceKeyIsAMatterOfTheLane() throws {
        let vector = try #require(
            Vectors.badTransactions.first { $0.name == "subblock_nonce_key" })
        let transaction = try SignedTransaction(
            decoding: try #require(Hex.decode(vector.rawHex)))
        #expect(try transaction.payment().amount > 0)
        #expect(transaction.nonce.key.bytes.first == NonceKey.subblockPrefix)
    }

    @Test(
        arguments: [
            (Address.zero, .recipientIsZero),
            (Address.receivePolicyGuard, .recipientIsGuard),
        ] as [(Address, NotAPayment)])
    func aRecipientThatTheChainRefusesIsNone(recipient: Address, reason: NotAPayment) throws {
        let token = try #require(Address(hex: "20c000000000000000000000aaaaaaaaaaaaaaaa"))
        let transaction = SignedTransaction.ethereum(
            EthereumTransaction(
                chainID: 1, nonce: 0, gasLimit: 0,
                call: Call(to: token, input: Tip20.transfer(to: recipient, amount: 1)),
                kind: .legacy(gasPrice: 0)),
            Secp256k1Signature(r: Bytes32(repeating: 1), s: Bytes32(repeating: 1), yIsOdd: false))
        #expect(throws: reason) { try transaction.payment(nodeAttached: true) }
    }

    @Test func theGuardsAddressIsTheChains() {
        #expect(
            Address.receivePolicyGuard.description == "b10c" + String(repeating: "0", count: 36))
    }
}
