import AllegroModels
import Testing
import Vectors

/// Every transaction of the vector files, as far as it is read without cryptography.
struct TransactionVectorTests {
    @Test(arguments: Vectors.transactions)
    func aTransactionDecodesToItsFields(vector: TransactionCase) throws {
        let bytes = try #require(Hex.decode(vector.rawHex))
        let transaction = try SignedTransaction(decoding: bytes)
        #expect(transaction.encoded == bytes)
        #expect(transaction.chainID == vector.chainId)
        #expect(transaction.nonce.key.bytes == Hex.decode(vector.nonceKey))
        #expect(transaction.nonce.sequence == vector.nonce)
        #expect(transaction.validBefore == vector.validBefore)
        #expect(transaction.validAfter == vector.validAfter)
        #expect(transaction.feeToken?.bytes == vector.feeToken.flatMap { Hex.decode($0) })
        #expect(transaction.gasLimit == vector.gasLimit)
        #expect(transaction.maxFeePerGas == UInt128(vector.maxFeePerGas))
        #expect(transaction.maxPriorityFeePerGas == vector.maxPriorityFeePerGas.map { UInt128($0) })
        let calls = vector.calls.map { call in
            Call(to: call.to.flatMap { Address(hex: $0) }, input: Hex.decode(call.input) ?? [])
        }
        #expect(vector.calls.allSatisfy { $0.value == "0x0" })
        #expect(transaction.calls == calls)
    }

    @Test(arguments: Vectors.transactions)
    func aTransactionsKindAndSignatureAreToldApart(vector: TransactionCase) throws {
        let bytes = try #require(Hex.decode(vector.rawHex))
        switch try SignedTransaction(decoding: bytes) {
        case .ethereum(let transaction, _):
            let type =
                switch transaction.kind {
                case .legacy: "0x0"
                case .eip2930: "0x1"
                case .eip1559: "0x2"
                case .eip7702: "0x4"
                }
            #expect(vector.type == type)
            #expect(vector.signature == "secp256k1")
        case .tempo(_, .primitive(let signature)):
            #expect(vector.type == "0x76")
            #expect(vector.signature == name(of: signature))
        case .tempo(_, .keychain(let version, _, let signature)):
            #expect(version == .v2)
            #expect(vector.signature == "keychain_v2/" + name(of: signature))
        }
    }

    private func name(of signature: PrimitiveSignature) -> String {
        switch signature {
        case .secp256k1: "secp256k1"
        case .p256(_, let prehashed): prehashed ? "p256/pre_hash" : "p256"
        case .webAuthn: "webauthn"
        }
    }

    @Test(arguments: Vectors.transactions)
    func thePaymentLaneIsToldApart(vector: TransactionCase) throws {
        let transaction = try SignedTransaction(
            decoding: try #require(Hex.decode(vector.rawHex)))
        #expect(transaction.isInPaymentLane == vector.paymentLaneV2)
        #expect(transaction.isInPaymentLaneBeforeT5 == vector.paymentLaneV1)
    }

    @Test(arguments: Vectors.transactions)
    func theGreatestFeeIsRoundedUpToTokenUnits(vector: TransactionCase) throws {
        let transaction = try SignedTransaction(
            decoding: try #require(Hex.decode(vector.rawHex)))
        let fee = FeeOffer(
            payer: .zero, token: nil, gasLimit: transaction.gasLimit,
            maxFeePerGas: transaction.maxFeePerGas)
        #expect(fee.maxTokenUnits == UInt128(vector.maxFeeTokenUnits))
    }

    @Test(arguments: Vectors.transactions)
    func everyTruncationIsRefused(vector: TransactionCase) throws {
        let bytes = try #require(Hex.decode(vector.rawHex))
        for count in bytes.indices {
            #expect(throws: TransactionError.self) {
                try SignedTransaction(decoding: Array(bytes.prefix(count)))
            }
        }
        for extra in [0x00, 0x80, 0xc0] as [UInt8] {
            #expect(throws: TransactionError.bytesLeftOver) {
                try SignedTransaction(decoding: bytes + [extra])
            }
        }
    }

