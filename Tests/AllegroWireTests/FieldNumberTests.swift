import AllegroModels
import AllegroWire
import GRPC
import Testing

/// That values become exactly the bytes that the protocol's table gives, and come back from them.
///
/// The bytes are written by hand, so a wrong field number or type cannot cancel itself out.
struct FieldNumberTests {
    /// Checks one message in both directions.
    private func expect<Value: Equatable>(
        _ value: Value, is tree: ProtobufTree, encode: (Value) throws -> [UInt8],
        decode: ([UInt8]) throws -> Value, _ location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(try encode(value) == tree.encoded, sourceLocation: location)
        #expect(try decode(tree.encoded) == value, sourceLocation: location)
    }

    private func expectRequest<Request: Equatable, Response>(
        of method: RPCMethod<Request, Response>, _ request: Request, is tree: ProtobufTree,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        try expect(
            request, is: tree, encode: method.encodeRequest, decode: method.decodeRequest,
            location)
    }

    private func expectResponse<Request, Response: Equatable>(
        of method: RPCMethod<Request, Response>, _ response: Response, is tree: ProtobufTree,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        try expect(
            response, is: tree, encode: method.encodeResponse, decode: method.decodeResponse,
            location)
    }

    @Test func aPaymentHasTheTablesFieldNumbers() throws {
        try expectRequest(of: SidecarAPI.submit, Sample.submit, is: HandBuilt.submit)
        try expectRequest(of: SidecarAPI.submitStream, Sample.submit, is: HandBuilt.submit)
        try expectRequest(of: AggregatorAPI.submit, Sample.submit, is: HandBuilt.submit)
    }

    @Test func aPaymentWithNothingOptionalHasTheTablesFieldNumbers() throws {
        var transaction = Sample.transaction
        transaction.format = .evmOpaqueBytesV1
        transaction.intent = nil
        transaction.overlayPayment = nil
        transaction.expiry = .unixMillis(1_700_000_000_000)
        transaction.parentQCHash = nil
        transaction.clientRequestID = ""
        let tree = HandBuilt.transaction
            .setting([3], to: nil)
            .setting([5], to: .message([(2, .varint(1_700_000_000_000))]))
            .setting([6], to: nil).setting([7], to: nil)
            .setting([8], to: .varint(1)).setting([9], to: nil)
        try expectRequest(
            of: SidecarAPI.submit, .wellFormed(SubmitRequest(transaction: transaction)),
            is: .message([(1, tree)]))
    }

    @Test func answersToAPaymentHaveTheTablesFieldNumbers() throws {
        try expectResponse(
            of: SidecarAPI.submit, .certified(Sample.certificate),
            is: .message([(1, HandBuilt.certificate)]))
        try expectResponse(
            of: SidecarAPI.submit, .certified(Sample.bareCertificate),
            is: .message([(1, HandBuilt.bareCertificate)]))
        try expectResponse(
            of: SidecarAPI.submit, .rejected(Sample.reason), is: .message([(2, HandBuilt.reason)]))
        try expectResponse(
            of: SidecarAPI.submitStream, .certified(Sample.certificate),
            is: .message([(1, HandBuilt.certificate)]))
        try expectResponse(
            of: SidecarAPI.submitStream, .rejected(Sample.reason),
            is: .message([(2, HandBuilt.reason)]))
        try expectResponse(
            of: SidecarAPI.submitStream, .lifecycle(Sample.lifecycle),
            is: .message([(3, HandBuilt.lifecycle)]))
    }

    @Test(arguments: RejectCode.allCases)
    func everyRejectCodeHasItsNumber(code: RejectCode) throws {
        try expectResponse(
            of: SidecarAPI.submit, .rejected(RejectReason(code, "why")),
            is: .message([(2, .message([(1, .varint(UInt64(code.rawValue))), (2, .text("why"))]))]))
    }

    @Test(arguments: zip(LifecycleUpdate.Stage.allCases, UInt64(1)...5))
    func everyStageHasItsNumber(stage: LifecycleUpdate.Stage, number: UInt64) throws {
        var update = Sample.lifecycle
        update.stage = stage
        try expectResponse(
            of: SidecarAPI.submitStream, .lifecycle(update),
            is: .message([(3, HandBuilt.lifecycle.setting([2], to: .varint(number)))]))
    }

    @Test func theBulletinBoardHasTheTablesFieldNumbers() throws {
        let cursor = BulletinCursor(board: 0xab, position: 0xcd)
        let request = BulletinBoardRequest(
            filter: .txHash(TxHash(repeating: 0x21)), sinceUnixMillis: 4000, limit: 50,
            cursor: cursor.description)
        try expectRequest(of: SidecarAPI.bulletinBoard, request, is: HandBuilt.boardRequest)
        #expect(request.position == cursor)
        try expectRequest(
            of: SidecarAPI.bulletinBoard,
            BulletinBoardRequest(filter: .address(Address(repeating: 0x07))),
            is: .message([(2, HandBuilt.address(0x07))]))
        try expectRequest(of: SidecarAPI.bulletinBoard, BulletinBoardRequest(), is: .message([]))
        try expectResponse(
            of: SidecarAPI.bulletinBoard,
            BulletinBoardResponse(
                certificates: [Sample.certificate, Sample.bareCertificate],
                nextCursor: BulletinCursor(board: 0xab, position: 0xcf).description),
            is: HandBuilt.board)
    }

