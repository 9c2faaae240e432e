internal import AllegroCrypto
internal import AllegroModels
internal import AllegroWire
internal import GRPC
internal import Logging

/// Pulls the bulletin boards of the peers and stores what verifies (rule S11).
struct Gossip: Sendable {
    /// How often and how much is pulled.
    struct Limits: Hashable, Sendable {
        var intervalMillis: UInt64
        /// Certificates in one page.
        var pullCountMax: UInt32
        /// Pages in one turn, so that no peer can keep this validator busy.
        var pagesPerTurnMax = 64
        /// How long a peer may take for one answer, in milliseconds.
        var callTimeoutMillis: UInt64 = 5_000

        init(intervalMillis: UInt64, pullCountMax: UInt32) {
            self.intervalMillis = intervalMillis
            self.pullCountMax = pullCountMax
        }
    }

    private static let introductionPause = Duration.milliseconds(100)

    private let peers: [GossipPeer]
    private let limits: Limits

    init(
        peers: [(url: String, client: RPCClient)], own: ValidatorID, chainID: UInt64,
        ledger: Ledger, committee: CommitteeDirectory, quorums: QuorumCollector, limits: Limits,
        logger: Logger
    ) {
        self.limits = limits
        self.peers = peers.map { url, client in
            GossipPeer(
                url: url, client: client, own: own, chainID: chainID, ledger: ledger,
                committee: committee, quorums: quorums, limits: limits, logger: logger)
        }
    }

    /// Pulls from every peer at its own pace until the task is cancelled.
    func run() async {
        let interval = Duration.milliseconds(limits.intervalMillis)
        await withTaskGroup { group in
            for peer in peers {
                group.addTask {
                    var state = GossipPeer.State()
                    while !Task.isCancelled {
                        await peer.pull(&state)
                        // Who the committee is must be known before anything else can go on.
                        let pause =
                            state.isIntroduced ? interval : min(interval, Self.introductionPause)
                        try? await Task.sleep(for: pause)
                    }
                }
            }
        }
    }
}

/// One peer and how far its board was read.
struct GossipPeer: Sendable {
    /// What is remembered from one pull to the next.
    struct State {
        var cursor = ""
        var isIntroduced = false
        var isReachable = true
    }

    let url: String
    let client: RPCClient
    let own: ValidatorID
    let chainID: UInt64
    let ledger: Ledger
    let committee: CommitteeDirectory
    let quorums: QuorumCollector
    let limits: Gossip.Limits
    let logger: Logger

    private var timeout: Duration { .milliseconds(limits.callTimeoutMillis) }

    func pull(_ state: inout State) async {
        do {
            if !state.isIntroduced { state.isIntroduced = try await introduce() }
            for _ in 0..<limits.pagesPerTurnMax {
                let page = try await client.unary(
                    SidecarAPI.bulletinBoard,
                    BulletinBoardRequest(limit: limits.pullCountMax, cursor: state.cursor),
                    timeout: timeout)
                guard page.certificates.count <= Int(limits.pullCountMax) else {
                    throw OversizedPage(count: page.certificates.count)
                }
                try await store(page.certificates)
                // Only now: what could not be stored is pulled again. A short page is not always the
                // last, since the peer has a limit of its own.
                let isLast = page.certificates.isEmpty || page.nextCursor == state.cursor
                state.cursor = page.nextCursor
                if isLast { break }
            }
            if !state.isReachable { logger.info("peer is back", metadata: ["peer": "\(url)"]) }
            state.isReachable = true
        } catch {
            if state.isReachable, !Task.isCancelled {
                logger.warning(
                    "peer cannot be pulled from",
                    metadata: ["peer": "\(url)", "error": "\(error)"])
            }
            state.isReachable = false
        }
    }

    /// Asks the peer who it is, where the committee is made of introductions.
    ///
    /// - Returns: whether the peer's certificates can count.
    private func introduce() async throws -> Bool {
        guard committee.acceptsIntroductions else { return true }
        let info = try await client.unary(SidecarAPI.validatorInfo, (), timeout: timeout)
        do {
            if try committee.introduce(info.validator) {
                let current = committee.current
                logger.info(
                    "validator introduced itself",
                    metadata: [
                        "peer": "\(url)", "validator": "\(info.validator.id)",
                        "name": "\(info.validator.name)",
                        "members": "\(current.members.count)", "seats": "\(current.seats)",
                        "quorum": "\(current.quorum)",
                    ])
            }
            return committee.current.member(info.validator.id) != nil
        } catch {
            logger.error(
                "introduction refused", metadata: ["peer": "\(url)", "reason": "\(error)"])
            return false
        }
    }

    private func store(_ certificates: [Certificate]) async throws {
        let committee = committee.current
        var verified: [Certificate] = []
        for certificate in try await ledger.unknown(certificates) {
            do {
                try certificate.verify(chainID: chainID, committee: committee)
            } catch {
                logger.debug(
                    "certificate dropped",
                    metadata: [
                        "peer": "\(url)", "tx_hash": "\(certificate.txHash)",
                        "signer": "\(certificate.signer.id)", "reason": "\(error)",
                    ])
                continue
            }
            if certificate.signer.id == own {
                // What our own key has signed must be known here (rule S1).
                try await ledger.check(certificate)
            } else {
                verified.append(certificate)
            }
        }
        guard !verified.isEmpty else { return }
        for txHash in try await ledger.record(verified) { quorums.note(txHash) }
    }
}

/// A peer's page has more certificates than were asked for.
private struct OversizedPage: Error, CustomStringConvertible {
    let count: Int

    var description: String { "a page has \(count) certificates, more than were asked for" }
}
