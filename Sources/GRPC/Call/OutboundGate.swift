internal import Synchronization

/// Makes writers of a call wait while too many of its bytes are on their way.
final class OutboundGate: Sendable {
    private struct Waiter {
        let id: UInt64
        let bytes: Int
        let continuation: CheckedContinuation<Result<Void, RPCError>, Never>
    }

    private struct State {
        var bytes = 0
        var failure: RPCError?
        var waiters: [Waiter] = []
        var nextWaiterID: UInt64 = 0
    }

    private let bytesMax: Int
    private let state = Mutex(State())

    /// Makes a gate that closes when `bytesMax` are on their way.
    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Passes when there is room, and counts `bytes` as on their way.
    ///
    /// One message may be larger than the room. Throws what the call failed with, or CANCELLED.
    func acquire(_ bytes: Int) async throws(RPCError) {
        if let passed = pass(bytes) { return try passed.get() }
        let id = state.withLock { state in
            state.nextWaiterID += 1
            return state.nextWaiterID
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state -> Result<Void, RPCError>? in
                    if let failure = state.failure { return .failure(failure) }
                    // The handler below may have run before there was anything to cancel.
                    if Task.isCancelled { return .failure(Self.cancelled) }
                    if state.bytes < bytesMax {
                        state.bytes += bytes
                        return .success(())
                    }
                    state.waiters.append(Waiter(id: id, bytes: bytes, continuation: continuation))
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            cancel(id)
        }
        return try result.get()
    }

    private static let cancelled = RPCError(.cancelled, "the writer was cancelled")

    private func pass(_ bytes: Int) -> Result<Void, RPCError>? {
        state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            guard state.bytes < bytesMax, state.waiters.isEmpty else { return nil }
            state.bytes += bytes
            return .success(())
        }
    }

    private func cancel(_ id: UInt64) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(returning: .failure(Self.cancelled))
    }

    /// How many writers wait.
    var waiterCount: Int { state.withLock { $0.waiters.count } }

    /// Notes that `bytes` have left, and lets waiters pass in their order.
    func release(_ bytes: Int) {
        let passing = state.withLock { state -> [Waiter] in
            state.bytes -= bytes
            var passing = 0
            while passing < state.waiters.count, state.bytes < bytesMax {
                state.bytes += state.waiters[passing].bytes
                passing += 1
            }
            defer { state.waiters.removeFirst(passing) }
            return Array(state.waiters[..<passing])
        }
        for waiter in passing { waiter.continuation.resume(returning: .success(())) }
    }

    /// Lets nobody pass any more; writers throw `error`, the first that was given.
    func fail(_ error: RPCError) {
        let waiters = state.withLock { state -> [Waiter] in
            guard state.failure == nil else { return [] }
            state.failure = error
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(error)) }
    }
}
