internal import AllegroModels
internal import SwiftProtobuf

// One codec for each message that is a request or a response.

extension MessageCodec<SubmitMessage> {
    static let submitRequest = MessageCodec(
        PBSubmitFastPayRequest.self, from: SubmitMessage.init(_:),
        to: PBSubmitFastPayRequest.init(_:))
}

extension MessageCodec<SubmitResult> {
    static let submitResponse = MessageCodec(
        PBSubmitFastPayResponse.self, from: SubmitResult.init(_:),
        to: PBSubmitFastPayResponse.init(_:))
}

extension MessageCodec<SubmitEvent> {
    static let submitEvent = MessageCodec(
        PBSubmitFastPayEvent.self, from: SubmitEvent.init(_:), to: PBSubmitFastPayEvent.init(_:))
}

extension MessageCodec<ConfirmMessage> {
    static let confirmRequest = MessageCodec(
        PBConfirmFastPayRequest.self, from: ConfirmMessage.init(_:),
        to: PBConfirmFastPayRequest.init(_:))
}

extension MessageCodec<ConfirmResult> {
    static let confirmResponse = MessageCodec(
        PBConfirmFastPayResponse.self, from: ConfirmResult.init(_:),
        to: PBConfirmFastPayResponse.init(_:))
}

extension MessageCodec<AccountRequest> {
    /// The cursor must be empty or an ``AccountPosition``'s.
    static let accountRequest = MessageCodec(
        PBGetAccountRequest.self,
        from: { message in
            let request = try AccountRequest(message)
            guard request.cursor.isEmpty || request.position != nil else {
                throw WireError("cursor", .notAnAccountCursor)
            }
            return request
        },
        to: PBGetAccountRequest.init(_:))
}

extension MessageCodec<AccountPage> {
    static let accountResponse = MessageCodec(
        PBGetAccountResponse.self, from: AccountPage.init(_:), to: PBGetAccountResponse.init(_:))
}

extension MessageCodec<BulletinBoardRequest> {
    static let bulletinBoardRequest = MessageCodec(
        PBGetBulletinBoardRequest.self, from: BulletinBoardRequest.init(_:),
        to: PBGetBulletinBoardRequest.init(_:))

    /// As ``bulletinBoardRequest``, and the cursor must be empty or a ``BulletinCursor``.
    static let sidecarBulletinBoardRequest = MessageCodec(
        PBGetBulletinBoardRequest.self,
        from: { message in
            let request = try BulletinBoardRequest(message)
            guard request.cursor.isEmpty || request.position != nil else {
                throw WireError("cursor", .notACursor)
            }
            return request
        },
        to: PBGetBulletinBoardRequest.init(_:))
}

extension MessageCodec<BulletinBoardResponse> {
    static let bulletinBoardResponse = MessageCodec(
        PBGetBulletinBoardResponse.self, from: BulletinBoardResponse.init(_:),
        to: PBGetBulletinBoardResponse.init(_:))
}

extension MessageCodec<Void> {
    static let validatorInfoRequest = MessageCodec(
        PBGetValidatorInfoRequest.self, from: { _ in }, to: { PBGetValidatorInfoRequest() })

    static let chainHeadRequest = MessageCodec(
        PBGetChainHeadRequest.self, from: { _ in }, to: { PBGetChainHeadRequest() })
}

extension MessageCodec<ValidatorInfo> {
    static let validatorInfoResponse = MessageCodec(
        PBGetValidatorInfoResponse.self, from: ValidatorInfo.init(_:),
        to: PBGetValidatorInfoResponse.init(_:))
}

extension MessageCodec<ChainHead> {
    static let chainHeadResponse = MessageCodec(
        PBGetChainHeadResponse.self, from: ChainHead.init(_:), to: PBGetChainHeadResponse.init(_:))
}

extension MessageCodec<FanoutResponse> {
    static let fanoutResponse = MessageCodec(
        PBSubmitFastPayFanoutResponse.self, from: FanoutResponse.init(_:),
        to: PBSubmitFastPayFanoutResponse.init(_:))
}

extension MessageCodec<QuorumCertificateRequest> {
    static let quorumCertificateRequest = MessageCodec(
        PBGetQuorumCertificateRequest.self, from: QuorumCertificateRequest.init(_:),
        to: PBGetQuorumCertificateRequest.init(_:))
}

extension MessageCodec<QuorumCertificateResult> {
    static let quorumCertificateResponse = MessageCodec(
        PBGetQuorumCertificateResponse.self, from: QuorumCertificateResult.init(_:),
        to: PBGetQuorumCertificateResponse.init(_:))
}

extension MessageCodec<TxHash> {
    static let txStatusRequest = MessageCodec(
        PBGetTxStatusRequest.self,
        from: { message in try parse(message.txHash, "tx_hash") },
        to: PBGetTxStatusRequest.init(_:))
}

extension MessageCodec<TxStatus> {
    static let txStatusResponse = MessageCodec(
        PBGetTxStatusResponse.self, from: TxStatus.init(_:), to: PBGetTxStatusResponse.init(_:))
}
