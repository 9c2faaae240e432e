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
        /// Requests in one transaction.
        var batchCountMax = 512
        /// Requests that wait for the quorum certificate of the payment before theirs.
        var parkedCountMax = 4_096
        /// Of them, those that wait for the same one.
        var parkedPerSlotMax = 16
        /// How long they wait, in milliseconds.
        var predecessorWaitMillis: UInt64 = 500
        /// Certificates of one payment that are looked at to find a quorum.
        var certificatesPerPaymentMax = 1_024

        init() {}
    }

    private let executor = SerialQueueExecutor(label: "allegro.ledger")
    let store: CertificateStore
    let core: SidecarCore
    let signer: CertificateSigner
    let limits: Limits
    let moment: @Sendable () -> Moment
    let logger: Logger

    private nonisolated let inbox: LedgerInbox
    var parked: [NonceSlot: [PendingCertification]] = [:]
    var parkedCount = 0

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
        /// The record is durable, and the permit allows its certificate, which may make a quorum with
        /// others'.
        case permitted(SigningPermit, isSignedByOthers: Bool)
        case refused(RejectReason)
    }

    // MARK: Certifying

    /// Decides on a payment, in order with all others, and records it.
    nonisolated func certify(_ payment: AdmittedPayment) async -> Answer {
        let pending = PendingCertification(payment)
        await withCheckedContinuation { continuation in
            pending.resumesWhenAnswered(continuation)
            submit(.certify(pending))
        }
        return pending.takeAnswer()
    }

    nonisolated func submit(_ work: LedgerWork) {
        switch inbox.add(work) {
        case .added: break
        case .addedFirst: scheduleTurn()
        case .full:
            work.refuse(RejectReason(.temporaryUnavailable, "too many requests are waiting"))
        }
    }

    private func processInbox() {
        process(inbox.take(limits.batchCountMax))
        // One batch a turn, so that gossip and readers get theirs in between.
        if inbox.needsAnotherTurn() { scheduleTurn() }
    }

    private nonisolated func scheduleTurn() {
        executor.perform { self.assumeIsolated { $0.processInbox() } }
    }

    func process(_ batch: [LedgerWork]) {
        let now = moment()
        var results = Results()
        do {
            let commit = try store.transaction {
                for work in batch {
                    switch work {
                    case .certify(let pending): try stage(pending, at: now, &results)
                    case .confirm(let pending): try stage(pending, &results)
                    }
                }
            }
            if !results.certified.isEmpty { CrashPoint.afterCommit.pass() }
            for (index, (pending, staged)) in results.certified.enumerated() {
                if index > 0 { CrashPoint.betweenAnswers.pass() }
                pending.answer(
                    .permitted(
                        commit.permit(for: staged),
                        isSignedByOthers: store.isSignedByOthers(pending.payment.txHash)))
            }
            for (pending, reason) in results.refused { pending.answer(.refused(reason)) }
            for (pending, answer) in results.learned { pending.answer(answer) }
            for (pending, slot, reason) in results.waiting { park(pending, until: slot, reason) }
            if !results.certified.isEmpty { CrashPoint.afterAnswers.pass() }
            goOn(after: results.confirmed)
            keep(results.equivocations)
        } catch {
            logger.error("nothing was recorded", metadata: ["error": "\(error)"])
            let reason = RejectReason(.temporaryUnavailable, "the store cannot be written")
            for work in batch { work.refuse(reason) }
        }
    }

    /// What came of a batch, for the time after it is durable.
    struct Results {
        var certified: [(PendingCertification, StagedCertificate)] = []
        var refused: [(PendingCertification, RejectReason)] = []
        var waiting: [(PendingCertification, NonceSlot, RejectReason)] = []
        var learned: [(PendingConfirmation, Confirmation)] = []
        var equivocations: [Equivocation] = []
        /// Slots that a quorum certificate confirmed for the first time.
        var confirmed: [NonceSlot] = []
    }

    private func stage(
        _ pending: PendingCertification, at moment: Moment, _ results: inout Results
    ) throws {
        switch decide(on: pending, at: moment) {
        case .certify(let certification):
            try check(certification.changes)
            if let refusal = try refusal(of: certification) {
                results.refused.append((pending, refusal))
                return
            }
            try store.stage(certification.changes)
            results.certified.append((pending, try store.stage(certification.certificate)))
            results.confirmed.append(contentsOf: certification.confirmedSlots)
        case .wait(let slot, let reason): results.waiting.append((pending, slot, reason))
        case .refuse(let reason, let proof):
            switch proof {
            case .equivocation(let equivocation): results.equivocations.append(equivocation)
            case .conflict(let conflict): report(conflict)
            case nil: break
            }
            results.refused.append((pending, reason))
        }
    }

    /// Keeps the proofs of equivocations, after the answers and apart from them.
    ///
    /// Where there is no room for one, its refusal stands all the same.
    private func keep(_ equivocations: [Equivocation]) {
        guard !equivocations.isEmpty else { return }
        do {
            _ = try store.transaction {
                for equivocation in equivocations { try store.stage(equivocation) }
            }
        } catch {
            logger.error("evidence was not kept", metadata: ["error": "\(error)"])
        }
    }

    private func decide(
        on pending: PendingCertification, at moment: Moment
    ) -> SidecarCore.Decision {
        switch reading({ try core.decide(pending.payment, at: moment, on: store) }) {
        case .success(let decision): decision
        case .failure(let reason): .refuse(reason, proof: nil)
        }
    }

    /// Leaves the store in one file, so that a copy that forgets the others is not an older one.
    func tidyUp() {
        do {
            guard try !store.emptyLog() else { return }
            logger.info("another process reads the store: its write-ahead log stays")
        } catch {
            logger.warning("the write-ahead log stays", metadata: ["error": "\(error)"])
        }
    }

    /// A request whose facts cannot be read is refused alone, not with its whole batch.
    func reading<Value>(_ facts: () throws -> Value) -> Result<Value, RejectReason> {
        do {
            return .success(try facts())
        } catch {
            logger.error("the store cannot be read", metadata: ["error": "\(error)"])
            return .failure(RejectReason(.temporaryUnavailable, "the store cannot be read"))
        }
    }
}
