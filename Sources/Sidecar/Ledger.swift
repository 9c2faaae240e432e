internal import AllegroCrypto
internal import AllegroModels
internal import CertificateStore
internal import Logging
internal import SidecarCore

/// The one writer: decides in order, records many payments in one synced transaction.
///
/// Requests gather in an inbox while a transaction is being synced, and the next transaction takes
/// them all: alone, a payment waits for one sync; under load, hundreds share it.
actor Ledger {
    /// Bounds of what waits in memory.
    struct Limits: Hashable, Sendable {
        /// Requests that wait to be decided; further ones are refused at once.
        var inboxCountMax = 16_384
        /// Payments in one transaction.
        var batchCountMax = 512
        /// Requests that wait for the quorum certificate of the payment before theirs.
        var parkedCountMax = 4_096
        /// How long they wait, in milliseconds.
        var predecessorWaitMillis: UInt64 = 500
        /// Certificates of one payment that are looked at to find a quorum.
        var certificatesPerPaymentMax = 1_024

        init() {}
    }

    private let executor = SerialQueueExecutor(label: "allegro.ledger")
    private let store: CertificateStore
    private let core: SidecarCore
    private let signer: CertificateSigner
    private let limits: Limits
    private let moment: @Sendable () -> Moment
    private let logger: Logger

    private nonisolated let inbox: LedgerInbox
    private var parked: [NonceSlot: [PendingCertification]] = [:]
    private var parkedCount = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    init(
        store: sending CertificateStore, core: SidecarCore, signer: CertificateSigner,
        limits: Limits, moment: @escaping @Sendable () -> Moment, logger: Logger
    ) {
        self.store = store
        self.core = core
        self.signer = signer
        self.limits = limits
        self.moment = moment
        self.logger = logger
        inbox = LedgerInbox(countMax: limits.inboxCountMax)
    }

    /// What came of a request.
    enum Answer: ~Copyable, Sendable {
        /// The record is durable; `permit` allows its certificate.
        case permitted(SigningPermit)
        case refused(RejectReason)
    }

    // MARK: Certifying

    /// Decides on a payment, in order with all others, and records it.
    nonisolated func certify(_ payment: AdmittedPayment) async -> Answer {
        let pending = PendingCertification(payment)
        await withCheckedContinuation { continuation in
            pending.resumesWhenAnswered(continuation)
            submit(pending)
        }
        return pending.takeAnswer()
    }

    private nonisolated func submit(_ pending: PendingCertification) {
        switch inbox.add(pending) {
        case .added: break
        case .addedFirst: Task { await self.processInbox() }
        case .full:
            pending.answer(
                .refused(RejectReason(.temporaryUnavailable, "too many requests are waiting")))
        }
    }

    private func processInbox() {
        process(inbox.take(limits.batchCountMax))
        // One batch a turn, so that gossip and readers get theirs in between.
        if inbox.needsAnotherTurn() { Task { self.processInbox() } }
    }

    private func process(_ batch: [PendingCertification]) {
        let now = moment()
        var certified: [(PendingCertification, OwnCertificate)] = []
        var refused: [(PendingCertification, RejectReason)] = []
        var waiting: [(PendingCertification, NonceSlot, RejectReason)] = []
        var confirmed: [NonceSlot] = []
        do {
            let commit = try store.transaction {
                for pending in batch {
                    switch decide(on: pending, at: now) {
                    case .certify(let certification):
                        try store.stage(certification.changes)
                        try store.stage(certification.certificate)
                        certified.append((pending, certification.certificate))
                        confirmed.append(contentsOf: certification.confirmedSlots)
                    case .wait(let slot, let reason): waiting.append((pending, slot, reason))
                    case .refuse(let reason): refused.append((pending, reason))
                    }
                }
            }
            if !certified.isEmpty { CrashPoint.afterCommit.pass() }
            for (index, (pending, certificate)) in certified.enumerated() {
                if index > 0 { CrashPoint.betweenAnswers.pass() }
                pending.answer(.permitted(commit.permit(for: certificate)))
            }
            for (pending, reason) in refused { pending.answer(.refused(reason)) }
            for (pending, slot, reason) in waiting { park(pending, until: slot, reason) }
            if !certified.isEmpty { CrashPoint.afterAnswers.pass() }
            resume(waitingFor: confirmed)
        } catch {
            logger.error("nothing was recorded", metadata: ["error": "\(error)"])
            for pending in batch { pending.answer(.refused(Self.notRecorded)) }
        }
    }

    private static let notRecorded = RejectReason(
        .temporaryUnavailable, "the store cannot be written")

    /// A request whose facts cannot be read is refused alone, not with its whole batch.
    private func decide(
        on pending: PendingCertification, at moment: Moment
    ) -> SidecarCore.Decision {
        do {
            return try core.decide(pending.payment, at: moment, on: store)
        } catch {
            logger.error("the store cannot be read", metadata: ["error": "\(error)"])
            return .refuse(RejectReason(.temporaryUnavailable, "the store cannot be read"))
        }
    }

    // MARK: Waiting for the payment before

    private func park(
        _ pending: PendingCertification, until slot: NonceSlot, _ reason: RejectReason
    ) {
        guard parkedCount < limits.parkedCountMax, pending.startsWaiting() else {
            pending.answer(.refused(reason))
            return
        }
        parked[slot, default: []].append(pending)
        parkedCount += 1
        let wait = Duration.milliseconds(limits.predecessorWaitMillis)
        Task { [weak self] in
            try? await Task.sleep(for: wait)
            await self?.giveUp(on: pending, waitingFor: slot, reason)
        }
    }

    private func giveUp(
        on pending: PendingCertification, waitingFor slot: NonceSlot, _ reason: RejectReason
    ) {
        // Not there any more: the slot was confirmed and the request went on.
        guard let index = parked[slot]?.firstIndex(where: { $0 === pending }) else { return }
        parked[slot]?.remove(at: index)
        if parked[slot]?.isEmpty == true { parked[slot] = nil }
        parkedCount -= 1
        pending.answer(.refused(reason))
    }

    private func resume(waitingFor slots: [NonceSlot]) {
        for slot in slots {
            guard let waiting = parked.removeValue(forKey: slot) else { continue }
            parkedCount -= waiting.count
            for pending in waiting { submit(pending) }
        }
    }

    // MARK: Learning

    /// Applies verified quorum certificates that no request brought.
    func learn(_ certificates: [VerifiedQuorumCertificate]) throws {
        var confirmed: [NonceSlot] = []
        _ = try store.transaction {
            for qc in certificates {
                switch try core.learn(qc, on: store) {
                case .nothingNew: break
                case .confirmed(let changes, let slots):
                    try store.stage(changes)
                    CrashPoint.midLearn.pass()
                    confirmed.append(contentsOf: slots)
                case .conflict(let slot, let known, let other):
                    logger.critical(
                        "two quorum certificates for one nonce: the committee is not safe",
                        metadata: [
                            "sender": "\(slot.account)", "nonce_key": "\(slot.nonce.key)",
                            "sequence": "\(slot.nonce.sequence)", "tx_hash": "\(known)",
                            "other_tx_hash": "\(other)",
                        ])
                }
            }
        }
        for slot in confirmed {
            logger.debug(
                "payment confirmed",
                metadata: [
                    "sender": "\(slot.account)", "nonce_key": "\(slot.nonce.key)",
                    "sequence": "\(slot.nonce.sequence)",
                ])
        }
        resume(waitingFor: confirmed)
    }

    /// Stores certificates of peers, whose signatures the caller has checked.
    ///
    /// - Returns: the payments of which a certificate is new.
    func record(_ certificates: [Certificate]) throws -> [TxHash] {
        var new: [TxHash] = []
        _ = try store.transaction {
            for certificate in certificates where try store.stage(certificate) {
                new.append(certificate.txHash)
            }
        }
        return new
    }

    // MARK: Reading

    /// The payments of which peers' certificates are stored.
    func txHashesSignedByOthers() throws -> [TxHash] { try store.txHashesSignedByOthers() }

    /// Those of the certificates that are not stored yet.
    func unknown(_ certificates: [Certificate]) throws -> [Certificate] {
        try certificates.filter { try !store.holds($0.txHash, of: $0.signer.id) }
    }

    /// Certificates for the same payment and effects, of each that no quorum certificate is known for.
    func unconfirmedCertificates(for txHashes: [TxHash]) throws -> [[Certificate]] {
        var groups: [[Certificate]] = []
        for txHash in txHashes {
            let query = BoardQuery(
                filter: .txHash(txHash), sinceUnixMillis: 0, after: 0,
                countMax: limits.certificatesPerPaymentMax)
            // A faulty validator may have signed other effects; they must not hide the right ones.
            let byEffects = Dictionary(
                grouping: certificates(of: try store.read(query)), by: \.effects)
            for (effects, certificates) in byEffects
            where try store.slot(NonceSlot(effects))?.confirmed == nil {
                groups.append(certificates)
            }
        }
        return groups
    }

    /// A page of the bulletin board and the position of its last certificate.
    func board(_ query: BoardQuery) throws -> (page: [Certificate], last: Int64?) {
        let entries = try store.read(query)
        return (certificates(of: entries), entries.last?.position)
    }

    private func certificates(of entries: [BoardEntry]) -> [Certificate] {
        entries.map { entry in
            if let signature = entry.signature {
                return Certificate(
                    signer: ValidatorReference(id: entry.signer), txHash: entry.txHash,
                    effectsHash: entry.effects.hash, effects: entry.effects,
                    signature: signature, createdUnixMillis: entry.createdUnixMillis,
                    epoch: entry.epoch)
            }
            return signer.sign(store.permit(for: entry))
        }
    }

    /// The store's random number, which cursors carry.
    var storeInstance: UInt64 { store.instance }
}