    @Test func aConfirmationHasTheTablesFieldNumbers() throws {
        try expectRequest(
            of: SidecarAPI.confirm, .wellFormed(Sample.qc), is: .message([(1, HandBuilt.qc)]))
        try expectResponse(
            of: SidecarAPI.confirm, .confirmed(Sample.confirmed),
            is: .message([(1, HandBuilt.confirmed)]))
        var settled = Sample.confirmed
        settled.qcHash = nil
        settled.nextSequence = 0
        try expectResponse(
            of: SidecarAPI.confirm, .confirmed(settled),
            is: .message([
                (1, HandBuilt.confirmed.setting([3], to: nil).setting([5], to: nil))
            ]))
        try expectResponse(
            of: SidecarAPI.confirm, .rejected(Sample.reason), is: .message([(2, HandBuilt.reason)]))
    }

    @Test func anAccountHasTheTablesFieldNumbers() throws {
        let request = AccountRequest(
            address: Address(repeating: 0x07), key: NonceKey(repeating: 0x0a), limit: 50,
            cursor: Sample.position.cursor)
        try expectRequest(of: SidecarAPI.account, request, is: HandBuilt.accountRequest)
        #expect(request.position == Sample.position)
        try expectRequest(
            of: SidecarAPI.account, AccountRequest(address: Address(repeating: 0x07)),
            is: .message([(1, HandBuilt.address(0x07))]))
        try expectResponse(of: SidecarAPI.account, Sample.account, is: HandBuilt.account)
        try expectResponse(
            of: SidecarAPI.account,
            AccountPage(balances: [], nonces: [], payments: [], nextCursor: ""), is: .message([]))
    }

    @Test func validatorInfoAndChainHeadHaveTheTablesFieldNumbers() throws {
        try expectResponse(of: SidecarAPI.validatorInfo, Sample.info, is: HandBuilt.info)
        try expectResponse(of: SidecarAPI.chainHead, Sample.head, is: HandBuilt.head)
        try expectResponse(of: AggregatorAPI.chainHead, Sample.head, is: HandBuilt.head)
        #expect(try SidecarAPI.validatorInfo.encodeRequest(()).isEmpty)
        #expect(try SidecarAPI.chainHead.encodeRequest(()).isEmpty)
        try SidecarAPI.validatorInfo.decodeRequest([])
        try SidecarAPI.chainHead.decodeRequest([])
    }

    @Test func theGatewaysMessagesHaveTheTablesFieldNumbers() throws {
        try expectResponse(of: AggregatorAPI.submit, Sample.fanout, is: HandBuilt.fanout)
        try expectRequest(
            of: AggregatorAPI.quorumCertificate,
            QuorumCertificateRequest(
                txHash: TxHash(repeating: 0x21), effectsHash: EffectsHash(repeating: 0x22),
                threshold: 2),
            is: HandBuilt.qcRequest)
        try expectResponse(
            of: AggregatorAPI.quorumCertificate, .formed(Sample.qc),
            is: .message([(1, HandBuilt.qc)]))
        try expectResponse(
            of: AggregatorAPI.quorumCertificate, .rejected(Sample.reason),
            is: .message([(2, HandBuilt.reason)]))
        try expectRequest(
            of: AggregatorAPI.txStatus, TxHash(repeating: 0x21),
            is: .message([(1, .bytes(0x21, count: 32))]))
        try expectResponse(of: AggregatorAPI.txStatus, Sample.status, is: HandBuilt.status)
    }

    @Test func whatAGatewayDoesNotKnowIsLeftOut() throws {
        var fanout = Sample.fanout
        fanout.effectsHash = nil
        fanout.certificates = []
        fanout.thresholdMet = false
        try expectResponse(
            of: AggregatorAPI.submit, fanout,
            is: HandBuilt.fanout.setting([2], to: nil).setting([3], to: nil)
                .setting([5], to: nil))
        try expectRequest(
            of: AggregatorAPI.quorumCertificate,
            QuorumCertificateRequest(txHash: TxHash(repeating: 0x21), threshold: 0),
            is: .message([(1, .bytes(0x21, count: 32))]))
        try expectResponse(
            of: AggregatorAPI.txStatus,
            TxStatus(
                txHash: TxHash(repeating: 0x21), certificates: [], qcHash: nil, stage: nil,
                observedBlockHeight: 0, lastUpdatedUnixMillis: 0),
            is: .message([(1, .bytes(0x21, count: 32))]))
    }
}
