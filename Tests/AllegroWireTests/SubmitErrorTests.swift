import AllegroModels
import AllegroWire
import GRPC
import Testing

/// What is wrong with a payment's fields, and the line that says so.
struct SubmitErrorTests {
    private static let malformedPayments = [
        BrokenField([1], nil, "tx: missing"),
        BrokenField([1, 1], nil, "chain_id: missing"),
        BrokenField([1, 2], nil, "tempo_tx: missing"),
        BrokenField([1, 2, 1], nil, "tempo_tx.data: missing"),
        BrokenField(
            [1, 2, 1], .bytes(1, count: 131_073), "tempo_tx.data: 131073 bytes, at most 131072"),
        BrokenField([1, 3, 1], nil, "intent.sender: missing"),
        BrokenField(
            [1, 3, 1, 1], .bytes(1, count: 19), "intent.sender.data: 19 bytes, expected 20"),
        BrokenField([1, 3, 2], nil, "intent.recipient: missing"),
        BrokenField(
            [1, 3, 2, 1], .bytes(1, count: 21), "intent.recipient.data: 21 bytes, expected 20"),
        BrokenField([1, 3, 4], nil, "intent.asset: missing"),
        BrokenField([1, 3, 4, 1], .bytes([]), "intent.asset.data: 0 bytes, expected 20"),
        BrokenField([1, 4], nil, "nonce: missing"),
        BrokenField([1, 4, 1], nil, "nonce.nonce_key_be: 0 bytes, expected 32"),
        BrokenField([1, 4, 1], .bytes(1, count: 31), "nonce.nonce_key_be: 31 bytes, expected 32"),
        BrokenField([1, 4, 1], .bytes(1, count: 33), "nonce.nonce_key_be: 33 bytes, expected 32"),
        BrokenField([1, 5], nil, "expiry: missing"),
        BrokenField([1, 5, 1], nil, "expiry.kind: missing"),
        BrokenField([1, 6], .bytes(1, count: 31), "parent_qc_hash: 31 bytes, expected 32"),
        BrokenField(
            [1, 7], .text(String(repeating: "é", count: 65)),
            "client_request_id: 130 bytes, at most 128"),
        BrokenField([1, 8], nil, "tempo_tx_format: missing"),
        BrokenField([1, 8], .varint(3), "tempo_tx_format: 3 is not known"),
        BrokenField([1, 9, 1, 1], nil, "overlay.payment.sender: missing"),
        BrokenField(
            [1, 9, 1, 2, 1], .bytes(1, count: 32),
            "overlay.payment.recipient.data: 32 bytes, expected 20"),
        BrokenField([1, 9, 1, 4], nil, "overlay.payment.asset: missing"),
    ]

    @Test(arguments: malformedPayments)
    func aMalformedPaymentIsAnInvalidFormatThatNamesTheField(_ row: BrokenField) throws {
        let bytes = HandBuilt.submit.setting(row.path, to: row.value).encoded
        let expected = SubmitMessage.malformed(RejectReason(.invalidFormat, row.message))
        #expect(try SidecarAPI.submit.decodeRequest(bytes) == expected)
        #expect(try SidecarAPI.submitStream.decodeRequest(bytes) == expected)
    }

    private static let malformedParents = [
        BrokenField([2, 1], nil, "parent_qcs[0].tx_hash: 0 bytes, expected 32"),
        BrokenField(
            [2, 2], .bytes(1, count: 33), "parent_qcs[0].effects_hash: 33 bytes, expected 32"),
        BrokenField([2, 5], .bytes(1, count: 20), "parent_qcs[0].qc_hash: 20 bytes, expected 32"),
        BrokenField([2, 3, 1], nil, "parent_qcs[0].certs[0].signer: missing"),
        BrokenField(
            [2, 3, 1, 1], .text(String(repeating: "x", count: 257)),
            "parent_qcs[0].certs[0].signer.name: 257 bytes, at most 256"),
        BrokenField([2, 3, 1, 2], nil, "parent_qcs[0].certs[0].signer.id: 0 bytes, expected 32"),
        BrokenField(
            [2, 3, 1, 3], .bytes(1, count: 33),
            "parent_qcs[0].certs[0].signer.pubkey: 33 bytes, expected 32"),
        BrokenField(
            [2, 3, 2], .bytes(1, count: 31),
            "parent_qcs[0].certs[0].tx_hash: 31 bytes, expected 32"),
        BrokenField([2, 3, 3], nil, "parent_qcs[0].certs[0].effects_hash: 0 bytes, expected 32"),
        BrokenField([2, 3, 4], nil, "parent_qcs[0].certs[0].effects: missing"),
        BrokenField([2, 3, 4, 1], nil, "parent_qcs[0].certs[0].effects.sender: missing"),
        BrokenField([2, 3, 4, 5], nil, "parent_qcs[0].certs[0].effects.nonce: missing"),
        BrokenField(
            [2, 3, 4, 5, 1], .bytes(1, count: 8),
            "parent_qcs[0].certs[0].effects.nonce.nonce_key_be: 8 bytes, expected 32"),
        BrokenField(
            [2, 3, 5], .bytes(1, count: 65),
            "parent_qcs[0].certs[0].signature: 65 bytes, expected 64"),
    ]

