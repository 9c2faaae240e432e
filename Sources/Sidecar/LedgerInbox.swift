internal import AllegroCrypto
internal import AllegroModels
internal import SidecarCore
internal import Synchronization

/// What the ledger is asked to do, each in its turn.
enum LedgerWork: Sendable {
    case certify(PendingCertification)
    case confirm(PendingConfirmation)

    /// Answers that it was not done.
    func refuse(_ reason: RejectReason) {
        switch self {
        case .certify(let pending): pending.answer(.refused(reason))
        case .confirm(let pending): pending.answer(.failure(reason))
        }
    }
}

/// Requests on their way to the ledger, in order of arrival.
final class LedgerInbox: Sendable {
    private struct State {
        var waiting: [LedgerWork] = []
        /// Whether a turn of the ledger is under way or on its way.
        var isBeingProcessed = false
    }

    enum Added {
        /// The ledger will come to it by itself.
        case added
        /// The ledger has to be woken.
        case addedFirst
        case full
    }

    private let countMax: Int
    private let state = Mutex(State())

    init(countMax: Int) {
        self.countMax = countMax
    }

    func add(_ work: LedgerWork) -> Added {
        state.withLock { state in
            guard state.waiting.count < countMax else { return .full }
            state.waiting.append(work)
            guard !state.isBeingProcessed else { return .added }
            state.isBeingProcessed = true
            return .addedFirst
        }
    }

    /// The oldest requests, at most `count`.
    func take(_ count: Int) -> [LedgerWork] {
        state.withLock { state in
            guard state.waiting.count > count else {
                let all = state.waiting
                state.waiting = []
                return all
            }
            let first = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            return first
        }
    }

    /// Whether requests came while a batch was processed; if not, the next one wakes the ledger.
    func needsAnotherTurn() -> Bool {
        state.withLock { state in
            state.isBeingProcessed = !state.waiting.isEmpty
            return state.isBeingProcessed
        }
    }
}

/// A quorum certificate that waits to be learned, and who waits for that.
struct PendingConfirmation: Sendable {
    let qc: VerifiedQuorumCertificate
    private let continuation: CheckedContinuation<Ledger.Confirmation, Never>

    init(
        _ qc: VerifiedQuorumCertificate,
        _ continuation: CheckedContinuation<Ledger.Confirmation, Never>
    ) {
        self.qc = qc
        self.continuation = continuation
    }

    /// Gives the answer, once.
    func answer(_ answer: Ledger.Confirmation) { continuation.resume(returning: answer) }
}

/// A request that waits for its decision.
final class PendingCertification: Sendable {
    private struct State: ~Copyable {
        var answer: Ledger.Answer?
        var continuation: CheckedContinuation<Void, Never>?
        var hasWaited = false
    }

    let payment: AdmittedPayment
    private let state = Mutex(State())

    init(_ payment: AdmittedPayment) {
        self.payment = payment
    }

    func resumesWhenAnswered(_ continuation: CheckedContinuation<Void, Never>) {
        state.withLock { $0.continuation = continuation }
    }

    /// Gives the answer, once.
    func answer(_ answer: consuming sending Ledger.Answer) {
        var answer: Ledger.Answer? = answer
        let continuation = state.withLock { state in
            state.answer = answer.take()
            return state.continuation.take()
        }
        continuation?.resume()
    }

    /// The answer that was given; to be called once, after the continuation resumed.
    func takeAnswer() -> Ledger.Answer {
        state.withLock { state in
            guard let answer = state.answer.take() else {
                preconditionFailure("a request resumes after it was answered")
            }
            return answer
        }
    }

    /// Notes that the request waits for the payment before it; false if it did so already.
    func startsWaiting() -> Bool {
        state.withLock { state in
            defer { state.hasWaited = true }
            return !state.hasWaited
        }
    }
}