    /// Whatever one byte is changed to, what decodes is canonical, and nothing traps.
    @Test(arguments: Vectors.transactions)
    func aChangedByteIsRefusedOrAnotherCanonicalTransaction(vector: TransactionCase) throws {
        let bytes = try #require(Hex.decode(vector.rawHex))
        let original = try SignedTransaction(decoding: bytes)
        let replacements: [UInt8] = [0x00, 0x01, 0x7f, 0x80, 0x81, 0xb8, 0xbf, 0xc0, 0xf8, 0xff]
        for index in bytes.indices {
            for replacement in replacements where replacement != bytes[index] {
                var changed = bytes
                changed[index] = replacement
                guard let other = try? SignedTransaction(decoding: changed) else { continue }
                if other == original || other.encoded != changed {
                    Issue.record("byte \(index) as \(replacement) gives the same transaction")
                }
                _ = try? other.payment()
            }
        }
    }

    @Test(
        arguments: Vectors.badTransactions.filter { vector in
            switch vector.stage {
            case .decode, .acceptedByNode: true
            case .signature, .nodeRules: false
            }
        })
    func aBadEncodingIsRefused(vector: BadTransactionCase) throws {
        let bytes = try #require(Hex.decode(vector.rawHex))
        #expect(throws: TransactionError.self) { try SignedTransaction(decoding: bytes) }
    }

    @Test(
        arguments: Vectors.badTransactions.filter { vector in
            switch vector.stage {
            case .signature, .nodeRules: true
            case .decode, .acceptedByNode: false
            }
        })
    func aBadSignatureOrRuleStillDecodes(vector: BadTransactionCase) throws {
        let bytes = try #require(Hex.decode(vector.rawHex))
        #expect(try SignedTransaction(decoding: bytes).encoded == bytes)
    }

    @Test(
        arguments: [
            ("empty", .empty),
            ("type_only", .itemMissing),
            ("trailing_byte", .bytesLeftOver),
            ("truncated", .truncated),
            ("extra_item", .itemsLeftOver),
            ("call_four_items", .itemsLeftOver),
            ("chain_id_leading_zero", .leadingZero),
            ("nonce_as_81_01", .notShortestForm),
            ("nonce_key_33_bytes", .integerTooWide(bytesMax: 32)),
            ("max_fee_17_bytes", .integerTooWide(bytesMax: 16)),
            ("fee_token_19_bytes", .wrongLength(expected: 20)),
            ("fee_payer_placeholder_00", .listExpected),
            ("fee_payer_parity_27", .parityOutOfRange),
            ("calls_empty", .noCall),
            ("second_call_create", .createNotAllowed),
            ("window_empty", .emptyValidityWindow),
            ("sig_empty", .signatureMissing),
            ("sig_66_bytes", .signatureKindUnknown(0)),
            ("sig_v_2", .recoveryIDOutOfRange(2)),
            ("sig_v_29", .recoveryIDOutOfRange(29)),
            ("sig_p256_short", .signatureLength(bytes: 129)),
            ("sig_keychain_nested", .nestedKeychainSignature),
            ("sig_keychain_no_inner", .signatureMissing),
            ("type_03", .unknownType(0x03)),
            ("ka_trailing_none", .notCanonical),
            ("secp_v_0_or_1", .notCanonical),
            ("secp_v_eip155_style", .notCanonical),
            ("p256_prehash_flag_255", .notCanonical),
            ("legacy_with_type_byte_00", .unknownType(0x00)),
            ("legacy_without_chain_id", .withoutChainID),
        ] as [(String, TransactionError)])
    func aRefusalNamesItsReason(name: String, error: TransactionError) throws {
        let vector = try #require(Vectors.badTransactions.first { $0.name == name })
        let bytes = try #require(Hex.decode(vector.rawHex))
        #expect(throws: error) { try SignedTransaction(decoding: bytes) }
        #expect(!error.description.isEmpty)
    }
}
