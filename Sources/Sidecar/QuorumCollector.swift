internal import AllegroCrypto
internal import AllegroModels
internal import CertificateStore
internal import Logging
internal import Synchronization

/// Makes quorum certificates of what the bulletin board holds, and teaches them to the ledger.
///
/// It works behind the answers: a payment is noted when a certificate for it is new, and looked at
/// as soon as there is time.
final class QuorumCollector: Sendable {
    /// Noted payments that wait at most; more than these are looked at when their next certificate
    /// comes or a client presents the quorum certificate.
    private static let notedCountMax = 65_536
    /// Payments that one look at the board takes.
    private static let stepCountMax = 256

    private let ledger: Ledger
    private let committee: CommitteeDirectory
    private let chainID: UInt64
    private let logger: Logger
    private let noted = Mutex<Set<TxHash>>([])
    /// Payments of which a peer's certificate came, so that our own may complete a quorum.
    private let seenAtPeers: Mutex<RecentSet<TxHash>>
    private let wakeUps: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(
        ledger: Ledger, committee: CommitteeDirectory, chainID: UInt64, logger: Logger
    ) {
        self.ledger = ledger
        self.committee = committee
        self.chainID = chainID
        self.logger = logger
        seenAtPeers = Mutex(RecentSet(countMax: Self.notedCountMax))
        (wakeUps, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Notes that a peer's certificate for the payment is new.
    func noteAtPeer(_ txHash: TxHash) {
        seenAtPeers.withLock { $0.insert(txHash) }
        note(txHash)
    }

    /// Notes that our own certificate for the payment may be new.
    ///
    /// Most of the time it is the first, and then there is nothing to look at yet.
    func noteOwn(_ txHash: TxHash) {
        let mayBeLast =
            committee.current.quorum == 1 || seenAtPeers.withLock { $0.contains(txHash) }
        if mayBeLast { note(txHash) }
    }

    private func note(_ txHash: TxHash) {
        let isNew = noted.withLock { noted in
            noted.count < Self.notedCountMax && noted.insert(txHash).inserted
        }
        if isNew { wake.yield() }
    }

    /// Looks at noted payments until the task is cancelled.
    func run() async {
        await rememberPeers()
        for await _ in wakeUps {
            while true {
                let step = takeStep()
                if step.isEmpty { break }
                await collect(step)
            }
        }
    }

    /// What peers had signed before this process started.
    private func rememberPeers() async {
        do {
            let txHashes = try await ledger.txHashesSignedByOthers()
            seenAtPeers.withLock { seen in for txHash in txHashes { seen.insert(txHash) } }
        } catch {
            logger.error("the store cannot be read", metadata: ["error": "\(error)"])
        }
    }

    private func takeStep() -> [TxHash] {
        noted.withLock { noted in
            let step = Array(noted.prefix(Self.stepCountMax))
            noted.subtract(step)
            return step
        }
    }

    private func collect(_ txHashes: [TxHash]) async {
        let committee = committee.current
        do {
            let boards = try await ledger.unconfirmedCertificates(for: txHashes)
            let formed = boards.compactMap { quorumCertificate(of: $0, committee) }
            if !formed.isEmpty { try await ledger.learn(formed) }
        } catch {
            logger.error("quorum certificates were not recorded", metadata: ["error": "\(error)"])
        }
    }

    private func quorumCertificate(
        of certificates: [Certificate], _ committee: Committee
    ) -> VerifiedQuorumCertificate? {
        guard certificates.count >= committee.quorum else { return nil }
        do {
            return try QuorumCertificate.assemble(
                from: certificates, committee: committee, chainID: chainID)
        } catch {
            // Each was verified before it was stored, so this is an earlier epoch's or our own fault.
            logger.error("stored certificates make no quorum", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
