import Testing

@testable import AllegroModels

/// The optional fields of a key authorization, which may be left out from the end only.
struct KeyAuthorizationTests {
    private static let bare = KeyAuthorization(
        chainID: 1337, keyKind: .webAuthn, keyID: Address(repeating: 1), isAdmin: false,
        signature: .secp256k1(
            Secp256k1Signature(
                r: Bytes32(repeating: 2), s: Bytes32(repeating: 3), yIsOdd: true)))

    /// One with each optional field alone, and one with all.
    private static let samples: [KeyAuthorization] = {
        let changes: [(inout KeyAuthorization) -> Void] = [
            { $0.expiry = 1_790_000_000 },
            { $0.limits = [] },
            {
                $0.limits = [
                    .init(token: Address(repeating: 4), limit: Word256(5)),
                    .init(token: Address(repeating: 4), limit: Word256(5), periodSeconds: 6),
                ]
            },
            {
                $0.allowedCalls = [
                    .init(
                        target: Address(repeating: 7),
                        selectors: [
                            .init(selector: [1, 2, 3, 4], recipients: [Address(repeating: 8)]),
                            .init(selector: [0, 0, 0, 0], recipients: []),
                        ])
                ]
            },
            { $0.witness = Bytes32(repeating: 9) },
            { $0.isAdmin = true },
            { $0.account = Address(repeating: 10) },
        ]
        var all = bare
        var samples = [bare]
        for change in changes {
            var one = bare
            change(&one)
            change(&all)
            samples.append(one)
        }
        return samples + [all]
    }()

    @Test func anyFieldReadsBackAsWritten() throws {
        for sample in Self.samples {
            var bytes: [UInt8] = []
            sample.appendRLP(to: &bytes)
            var reader = RLPReader(bytes)
            #expect(try KeyAuthorization(rlp: &reader) == sample)
            #expect(reader.isAtEnd)
        }
    }

    @Test func noTwoFieldsAreWrittenAlike() {
        let encodings = Self.samples.map { sample in
            var bytes: [UInt8] = []
            sample.appendRLP(to: &bytes)
            return bytes
        }
        #expect(Set(encodings).count == Self.samples.count)
    }

    @Test func anUnknownKindOfKeyIsRefused() {
        var bytes: [UInt8] = []
        Self.bare.appendRLP(to: &bytes)
        // Behind the two list headers (2 and 1 bytes) and the chain id (3): the kind, 2.
        #expect(bytes[6] == 2)
        bytes[6] = 3
        #expect(throws: TransactionError.keyTypeUnknown) {
            var reader = RLPReader(bytes)
            _ = try KeyAuthorization(rlp: &reader)
        }
    }
}
