package import AllegroModels
package import GRPC

/// The methods of a gateway.
package enum AggregatorAPI {
    /// The service's full name.
    package static let service = "tempo.fastpay.v1.FastPayAggregator"

    /// Unary: submits a payment to every validator.
    package static let submit = RPCMethod<SubmitMessage, FanoutResponse>(
        service, "SubmitFastPay", request: .submitRequest, response: .fanoutResponse)

    /// Unary: reads what the gateway knows of all bulletin boards; the cursor is the gateway's own.
    package static let bulletinBoard = RPCMethod<BulletinBoardRequest, BulletinBoardResponse>(
        service, "GetBulletinBoard", request: .bulletinBoardRequest,
        response: .bulletinBoardResponse)

    /// Unary: makes a quorum certificate.
    package static let quorumCertificate = RPCMethod<
        QuorumCertificateRequest, QuorumCertificateResult
    >(
        service, "GetQuorumCertificate", request: .quorumCertificateRequest,
        response: .quorumCertificateResponse)

    /// Unary: the head of the chain.
    package static let chainHead = RPCMethod<Void, ChainHead>(
        service, "GetChainHead", request: .chainHeadRequest, response: .chainHeadResponse)

    /// Unary: how far a payment has come.
    package static let txStatus = RPCMethod<TxHash, TxStatus>(
        service, "GetTxStatus", request: .txStatusRequest, response: .txStatusResponse)
}
