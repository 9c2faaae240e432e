internal import AllegroCrypto
internal import AllegroModels
internal import AllegroWire
internal import CertificateStore
internal import GRPC
internal import SidecarCore

/// The methods of `tempo.fastpay.v1.FastPaySidecar`.
struct SidecarService: Sendable {
    private let admission: Admission
    private let ledger: Ledger
    private let signer: CertificateSigner
    private let quorums: QuorumCollector
    private let head: any ChainHeadSource
    private let committee: CommitteeDirectory
    private let storeInstance: UInt64
    private let boardCountMax: Int
    private let peers: [String]
    private let readGate = ReadGate()

    /// - Parameter boardCountMax: certificates in one answer of `GetBulletinBoard` at most, and entries
    ///   of each list in one of `GetAccount`.
    init(
        admission: Admission, ledger: Ledger, signer: CertificateSigner,
        quorums: QuorumCollector, head: any ChainHeadSource,
        committee: CommitteeDirectory, storeInstance: UInt64, boardCountMax: Int, peers: [String]
    ) {
        self.admission = admission
        self.ledger = ledger
        self.signer = signer
        self.quorums = quorums
        self.head = head
        self.committee = committee
        self.storeInstance = storeInstance
        self.boardCountMax = boardCountMax
        self.peers = peers
    }

    /// The methods, for any transport.
    var router: RPCRouter {
        var router = RPCRouter()
        router.unary(SidecarAPI.submit) { message, _ in await submit(message) }
        router.streaming(SidecarAPI.submitStream) { messages, events, _ in
            for try await message in messages {
                for event in await self.events(for: message) { try await events.write(event) }
            }
        }
        router.unary(SidecarAPI.confirm) { message, _ in await confirm(message) }
        router.unary(SidecarAPI.bulletinBoard) { request, _ in try await board(request) }
        router.unary(SidecarAPI.account) { request, _ in try await account(request) }
        let info = ValidatorInfo(validator: signer.identity, gossipPeers: peers)
        router.unary(SidecarAPI.validatorInfo, immediately: { _ in info })
        router.unary(SidecarAPI.chainHead, immediately: { _ in head.current })
        return router
    }

    // MARK: Certifying

    private func submit(_ message: SubmitMessage) async -> SubmitResult {
        let admitted: AdmittedPayment
        switch message {
        case .malformed(let reason): return .rejected(reason)
        case .wellFormed(let request):
            do {
                admitted = try admission.admit(request, at: head.moment)
            } catch {
                return .rejected(error)
            }
        }
        switch await ledger.certify(admitted) {
        case .refused(let reason): return .rejected(reason)
        case .permitted(let permit, let isSignedByOthers):
            let certificate = signer.sign(permit)
            quorums.noteOwn(certificate.txHash, isSignedByOthers: isSignedByOthers)
            return .certified(certificate)
        }
    }

    private func events(for message: SubmitMessage) async -> [SubmitEvent] {
        switch await submit(message) {
        case .rejected(let reason): return [.rejected(reason)]
        case .certified(let certificate):
            let moment = head.moment
            return [
                .certified(certificate),
                .lifecycle(
                    LifecycleUpdate(
                        txHash: certificate.txHash, stage: .certified,
                        unixMillis: moment.unixMillis, blockHeight: moment.blockHeight)),
            ]
        }
    }

    private func confirm(_ message: ConfirmMessage) async -> ConfirmResult {
        let verified: VerifiedQuorumCertificate
        switch message {
        case .malformed(let reason): return .rejected(reason)
        case .wellFormed(let qc):
            do {
                verified = try admission.verify(qc)
            } catch {
                return .rejected(error)
            }
        }
        switch await ledger.confirm(verified) {
        case .success(let payment): return .confirmed(payment)
        case .failure(let reason): return .rejected(reason)
        }
    }

    // MARK: Reading

    private func board(_ request: BulletinBoardRequest) async throws -> BulletinBoardResponse {
        var after: Int64 = 0
        // A cursor of a store that is gone says nothing about this one: begin anew.
        if let cursor = request.position, cursor.board == storeInstance {
            after = Int64(clamping: cursor.position)
        }
        let filter: BoardQuery.Filter =
            switch request.filter {
            case .all: .all
            case .txHash(let hash): .txHash(hash)
            case .address(let address): .account(address)
            }
        let query = BoardQuery(
            filter: filter, sinceUnixMillis: request.sinceUnixMillis, after: after,
            countMax: countMax(request.limit))
        return try await readGate.pass {
            let page = try await ledger.board(query)
            let cursor = BulletinCursor(
                board: storeInstance, position: UInt64(page.entries.last?.position ?? after))
            let committee = committee.current
            return BulletinBoardResponse(
                certificates: signer.certificates(of: page).map { $0.naming(committee) },
                nextCursor: cursor.description)
        }
    }

    private func account(_ request: AccountRequest) async throws -> AccountPage {
        let query = AccountQuery(
            account: request.address, key: request.key,
            after: request.position ?? AccountPosition(), countMax: countMax(request.limit))
        return try await readGate.pass {
            let (page, next) = try await ledger.account(query)
            return AccountPage(
                balances: page.balances, nonces: page.nonces, payments: page.payments,
                nextCursor: next?.cursor ?? "")
        }
    }

    /// What a caller's limit comes to; 0 leaves it to the server, whose own limit always holds.
    private func countMax(_ limit: UInt32) -> Int {
        limit == 0 ? boardCountMax : min(Int(limit), boardCountMax)
    }
}

extension Certificate {
    /// The certificate with its signer's key and name, as the committee has them.
    fileprivate func naming(_ committee: Committee) -> Certificate {
        guard let member = committee.member(signer.id) else { return self }
        var named = self
        named.signer = ValidatorReference(member)
        return named
    }
}