    @Test(arguments: malformedParents)
    func aMalformedParentLeavesThePaymentWellFormed(_ row: BrokenField) throws {
        let bytes = HandBuilt.submit.setting(row.path, to: row.value).encoded
        let expected = SubmitRequest(
            transaction: Sample.transaction, parents: [.malformed(row.message)])
        #expect(try SidecarAPI.submit.decodeRequest(bytes) == .wellFormed(expected))
    }

    @Test func aParentsPositionIsNamed() throws {
        let broken = HandBuilt.qc.setting([1], to: nil)
        let tree = ProtobufTree.message([
            (1, HandBuilt.transaction), (2, HandBuilt.qc), (2, broken),
        ])
        let expected = SubmitRequest(
            transaction: Sample.transaction,
            parents: [
                .parsed(Sample.qc), .malformed("parent_qcs[1].tx_hash: 0 bytes, expected 32"),
            ])
        #expect(try SidecarAPI.submit.decodeRequest(tree.encoded) == .wellFormed(expected))
    }

    @Test func theGreatestAllowedSizesAreTaken() throws {
        let parents = Array(repeating: (2, HandBuilt.qc), count: WireLimits.parentQCCountMax)
        let transaction = HandBuilt.transaction
            .setting([2, 1], to: .bytes(7, count: WireLimits.tempoTxBytesMax))
            .setting([7], to: .text(String(repeating: "é", count: 64)))
        let bytes = ProtobufTree.message([(1, transaction)] + parents).encoded
        var expected = SubmitRequest(
            transaction: Sample.transaction,
            parents: Array(repeating: .parsed(Sample.qc), count: 64))
        expected.transaction.tempoTx = Array(repeating: 7, count: 131_072)
        expected.transaction.clientRequestID = String(repeating: "é", count: 64)
        #expect(try SidecarAPI.submit.decodeRequest(bytes) == .wellFormed(expected))
    }

    @Test func moreParentsThanAllowedAreAnInvalidFormat() throws {
        let parents = Array(repeating: (2, HandBuilt.qc), count: 65)
        let bytes = ProtobufTree.message([(1, HandBuilt.transaction)] + parents).encoded
        #expect(
            try SidecarAPI.submit.decodeRequest(bytes)
                == .malformed(
                    RejectReason(.invalidFormat, "parent_qcs: 65 of them, at most 64")))
    }

    @Test func moreCertificatesThanAnyCommitteeHasSeatsMakeAParentMalformed() throws {
        let certificates = Array(repeating: (3, HandBuilt.bareCertificate), count: 1025)
        let parent = ProtobufTree.message(
            [(1, .bytes(1, count: 32)), (2, .bytes(2, count: 32))] + certificates)
        let bytes = ProtobufTree.message([(1, HandBuilt.transaction), (2, parent)]).encoded
        let expected = SubmitRequest(
            transaction: Sample.transaction,
            parents: [.malformed("parent_qcs[0].certs: 1025 of them, at most 1024")])
        #expect(try SidecarAPI.submit.decodeRequest(bytes) == .wellFormed(expected))
    }

    @Test func whatWasReceivedMalformedIsNotSentOn() {
        let reason = RejectReason(.invalidFormat, "nonce: missing")
        #expect(throws: WireError("tx", .malformed("nonce: missing"))) {
            try SidecarAPI.submit.encodeRequest(.malformed(reason))
        }
        let request = SubmitRequest(
            transaction: Sample.transaction, parents: [.malformed("parent_qcs[0]: broken")])
        #expect(throws: WireError("parent_qcs", .malformed("parent_qcs[0]: broken"))) {
            try SidecarAPI.submit.encodeRequest(.wellFormed(request))
        }
    }
}
