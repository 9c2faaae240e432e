internal import Synchronization

/// What all connections of a server use together.
final class ServerBudget: Sendable {
    private let limits: GRPCLimits
    private let bytes = Atomic(0)
    private let handlers = Atomic(0)

    init(limits: GRPCLimits) { self.limits = limits }

    /// Counts bytes of requests and responses that a connection holds more, or less.
    func addBytes(_ count: Int) { bytes.add(count, ordering: .relaxed) }

    /// Whether connections may hold more.
    var hasRoomForBytes: Bool {
        bytes.load(ordering: .relaxed) <= limits.serverBufferedBytesMax
    }

    /// Counts a handler that begins; false when there are too many.
    func beginHandler() -> Bool {
        let (_, count) = handlers.add(1, ordering: .relaxed)
        guard count > limits.serverHandlersMax else { return true }
        handlers.subtract(1, ordering: .relaxed)
        return false
    }

    /// Counts a handler that ended.
    func endHandler() { handlers.subtract(1, ordering: .relaxed) }
}
