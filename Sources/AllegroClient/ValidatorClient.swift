public import AllegroModels
internal import AllegroWire
package import GRPC

/// What a validator could not be asked, or did not answer.
public struct ValidatorUnreachable: Error, Hashable, Sendable, CustomStringConvertible {
    /// The gRPC status and its message, for people.
    public var description: String

    init(_ error: RPCError) {
        description = "\(error.code): \(error.message)"
    }
}

/// One validator's sidecar, as a client calls it.
public struct ValidatorClient: Sendable {
    private let client: RPCClient
    private let timeout: Duration

    /// - Parameter timeout: how long one call may take.
    package init(_ client: RPCClient, timeout: Duration) {
        self.client = client
        self.timeout = timeout
    }

    /// Who the validator says it is.
    public func identity() async throws(ValidatorUnreachable) -> ValidatorIdentity {
        try await call(SidecarAPI.validatorInfo, ()).validator
    }

    /// The height of the validator's head block.
    public func blockHeight() async throws(ValidatorUnreachable) -> UInt64 {
        try await call(SidecarAPI.chainHead, ()).blockHeight
    }

    /// Asks for a certificate.
    ///
    /// - Returns: the certificate, not verified, or the validator's refusal.
    public func submit(
        _ payment: FastPayTransaction, parents: [QuorumCertificate]
    ) async throws(ValidatorUnreachable) -> Result<Certificate, RejectReason> {
        let request = SubmitRequest(transaction: payment, parents: parents.map { .parsed($0) })
        switch try await call(SidecarAPI.submit, .wellFormed(request)) {
        case .certified(let certificate): return .success(certificate)
        case .rejected(let reason): return .failure(reason)
        }
    }

    /// Teaches the validator a quorum certificate, so that it need not wait for gossip.
    ///
    /// - Returns: what the validator now holds for the payment's place, or its refusal.
    public func confirm(
        _ qc: QuorumCertificate
    ) async throws(ValidatorUnreachable) -> Result<ConfirmedPayment, RejectReason> {
        switch try await call(SidecarAPI.confirm, .wellFormed(qc)) {
        case .confirmed(let payment): return .success(payment)
        case .rejected(let reason): return .failure(reason)
        }
    }

    /// A page of an account as the validator sees it: its word, which nothing proves.
    ///
    /// - Parameter key: only what is under this key; nil for all keys.
    /// - Parameter limit: how long each list may be; 0 leaves it to the validator.
    /// - Parameter cursor: ``AccountPage/nextCursor`` of the page before; empty for the first.
    public func account(
        _ address: Address, key: NonceKey? = nil, limit: UInt32 = 0, after cursor: String = ""
    ) async throws(ValidatorUnreachable) -> AccountPage {
        try await call(
            SidecarAPI.account,
            AccountRequest(address: address, key: key, limit: limit, cursor: cursor))
    }

    /// The certificates of one payment on the validator's bulletin board, not verified.
    public func certificates(
        for txHash: TxHash
    ) async throws(ValidatorUnreachable) -> [Certificate] {
        try await call(
            SidecarAPI.bulletinBoard, BulletinBoardRequest(filter: .txHash(txHash))
        ).certificates
    }

    /// Ends the connection.
    public func close() async { await client.close() }

    private func call<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ request: Request
    ) async throws(ValidatorUnreachable) -> Response {
        do {
            return try await client.unary(method, request, timeout: timeout)
        } catch {
            throw ValidatorUnreachable(error)
        }
    }
}
