package import AllegroModels
package import GRPC

/// The methods of a validator's sidecar.
///
/// A request that cannot be decoded is answered with the status
/// `INVALID_ARGUMENT`.
package enum SidecarAPI {
    /// The service's full name.
    package static let service = "tempo.fastpay.v1.FastPaySidecar"

    /// Unary: certifies a payment.
    package static let submit = RPCMethod<SubmitMessage, SubmitResult>(
        service, "SubmitFastPay", request: .submitRequest, response: .submitResponse)

    /// Both sides stream: payments in, what happens to them out.
    package static let submitStream = RPCMethod<SubmitMessage, SubmitEvent>(
        service, "SubmitFastPayStream", request: .submitRequest, response: .submitEvent)

    /// Unary: teaches the validator a quorum certificate.
    package static let confirm = RPCMethod<ConfirmMessage, ConfirmResult>(
        service, "ConfirmFastPay", request: .confirmRequest, response: .confirmResponse)

    /// Unary: an account as the validator sees it.
    ///
    /// A cursor that is not an account's position is refused when a request is decoded.
    package static let account = RPCMethod<AccountRequest, AccountPage>(
        service, "GetAccount", request: .accountRequest, response: .accountResponse)

    /// Unary: reads the bulletin board.
    ///
    /// A cursor that is not a ``BulletinCursor`` is refused when a request is decoded.
    package static let bulletinBoard = RPCMethod<BulletinBoardRequest, BulletinBoardResponse>(
        service, "GetBulletinBoard", request: .sidecarBulletinBoardRequest,
        response: .bulletinBoardResponse)

    /// Unary: who this validator is.
    package static let validatorInfo = RPCMethod<Void, ValidatorInfo>(
        service, "GetValidatorInfo", request: .validatorInfoRequest,
        response: .validatorInfoResponse)

    /// Unary: the head of the chain.
    package static let chainHead = RPCMethod<Void, ChainHead>(
        service, "GetChainHead", request: .chainHeadRequest,
        response: .chainHeadResponse.rememberingLast())
}
