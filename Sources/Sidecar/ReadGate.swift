internal import GRPC
internal import Synchronization

/// Lets only so many readings wait for the ledger, which decides on payments between them.
///
/// Payments have the inbox's bound. Reading costs its caller less than it costs the ledger, so that
/// without one of its own a flood of it would hold all payments up.
final class ReadGate: Sendable {
    private let countMax: Int
    private let count = Atomic(0)

    init(countMax: Int = 64) {
        self.countMax = countMax
    }

    /// Runs `body`, which reads the store.
    ///
    /// - Throws: ``RPCError``: `RESOURCE_EXHAUSTED` when too many are at it, `UNAVAILABLE` when the
    ///   store cannot be read.
    func pass<Answer>(_ body: () async throws -> Answer) async throws(RPCError) -> Answer {
        defer { count.subtract(1, ordering: .relaxed) }
        guard count.add(1, ordering: .relaxed).newValue <= countMax else {
            throw RPCError(.resourceExhausted, "too many readings are waiting")
        }
        do {
            return try await body()
        } catch {
            throw RPCError(.unavailable, "the store cannot be read")
        }
    }
}
