internal import HTTP2
internal import Logging
internal import NIOCore

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
        case .unary(let handler):
            let call = GatheringCall(
                handler: handler, headers: headers, deadline: deadline,
                usesCompression: head.usesCompression, since: pump.now)
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
    private func replace(_ ref: HTTP2StreamRef, with next: ServerCall) -> ServerCall {
        let call = calls[Int(ref.slot)]
        calls[Int(ref.slot)] = next
        handledBytes += next.heldBytes - call.heldBytes
        return call
    }

    private func stop(_ call: ServerCall, _ error: RPCError) {
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

    // MARK: Unary calls

    private func gather(_ ref: HTTP2StreamRef, _ call: GatheringCall) {
        let bytesMax = environment.limits.messageBytesMax
        let outlook = session.readInbound(ref) { MessageFraming.look($0, bytesMax: bytesMax) }
        switch outlook {
        case .none: break
        case .malformed(let error): refuse(ref, error.code, error.message)
        case .compressed: refuseCompressed(ref, isAnnounced: call.usesCompression)
        case .complete(let bytesAfter):
            guard bytesAfter == 0 else {
                return refuse(ref, .unimplemented, "more than one message where one is due")
            }
            guard session.peerHasEnded(ref) else { return }
            let message = session.readInbound(ref) { queue in
                queue.take(from: MessageFraming.prefixBytes, to: queue.count)
            }
            run(ref, call, message ?? [])
        case .incomplete:
            guard !session.peerHasEnded(ref) else {
                let isEmpty = session.readInbound(ref) { $0.isEmpty } ?? true
                return isEmpty
                    ? refuse(ref, .unimplemented, "no message where one is due")
                    : refuse(ref, .internalError, "the stream ended within a message")
            }
            guard hasRoomForBytes else { return refuseForMemory(ref) }
            credit(ref)
        }
    }

    private func run(_ ref: HTTP2StreamRef, _ call: GatheringCall, _ message: [UInt8]) {
        credit(ref)
        switch call.handler {
        case .immediate(let handler): answer(ref, handler(message), nil)
        case .awaited(let handler):
            let context = RPCServerContext(
                headers: call.headers, deadline: call.deadline, peer: peer)
            run(ref, handler, message, context)
        }
    }

    private func run(
        _ ref: HTTP2StreamRef,
        _ handler:
            @escaping @Sendable ([UInt8], RPCServerContext) async -> Result<[UInt8], CallFailure>,
        _ message: [UInt8], _ context: RPCServerContext
    ) {
        guard beginHandler(ref) else { return }
        let link = link
        inlineCall = ref
        let task = Task.immediate {
            link.unaryDone(ref, await handler(message, context), context)
        }
        inlineCall = nil
        if let result = inlineResult {
            // The handler did not wait, so there is nothing to be kept.
            inlineResult = nil
            answer(ref, result, context.response)
        } else {
            replace(ref, with: .running(RunningCall(task: task, requestBytes: message.count)))
        }
    }

    /// A handler has ended, on the event loop.
    func onUnaryDone(
        _ ref: HTTP2StreamRef, _ result: Result<[UInt8], CallFailure>, _ context: RPCServerContext
    ) {
        endHandler()
        if inlineCall == ref {
            inlineResult = result
        } else if session.isOpen(ref), case .running = calls[Int(ref.slot)] {
            answer(ref, result, context.response)
            settle()
        }
    }

    // MARK: Streaming calls

    private func start(
        _ ref: HTTP2StreamRef, _ handler: @escaping RPCRouter.Streaming,
        _ context: RPCServerContext, usesCompression: Bool
    ) {
        guard beginHandler(ref) else { return }
        let link = link
        let bytesMax = environment.limits.callBufferBytesMax
        let requests = MessageQueue(.any(bytesMax: bytesMax)) { room in
            if room.isNew { link.perform(.demand(ref)) }
        }
        let gate = OutboundGate(bytesMax: bytesMax)
        let call = StreamingCall(
            context: context, requests: requests, gate: gate, usesCompression: usesCompression)
        replace(ref, with: .streaming(call))
        let sink = HTTP2MessageSink(
            link: link, ref: ref, gate: gate, context: context,
            messageBytesMax: environment.limits.messageBytesMax)
        call.task = Task.immediate {
            let failure = await handler(requests, sink, context)
            link.perform(.streamDone(ref, failure, context))
        }
    }

    /// Moves requests from the stream to their reader, as far as it has room for them.
    private func deliver(_ ref: HTTP2StreamRef, _ call: StreamingCall) {
        guard !call.requestsHaveEnded else { return }
        defer { recount(call) }
        let bytesMax = environment.limits.messageBytesMax
        while call.requests.hasRoom {
            let next = session.readInbound(ref) { MessageFraming.next(&$0, bytesMax: bytesMax) }
            switch next {
            case .none: return
            case .message(let message): call.requests.push(message)
            case .compressed:
                return refuseCompressed(ref, isAnnounced: call.usesCompression)
            case .malformed(let error): return refuse(ref, error.code, error.message)
            case .incomplete:
                guard session.peerHasEnded(ref) else {
                    guard hasRoomForBytes else { return refuseForMemory(ref) }
                    return credit(ref)
                }
                guard session.readInbound(ref, { $0.isEmpty }) == true else {
                    return refuse(ref, .internalError, "the stream ended within a message")
                }
                call.requestsHaveEnded = true
                return call.requests.finish()
            }
        }
    }

    /// Counts again what the queue of a call holds.
    ///
    /// What its reader takes between two counts is less than the queue's limit: above it, the reader
    /// makes room and says so.
    private func recount(_ call: StreamingCall) {
        // The call may have been refused meanwhile; then it holds nothing.
        guard !call.hasEnded else { return }
        let before = call.heldBytes
        call.heldBytes = call.requests.heldBytes
        handledBytes += call.heldBytes - before
    }

    // MARK: Commands

    func apply(_ command: ServerCommand) {
        switch command {
        case .unaryDone(let ref, let result, let context):
            endHandler()
            guard session.isOpen(ref), case .running = calls[Int(ref.slot)] else { return }
            answer(ref, result, context.response)
        case .write(let ref, let message, let context):
            guard session.isOpen(ref), case .streaming(let call) = calls[Int(ref.slot)] else {
                return
            }
            write(ref, call, message, context)
        case .streamDone(let ref, let failure, let context):
            endHandler()
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

    private func write(
        _ ref: HTTP2StreamRef, _ call: StreamingCall, _ message: [UInt8],
        _ context: RPCServerContext
    ) {
        guard hasRoom(forResponse: message.count) else {
            return refuse(ref, .resourceExhausted, "too many responses wait to be read")
        }
        attempt { () throws(HTTP2Failure) in
            try session.write(ref) { MessageFraming.write(message, into: &$0) }
            if !call.hasHead {
                call.hasHead = true
                try session.respond(
                    ref, ResponseHeaders.head(context.response?.initial), endStream: false)
            }
            session.notifyWhenWritable(ref)
        }
    }

    private func finish(
        _ ref: HTTP2StreamRef, _ call: StreamingCall, _ error: RPCError?,
        _ response: RPCServerContext.ResponseMetadata?
    ) {
        replace(ref, with: .answered)
        call.stop(error ?? RPCError(.cancelled, "the call has ended"))
        if let error, !call.hasHead {
            return answer(
                ref,
                ResponseHeaders.trailersOnly(error, response?.trailing, offersIdentity: false))
        }
        attempt { () throws(HTTP2Failure) in
            try session.finish(ref, trailers: ResponseHeaders.trailers(error, response?.trailing))
            if !call.hasHead {
                try session.respond(
                    ref, ResponseHeaders.head(response?.initial), endStream: false)
            }
        }
    }

    // MARK: Answers

    private func answer(
        _ ref: HTTP2StreamRef, _ result: Result<[UInt8], CallFailure>,
        _ response: RPCServerContext.ResponseMetadata?
    ) {
        switch result {
        case .failure(let failure):
            log(failure)
            answer(
                ref,
                ResponseHeaders.trailersOnly(
                    failure.error, response?.trailing, offersIdentity: false))
        case .success(let message):
            let limits = environment.limits
            guard message.count <= limits.messageBytesMax else {
                return refuse(
                    ref, .resourceExhausted, "the response is larger than a message may be")
            }
            guard hasRoom(forResponse: message.count) else {
                return refuse(ref, .resourceExhausted, "too many responses wait to be read")
            }
            replace(ref, with: .answered)
            attempt { () throws(HTTP2Failure) in
                try session.respond(
                    ref, ResponseHeaders.head(response?.initial),
                    trailers: ResponseHeaders.trailers(nil, response?.trailing)
                ) { MessageFraming.write(message, into: &$0) }
            }
        }
    }

    /// Answers with one header block and nothing else.
    private func answer(_ ref: HTTP2StreamRef, _ headers: HTTP2HeaderSource) {
        replace(ref, with: .answered)
        attempt { () throws(HTTP2Failure) in
            try session.respond(ref, headers, endStream: true)
            _ = session.readInbound(ref) { $0.clear() }
            try session.credit(ref)
        }
    }

    private func refuseForMemory(_ ref: HTTP2StreamRef) {
        refuse(ref, .resourceExhausted, "too many bytes of unfinished requests")
    }

    private func refuseCompressed(_ ref: HTTP2StreamRef, isAnnounced: Bool) {
        if isAnnounced {
            refuse(ref, .unimplemented, "messages must not be compressed", offersIdentity: true)
        } else {
            refuse(ref, .internalError, "a message is compressed, and no grpc-encoding says how")
        }
    }

    /// Ends a call with an error, whatever state it is in, and stops its handler.
    func refuse(
        _ ref: HTTP2StreamRef, _ code: RPCStatusCode, _ message: String,
        offersIdentity: Bool = false
    ) {
        guard session.isOpen(ref) else { return }
        let error = RPCError(code, message)
        let call = replace(ref, with: .answered)
        stop(call, error)
        switch call {
        case .answered:
            // What waits for a window now will hardly be read: the caller has given up on it, or will.
            guard session.outboundBytes(ref) > 0 else { return }
            attempt { () throws(HTTP2Failure) in try session.reset(ref, .cancel) }
        case .streaming(let call) where call.hasHead:
            session.discardOutbound(ref)
            attempt { () throws(HTTP2Failure) in
                try session.finish(ref, trailers: ResponseHeaders.trailers(error, nil))
            }
        case .none, .gathering, .running, .streaming:
            answer(
                ref, ResponseHeaders.trailersOnly(error, nil, offersIdentity: offersIdentity))
        }
    }

    // MARK: Helpers

    private func log(_ failure: CallFailure?) {
        guard let cause = failure?.cause else { return }
        environment.logger.error(
            "a handler failed", metadata: ["peer": "\(peer)", "error": "\(cause)"])
    }

    /// Counts a handler that begins; refuses the call and says false when there are too many.
    private func beginHandler(_ ref: HTTP2StreamRef) -> Bool {
        guard handlerCount < environment.limits.connectionHandlersMax,
            environment.budget.beginHandler()
        else {
            refuse(ref, .resourceExhausted, "too many calls are at work")
            return false
        }
        handlerCount += 1
        return true
    }

    private func endHandler() {
        handlerCount -= 1
        environment.budget.endHandlers(1)
    }

    /// Whether unfinished requests may grow.
    private var hasRoomForBytes: Bool {
        session.inboundBytes + handledBytes <= environment.limits.connectionInboundBytesMax
            && environment.budget.hasRoomForBytes
    }

    /// Whether a response of so many bytes may be kept for the peer to read.
    private func hasRoom(forResponse bytes: Int) -> Bool {
        session.outboundBytes + bytes <= environment.limits.connectionOutboundBytesMax
            && environment.budget.hasRoomForBytes
    }

    private func credit(_ ref: HTTP2StreamRef) {
        attempt { () throws(HTTP2Failure) in try session.credit(ref) }
    }
}
