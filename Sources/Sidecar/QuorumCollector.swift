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
    /// What to wait for the disk after a step that failed.
    private static let retryPause = Duration.seconds(1)
    /// What to wait for members that have not introduced themselves.
    private static let membersPause = Duration.milliseconds(100)

    private let ledger: Ledger
    private let committee: CommitteeDirectory
    private let chainID: UInt64
    private let logger: Logger
    private let noted = Mutex<Set<TxHash>>([])
    private let wakeUps: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(
        ledger: Ledger, committee: CommitteeDirectory, chainID: UInt64, logger: Logger
    ) {
        self.ledger = ledger
        self.committee = committee
        self.chainID = chainID
        self.logger = logger
        (wakeUps, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Notes that our own certificate for the payment may be new.
    ///
    /// Most of the time it is the first, and then there is nothing to look at yet.
    func noteOwn(_ txHash: TxHash, isSignedByOthers: Bool) {
        if isSignedByOthers || committee.current.quorum == 1 { note(txHash) }
    }

    /// Notes that a certificate for the payment is new.
    func note(_ txHash: TxHash) {
        let isNew = noted.withLock { noted in
            noted.count < Self.notedCountMax && noted.insert(txHash).inserted
        }
        if isNew { wake.yield() }
    }

    /// Looks at noted payments until the task is cancelled.
    func run() async {
        await withTaskGroup { group in
            group.addTask { await self.noteBoard() }
            for await _ in wakeUps { await collectNoted() }
        }
    }

    /// Notes what an earlier process stored and perhaps did not come to.
    private func noteBoard() async {
        while !Task.isCancelled {
            let current = committee.current
            // Until all validators have introduced themselves, their certificates make no quorum.
            if current.members.count == current.seats {
                do {
                    let byOthers = current.quorum > 1
                    for txHash in try await ledger.txHashesOnBoard(byOthers: byOthers) {
                        note(txHash)
                    }
                    return
                } catch {
                    logger.error("the store cannot be read", metadata: ["error": "\(error)"])
                }
            }
            try? await Task.sleep(for: Self.membersPause)
        }
    }

    private func collectNoted() async {
        while !Task.isCancelled {
            let step = takeStep()
            if step.isEmpty { return }
            do {
                try await collect(step)
            } catch {
                logger.error(
                    "quorum certificates were not recorded", metadata: ["error": "\(error)"])
                for txHash in step { note(txHash) }
                try? await Task.sleep(for: Self.retryPause)
            }
        }
    }

    private func takeStep() -> [TxHash] {
        noted.withLock { noted in
            let step = Array(noted.prefix(Self.stepCountMax))
            noted.subtract(step)
            return step
        }
    }

    private func collect(_ txHashes: [TxHash]) async throws {
        let committee = committee.current
        let boards = try await ledger.unconfirmedCertificates(for: txHashes)
        let formed = boards.compactMap { quorumCertificate(of: $0, committee) }
        if !formed.isEmpty { try await ledger.learn(formed) }
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
