internal import HTTP2

// What happens to the calls of a connection, whatever their kind.

extension ServerConnection {
    // MARK: Events

    func handle(_ event: HTTP2Event) {
        if case .closing = phase { return }
        switch event {
        case .head(let ref, let endStream): onHead(ref, endStream: endStream)
        case .data(let ref, _), .trailers(let ref): onData(ref)
        case .writable(let ref): onWritable(ref)
        case .closed(let ref, _): onClosed(ref)
        case .settings: hasSettings = true
        case .goAway: break
        case .pong(let opaque): onPong(opaque)
        }
    }

    private func onHead(_ ref: HTTP2StreamRef, endStream: Bool) {
        while calls.count <= ref.slot { calls.append(.none) }
        // A stream that the peer has broken or cancelled already starts nothing.
        guard session.isOpen(ref) else { return }
        guard !session.headersAreTooLarge(ref) else {
            let limit = environment.limits.http2.headerListBytesMax
            return refuse(ref, .resourceExhausted, "the metadata is larger than \(limit) bytes")
        }
        let headers = session.takeHead(ref)
        do throws(RequestHead.Refusal) {
            try begin(ref, RequestHead(headers, environment.router), headers, endStream: endStream)
        } catch {
            switch error {
            case .notPost: answer(ref, .fixed(ResponseHeaders.methodNotAllowed))
            case .notGRPC: answer(ref, .fixed(ResponseHeaders.unsupportedMediaType))
            case .malformedTimeout: refuse(ref, .internalError, "malformed grpc-timeout")
            }
        }
    }

    private func begin(
        _ ref: HTTP2StreamRef, _ head: RequestHead, _ headers: HTTP2Headers, endStream: Bool
    ) {
        guard let handler = head.handler else {
            let error = environment.router.unimplemented(path: headers.first(":path") ?? "")
            return refuse(ref, error.code, error.message)
        }
        var deadline: ContinuousClock.Instant?
        if let timeout = head.timeout {
            guard timeout > .zero else {
                return refuse(ref, .deadlineExceeded, "the deadline was over at the start")
            }
            deadline = .now + timeout
            setDeadline(ref, in: timeout)
        }
        switch handler {
        case .unary(let unary):
            let handler: GatheringCall.Handler =
                switch unary {
                case .immediate(let handler): .immediate(handler)
                case .awaited(let handler):
                    .awaited(
                        handler,
                        RPCServerContext(headers: headers, deadline: deadline, peer: peer))
                }
            let call = GatheringCall(
                handler: handler, usesCompression: head.usesCompression, since: pump.now)
            if session.peerHasEnded(ref) {
                gather(ref, call)
            } else {
                replace(ref, with: .gathering(call))
            }
        case .streaming(let handler):
            let context = RPCServerContext(headers: headers, deadline: deadline, peer: peer)
            start(ref, handler, context, usesCompression: head.usesCompression)
            if endStream { onData(ref) }
        }
    }

    /// Bytes have come, or the end of the peer's side.
    private func onData(_ ref: HTTP2StreamRef) {
        guard session.isOpen(ref) else { return }
        switch calls[Int(ref.slot)] {
        case .gathering(let call): gather(ref, call)
        case .streaming(let call): deliver(ref, call)
        case .none, .running, .answered:
            _ = session.readInbound(ref) { $0.clear() }
            credit(ref)
        }
    }

    private func onWritable(_ ref: HTTP2StreamRef) {
        guard session.isOpen(ref), case .streaming(let call) = calls[Int(ref.slot)] else { return }
        call.gate.release(session.takeSentBytes(ref))
    }

    private func onClosed(_ ref: HTTP2StreamRef) {
        guard calls.indices.contains(Int(ref.slot)) else { return }
        let call = replace(ref, with: .none)
        stop(call, RPCError(.cancelled, "the caller cancelled the call"))
        if session.streamCount <= 1 { lastBusyAt = pump.now }
    }

    /// Moves a call to its next state and gives the one before; keeps count of the bytes that calls hold.
    @discardableResult
    func replace(_ ref: HTTP2StreamRef, with next: ServerCall) -> ServerCall {
        let call = calls[Int(ref.slot)]
        calls[Int(ref.slot)] = next
        handledBytes += next.heldBytes - call.heldBytes
        return call
    }

    func stop(_ call: ServerCall, _ error: RPCError) {
        switch call {
        case .none, .gathering, .answered: break
        case .running(let call): call.task.cancel()
        case .streaming(let call): call.stop(error)
        }
    }

    /// Stops all handlers, without an answer to anybody.
    func stopAllCalls(_ error: RPCError) {
        for index in calls.indices {
            let call = calls[index]
            calls[index] = .none
            stop(call, error)
        }
        handledBytes = 0
    }

    // MARK: Commands

    func apply(_ command: ServerCommand) {
        switch command {
        case .unaryDone(let ref, let result, let context):
            handlerCount -= 1
            guard session.isOpen(ref), case .running = calls[Int(ref.slot)] else { return }
            answer(ref, result, context.response)
        case .write(let ref, let message, let context):
            guard session.isOpen(ref), case .streaming(let call) = calls[Int(ref.slot)] else {
                return
            }
            write(ref, call, message, context)
        case .streamDone(let ref, let failure, let context):
            handlerCount -= 1
            guard session.isOpen(ref), case .streaming(let call) = calls[Int(ref.slot)] else {
                return
            }
            log(failure)
            finish(ref, call, failure?.error, context.response)
        case .demand(let ref):
            guard session.isOpen(ref), case .streaming(let call) = calls[Int(ref.slot)] else {
                return
            }
            deliver(ref, call)
        }
    }
}
