internal import HTTP2
internal import Synchronization

/// Calls a router in the same process, by the rules that hold on the wire.
final class InProcessTransport: ClientTransport {
    private struct State {
        var calls: [ObjectIdentifier: InProcessCall] = [:]
        var isClosed = false
    }

    let limits: GRPCLimits
    private let router: RPCRouter
    private let state = Mutex(State())

    init(router: RPCRouter, limits: GRPCLimits) {
        self.router = router
        self.limits = limits
    }

    func begin(_ head: ClientCallHead, request: [UInt8]?) -> any ClientCall {
        let handler = router.handler(path: head.path)
        let call = InProcessCall(head, limits: limits, handler: handler) { [weak self] call in
            self?.state.withLock { $0.calls[ObjectIdentifier(call)] = nil }
        }
        let refusal = state.withLock { state -> RPCError? in
            guard !state.isClosed else { return RPCError(.unavailable, "the client is closed") }
            guard state.calls.count < limits.clientCallsMax else {
                return RPCError(.resourceExhausted, "too many calls are at work")
            }
            state.calls[ObjectIdentifier(call)] = call
            return nil
        }
        if let refusal {
            call.cancel(refusal)
        } else if head.metadata.listBytes > limits.http2.headerListBytesMax {
            let limit = limits.http2.headerListBytesMax
            call.cancel(
                RPCError(.resourceExhausted, "the metadata is larger than \(limit) bytes"))
        } else if let handler {
            call.run(handler, request: request)
        } else {
            call.cancel(router.unimplemented(path: head.path))
        }
        return call
    }

    func close() async {
        let calls = state.withLock { state in
            state.isClosed = true
            return Array(state.calls.values)
        }
        for call in calls { call.cancel(RPCError(.unavailable, "the client was closed")) }
    }
}

/// Both ends of a call in one process.
final class InProcessCall: ClientCall, MessageSink {
    private struct State {
        var handlerTask: Task<Void, Never>?
        var deadlineTask: Task<Void, any Error>?
        var hasEnded = false
    }

    let responses: MessageQueue
    let metadata = ReceivedMetadata()
    private let requests: MessageQueue
    private let requestGate: OutboundGate
    private let responseGate: OutboundGate
    private let context: RPCServerContext
    private let messageBytesMax: Int
    private let onEnd: @Sendable (InProcessCall) -> Void
    private let state = Mutex(State())

    init(
        _ head: ClientCallHead, limits: GRPCLimits, handler: RPCRouter.Handler?,
        onEnd: @escaping @Sendable (InProcessCall) -> Void
    ) {
        let bytesMax = limits.callBufferBytesMax
        let requestGate = OutboundGate(bytesMax: bytesMax)
        let responseGate = OutboundGate(bytesMax: bytesMax)
        let requestCardinality: MessageQueue.Cardinality =
            switch handler {
            case .unary: .one
            case .streaming, .none: .any(bytesMax: bytesMax)
            }
        requests = MessageQueue(requestCardinality) { requestGate.release($0.bytes) }
        responses = MessageQueue(head.queueCardinality(limits)) { responseGate.release($0.bytes) }
        self.requestGate = requestGate
        self.responseGate = responseGate
        context = RPCServerContext(
            metadata: head.metadata, deadline: head.deadline, peer: "in-process")
        messageBytesMax = limits.messageBytesMax
        self.onEnd = onEnd
    }

    /// Starts the handler, and the clock if there is a deadline.
    func run(_ handler: RPCRouter.Handler, request: [UInt8]?) {
        if let deadline = context.deadline {
            guard deadline > .now else {
                return cancel(
                    RPCError(.deadlineExceeded, "the deadline was over at the start"))
            }
            let timer = Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                cancel(RPCError(.deadlineExceeded, "the deadline has passed"))
            }
            keep { $0.deadlineTask = timer }
        }
        if let request {
            requests.push(request)
            requests.finish()
        }
        let task = Task.immediate { await work(handler) }
        keep { $0.handlerTask = task }
    }

    /// Keeps a task, to be cancelled with the call; at once when that has ended.
    private func keep(_ change: (inout State) -> Void) {
        let isLate = state.withLock { state -> State? in
            change(&state)
            return state.hasEnded ? state : nil
        }
        isLate?.handlerTask?.cancel()
        isLate?.deadlineTask?.cancel()
    }

    private func work(_ handler: RPCRouter.Handler) async {
        switch handler {
        case .streaming(let handler):
            end(await handler(requests, self, context)?.error)
        case .unary(let handler):
            do {
                let message = try await requests.next().get() ?? []
                let response =
                    switch handler {
                    case .immediate(let handler): handler(message)
                    case .awaited(let handler): await handler(message, context)
                    }
                try await write(response.get())
                end(nil)
            } catch {
                end(CallFailure(thrown: (error as? CallFailure)?.error ?? error).error)
            }
        }
    }

    /// The handler's end of the responses.
    func write(_ message: [UInt8]) async throws(RPCError) {
        try MessageLimit.check(message, bytesMax: messageBytesMax)
        try await responseGate.acquire(message.count + MessageQueue.overheadBytes)
        if metadata.initial == nil {
            metadata.setInitial(context.response?.initial ?? RPCMetadata())
        }
        responses.push(message)
    }

    // MARK: The caller's end

    func send(_ message: [UInt8]) async throws(RPCError) {
        try MessageLimit.check(message, bytesMax: messageBytesMax)
        try await requestGate.acquire(message.count + MessageQueue.overheadBytes)
        requests.push(message)
    }

    func halfClose() { requests.finish() }

    func cancel(_ error: RPCError) {
        guard stop(error) else { return }
        responses.abort(error)
    }

    // MARK: The end

    private func end(_ error: RPCError?) {
        guard stop(error ?? RPCError(.cancelled, "the call has ended")) else { return }
        metadata.setTrailing(context.response?.trailing ?? RPCMetadata())
        if let error { responses.finish(throwing: error) } else { responses.finish() }
    }

    /// Stops both sides' work; false when that had happened before.
    private func stop(_ error: RPCError) -> Bool {
        let stopped = state.withLock { state -> State? in
            guard !state.hasEnded else { return nil }
            state.hasEnded = true
            return state
        }
        guard let stopped else { return false }
        stopped.handlerTask?.cancel()
        stopped.deadlineTask?.cancel()
        requests.abort(error)
        requestGate.fail(error)
        responseGate.fail(error)
        onEnd(self)
        return true
    }
}
