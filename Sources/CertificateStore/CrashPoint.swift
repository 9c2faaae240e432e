#if DEBUG
    internal import Glibc
    internal import Synchronization
#endif

/// A place where a test lets the process die, to see what is left; release builds never die there.
///
/// `ALLEGRO_CRASH_POINT=name:count` ends a debug build with SIGKILL when it passes the named place
/// for the count-th time.
package enum CrashPoint: String, CaseIterable, Sendable {
    /// Decided, nothing of the transaction staged.
    case beforeRecord = "before-record"
    /// Some changes of the transaction staged, others not.
    case midTransaction = "mid-transaction"
    /// Everything staged, nothing committed.
    case beforeCommit = "before-commit"
    /// Payments synced, no answer given.
    case afterCommit = "after-commit"
    /// Some answers of a batch given, others not.
    case betweenAnswers = "between-answers"
    /// All answers of a batch given.
    case afterAnswers = "after-answers"
    /// A quorum certificate that no request brought staged, not committed.
    case midLearn = "mid-learn"

    /// What the environment asks for cannot be understood.
    package struct Unreadable: Error, CustomStringConvertible {
        package var description: String
    }

    #if DEBUG
        private static let variable = "ALLEGRO_CRASH_POINT"

        /// Long enough for whatever was handed to another thread to leave the process: a certificate
        /// that is let go too early has to reach its client before the process dies.
        private static let delayMicroseconds: UInt32 = 50_000

        /// Read once, so that passing costs a comparison.
        private static let planned: Result<(point: CrashPoint, count: Int)?, Unreadable> = {
            guard let value = getenv(variable) else { return .success(nil) }
            let text = String(cString: value)
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let point = CrashPoint(rawValue: String(parts[0])),
                let count = Int(parts[1]), count > 0
            else {
                let names = allCases.map(\.rawValue).joined(separator: ", ")
                return .failure(
                    Unreadable(
                        description:
                            "\(variable): '\(text)' is not name:count with one of \(names)"))
            }
            return .success((point, count))
        }()

        private static let passings = Atomic<Int>(0)

        /// - Throws: what is wrong with the variable, if it is set.
        package static func check() throws(Unreadable) {
            _ = try planned.get()
        }

        /// Ends the process here, if that is what the environment asks for.
        package func pass() {
            guard case .success((self, let count)?) = Self.planned,
                Self.passings.add(1, ordering: .relaxed).newValue == count
            else { return }
            usleep(Self.delayMicroseconds)
            kill(getpid(), SIGKILL)
        }
    #else
        @inline(__always)
        package static func check() throws(Unreadable) {}

        @inline(__always)
        package func pass() {}
    #endif
}
