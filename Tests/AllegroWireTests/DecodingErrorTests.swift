import AllegroModels
import AllegroWire
import GRPC
import Testing

/// What decoding throws on: bytes that are no message, and reading requests and answers whose
/// fields have the wrong size.
struct DecodingErrorTests {
    @Test(
        arguments: [
            // A field number 0, a length beyond the end, a group that is not closed, a varint of 11
            // bytes, and text that is not UTF-8.
            [0x00], [0x0a, 0x05, 0x01], [0x0b], Array(repeating: 0xff, count: 11),
            [0x0a, 0x04, 0x3a, 0x02, 0xc3, 0x28],
        ] as [[UInt8]])
    func bytesThatAreNoMessageAreRefused(bytes: [UInt8]) {
        let refusal = RPCError(
            .invalidArgument, WireError("SubmitFastPayRequest", .notProtobuf).description)
        #expect(throws: refusal) {
            try SidecarAPI.submit.decodeRequest(bytes)
        }
    }

    @Test func everyMethodRefusesBytesThatAreNoMessage() {
        let garbage = ProtobufTree.bytes([0x0a, 0xff])
        let refusals = [
            refusal(of: SidecarAPI.submitStream.decodeRequest, garbage),
            refusal(of: SidecarAPI.confirm.decodeRequest, garbage),
            refusal(of: SidecarAPI.bulletinBoard.decodeRequest, garbage),
            refusal(of: SidecarAPI.account.decodeRequest, garbage),
            refusal(of: SidecarAPI.validatorInfo.decodeRequest, garbage),
            refusal(of: SidecarAPI.chainHead.decodeRequest, garbage),
            refusal(of: AggregatorAPI.submit.decodeRequest, garbage),
            refusal(of: AggregatorAPI.quorumCertificate.decodeRequest, garbage),
            refusal(of: AggregatorAPI.txStatus.decodeRequest, garbage),
            refusal(of: SidecarAPI.submit.decodeResponse, garbage),
            refusal(of: SidecarAPI.submitStream.decodeResponse, garbage),
        ]
        #expect(
            refusals == [
                "SubmitFastPayRequest: not a protobuf message",
                "ConfirmFastPayRequest: not a protobuf message",
                "GetBulletinBoardRequest: not a protobuf message",
                "GetAccountRequest: not a protobuf message",
                "GetValidatorInfoRequest: not a protobuf message",
                "GetChainHeadRequest: not a protobuf message",
                "SubmitFastPayRequest: not a protobuf message",
                "GetQuorumCertificateRequest: not a protobuf message",
                "GetTxStatusRequest: not a protobuf message",
                "SubmitFastPayResponse: not a protobuf message",
                "SubmitFastPayEvent: not a protobuf message",
            ])
    }

    @Test func fieldsOfALaterVersionAreSkipped() throws {
        let later = HandBuilt.submit.setting([99], to: .text("new"))
            .setting([1, 98], to: .varint(1))
        #expect(try SidecarAPI.submit.decodeRequest(later.encoded) == Sample.submit)
    }

    @Test func aReadingRequestNamesItsBrokenField() {
        let board = SidecarAPI.bulletinBoard.decodeRequest
        #expect(
            refusal(of: board, .message([(1, .bytes(1, count: 31))]))
                == "tx_hash: 31 bytes, expected 32")
        #expect(
            refusal(of: board, .message([(2, .message([(1, .bytes(1, count: 32))]))]))
                == "address.data: 32 bytes, expected 20")
        #expect(
            refusal(of: board, .message([(5, .text(String(repeating: "0", count: 65)))]))
                == "cursor: 65 bytes, at most 64")
        #expect(
            refusal(of: AggregatorAPI.txStatus.decodeRequest, .message([]))
                == "tx_hash: 0 bytes, expected 32")
        #expect(
            refusal(
                of: AggregatorAPI.quorumCertificate.decodeRequest,
                .message([(1, .bytes(1, count: 32)), (2, .bytes(1, count: 3))]))
                == "effects_hash: 3 bytes, expected 32")
    }

    @Test(arguments: [
        "17", "00000000000000AB00000000000000cd", "0x000000000000ab00000000000000cd",
        "00000000000000ab00000000000000c", "00000000000000ab00000000000000cd0",
        "gg000000000000ab00000000000000cd",
    ])
    func aSidecarRefusesACursorThatNoBoardGave(cursor: String) {
        let tree = ProtobufTree.message([(5, .text(cursor))])
        #expect(
            refusal(of: SidecarAPI.bulletinBoard.decodeRequest, tree)
                == "cursor: not a position of this bulletin board")
        #expect(refusal(of: AggregatorAPI.bulletinBoard.decodeRequest, tree) == nil)
        #expect(BulletinCursor(cursor) == nil)
    }

    @Test(arguments: [UInt64.min, 1, 0x0123_4567_89ab_cdef, .max])
    func aCursorSurvivesItsText(number: UInt64) {
        let cursor = BulletinCursor(board: number, position: ~number)
        #expect(BulletinCursor(cursor.description) == cursor)
    }

    @Test func anAnswerNamesItsBrokenField() {
        let submit = SidecarAPI.submit.decodeResponse
        #expect(refusal(of: submit, .message([])) == "result: missing")
        #expect(
            refusal(of: submit, .message([(1, HandBuilt.certificate.setting([5], to: nil))]))
                == "cert.signature: 0 bytes, expected 64")
        #expect(
            refusal(of: submit, .message([(2, .message([(2, .text("why"))]))]))
                == "reject.code: 0 is not known")
        #expect(
            refusal(of: submit, .message([(2, .message([(1, .varint(12))]))]))
                == "reject.code: 12 is not known")
        #expect(
            refusal(
                of: submit,
                .message([
                    (2, HandBuilt.reason.setting([2], to: .bytes(0x61, count: 4097)))
                ])) == "reject.message: 4097 bytes, at most 4096")
    }

    @Test func anEventNamesItsBrokenField() {
        let event = SidecarAPI.submitStream.decodeResponse
        #expect(refusal(of: event, .message([])) == "event: missing")
        #expect(
            refusal(of: event, .message([(3, HandBuilt.lifecycle.setting([1], to: nil))]))
                == "lifecycle.tx_hash: 0 bytes, expected 32")
        #expect(
            refusal(of: event, .message([(3, HandBuilt.lifecycle.setting([2], to: nil))]))
                == "lifecycle.stage: missing")
        #expect(
            refusal(of: event, .message([(3, HandBuilt.lifecycle.setting([2], to: .varint(6)))]))
                == "lifecycle.stage: 6 is not known")
    }

    @Test func aPageNamesTheCertificateThatIsBroken() {
        let page = ProtobufTree.message([
            (1, HandBuilt.certificate), (1, HandBuilt.certificate.setting([1, 2], to: nil)),
        ])
        #expect(
            refusal(of: SidecarAPI.bulletinBoard.decodeResponse, page)
                == "certs[1].signer.id: 0 bytes, expected 32")
    }

    @Test func aValidatorMustIntroduceItselfWithItsKey() {
        let info = SidecarAPI.validatorInfo.decodeResponse
        #expect(refusal(of: info, .message([])) == "validator: missing")
        #expect(
            refusal(of: info, HandBuilt.info.setting([1, 3], to: nil))
                == "validator.pubkey: 0 bytes, expected 32")
        #expect(
            refusal(of: info, HandBuilt.info.setting([2], to: .bytes(0x61, count: 2049)))
                == "gossip_peers[0]: 2049 bytes, at most 2048")
        let peers = Array(repeating: (2, ProtobufTree.text("http://a")), count: 1025)
        #expect(
            refusal(of: info, .message([(1, HandBuilt.signer)] + peers))
                == "gossip_peers: 1025 of them, at most 1024")
        #expect(
            refusal(of: SidecarAPI.chainHead.decodeResponse, .message([]))
                == "block_hash: 0 bytes, expected 32")
    }

    @Test func aGatewaysAnswerNamesItsBrokenField() {
        let fanout = AggregatorAPI.submit.decodeResponse
        #expect(
            refusal(of: fanout, HandBuilt.fanout.setting([4, 1], to: nil))
                == "rejects[0].validator: missing")
        #expect(
            refusal(of: fanout, HandBuilt.fanout.setting([4, 2], to: nil))
                == "rejects[0].reject: missing")
        #expect(
            refusal(of: AggregatorAPI.quorumCertificate.decodeResponse, .message([]))
                == "result: missing")
        let status = AggregatorAPI.txStatus.decodeResponse
        #expect(
            refusal(of: status, HandBuilt.status.setting([3], to: nil))
                == "qc_hash: must not be set")
        #expect(
            refusal(of: status, HandBuilt.status.setting([4], to: nil))
                == "qc_hash: 0 bytes, expected 32")
        #expect(
            refusal(of: status, HandBuilt.status.setting([5], to: .varint(9)))
                == "stage: 9 is not known")
    }
}
