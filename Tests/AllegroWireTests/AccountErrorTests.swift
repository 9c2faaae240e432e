import AllegroModels
import AllegroWire
import GRPC
import Testing

/// What is wrong with the fields of ConfirmFastPay and GetAccount, and the line that says so.
struct AccountErrorTests {
    private static let malformedConfirmations = [
        BrokenField([1], nil, "qc: missing"),
        BrokenField([1, 1], nil, "qc.tx_hash: 0 bytes, expected 32"),
        BrokenField([1, 2], .bytes(1, count: 33), "qc.effects_hash: 33 bytes, expected 32"),
        BrokenField([1, 5], .bytes(1, count: 20), "qc.qc_hash: 20 bytes, expected 32"),
        BrokenField([1, 3, 1], nil, "qc.certs[0].signer: missing"),
        BrokenField([1, 3, 4], nil, "qc.certs[0].effects: missing"),
        BrokenField(
            [1, 3, 4, 5, 1], .bytes(1, count: 8),
            "qc.certs[0].effects.nonce.nonce_key_be: 8 bytes, expected 32"),
        BrokenField(
            [1, 3, 5], .bytes(1, count: 65), "qc.certs[0].signature: 65 bytes, expected 64"),
    ]

    @Test(arguments: malformedConfirmations)
    func aMalformedQuorumCertificateIsAnInvalidFormatThatNamesTheField(_ row: BrokenField) throws {
        let tree = ProtobufTree.message([(1, HandBuilt.qc)]).setting(row.path, to: row.value)
        #expect(
            try SidecarAPI.confirm.decodeRequest(tree.encoded)
                == .malformed(RejectReason(.invalidFormat, row.message)))
    }

    @Test func moreCertificatesThanAnyCommitteeHasSeatsAreAnInvalidFormat() throws {
        let certificates = Array(repeating: (3, HandBuilt.bareCertificate), count: 1025)
        let qc = ProtobufTree.message(
            [(1, .bytes(1, count: 32)), (2, .bytes(2, count: 32))] + certificates)
        #expect(
            try SidecarAPI.confirm.decodeRequest(ProtobufTree.message([(1, qc)]).encoded)
                == .malformed(
                    RejectReason(.invalidFormat, "qc.certs: 1025 of them, at most 1024")))
    }

    @Test func aQuorumCertificateThatWasReceivedMalformedIsNotSentOn() {
        #expect(throws: WireError("qc", .malformed("qc: missing"))) {
            try SidecarAPI.confirm.encodeRequest(
                .malformed(RejectReason(.invalidFormat, "qc: missing")))
        }
    }

    private static let brokenConfirmedPayments = [
        BrokenField([], nil, "result: missing"),
        BrokenField([1, 1], nil, "confirmed.tx_hash: 0 bytes, expected 32"),
        BrokenField([1, 2], nil, "confirmed.effects: missing"),
        BrokenField([1, 3], .bytes(1, count: 31), "confirmed.qc_hash: 31 bytes, expected 32"),
        BrokenField([1, 4], nil, "confirmed.stage: missing"),
        BrokenField([1, 4], .varint(6), "confirmed.stage: 6 is not known"),
    ]

    @Test(arguments: brokenConfirmedPayments)
    func aConfirmationThatIsBrokenNamesTheField(_ row: BrokenField) {
        let answer = ProtobufTree.message([(1, HandBuilt.confirmed)])
        let tree = row.path.isEmpty ? .message([]) : answer.setting(row.path, to: row.value)
        #expect(refusal(of: SidecarAPI.confirm.decodeResponse, tree) == row.message)
    }

    private static let brokenAccountRequests = [
        BrokenField([1], nil, "address: missing"),
        BrokenField([1, 1], .bytes(1, count: 19), "address.data: 19 bytes, expected 20"),
        BrokenField([2], .bytes(1, count: 31), "nonce_key_be: 31 bytes, expected 32"),
        BrokenField(
            [4], .text(String(repeating: "0", count: 257)), "cursor: 257 bytes, at most 256"),
    ]

    @Test(arguments: brokenAccountRequests)
    func aQuestionForAnAccountNamesItsBrokenField(_ row: BrokenField) {
        let tree = HandBuilt.accountRequest.setting(row.path, to: row.value)
        #expect(refusal(of: SidecarAPI.account.decodeRequest, tree) == row.message)
    }

    private static let brokenAccounts = [
        BrokenField([1, 1], nil, "balances[0].asset: missing"),
        BrokenField([1, 2], .bytes(1, count: 15), "balances[0].base_be: 15 bytes, expected 16"),
        BrokenField([1, 3], .bytes(1, count: 17), "balances[0].credits_be: 17 bytes, expected 16"),
        BrokenField([1, 4], nil, "balances[0].debits_be: 0 bytes, expected 16"),
        BrokenField([1, 5], .bytes(1, count: 8), "balances[0].available_be: 8 bytes, expected 16"),
        BrokenField([2, 1], nil, "nonces[0].nonce_key_be: 0 bytes, expected 32"),
        BrokenField([3, 1], nil, "payments[0].tx_hash: 0 bytes, expected 32"),
        BrokenField([3, 2], nil, "payments[0].effects: missing"),
        BrokenField([3, 3], nil, "payments[0].stage: missing"),
        BrokenField([3, 4], .bytes(1, count: 33), "payments[0].qc_hash: 33 bytes, expected 32"),
        BrokenField(
            [4], .text(String(repeating: "0", count: 257)), "next_cursor: 257 bytes, at most 256"),
    ]

    @Test(arguments: brokenAccounts)
    func anAccountThatIsBrokenNamesTheField(_ row: BrokenField) {
        let tree = HandBuilt.account.setting(row.path, to: row.value)
        #expect(refusal(of: SidecarAPI.account.decodeResponse, tree) == row.message)
    }

    private static let positions = [
        AccountPosition(), Sample.position,
        AccountPosition(asset: Address(repeating: 1)),
        AccountPosition(key: NonceKey(repeating: 2)),
        AccountPosition(payment: Nonce2D(key: NonceKey(repeating: 3), sequence: .max)),
        AccountPosition(
            asset: Address(repeating: 4),
            payment: Nonce2D(key: NonceKey(repeating: 5), sequence: 0)),
    ]

    @Test(arguments: positions)
    func aPositionSurvivesItsText(position: AccountPosition) {
        let cursor = position.cursor
        #expect(AccountPosition(cursor: cursor) == position)
        #expect(cursor.utf8.count <= WireLimits.accountCursorBytesMax)
        for count in 0..<cursor.count {
            #expect(AccountPosition(cursor: String(cursor.prefix(count))) == nil)
        }
    }

    private static let text = AccountPosition(key: NonceKey(repeating: 0xab)).cursor

    @Test(arguments: [
        "17", "07", "0", "08", "0x" + text, text.uppercased(), text + "00", "zz", " " + text,
        BulletinCursor(board: 1, position: 2).description,
    ])
    func aSidecarRefusesACursorThatNoAccountGave(cursor: String) {
        let tree = HandBuilt.accountRequest.setting([4], to: .text(cursor))
        #expect(
            refusal(of: SidecarAPI.account.decodeRequest, tree)
                == "cursor: not a position in an account")
        #expect(AccountPosition(cursor: cursor) == nil)
    }
}
