internal import HTTP2

// Calls with one request and one response.

extension ServerConnection {
    func gather(_ ref: HTTP2StreamRef, _ call: GatheringCall) {
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
        case .awaited(let handler, let context): run(ref, handler, message, context)
        }
    }

    private func run(
        _ ref: HTTP2StreamRef, _ handler: @escaping RPCRouter.Awaited, _ message: [UInt8],
        _ context: RPCServerContext
    ) {
        guard beginHandler(ref) else { return }
        let link = link
        inlineCall = ref
        let task = Task.immediate(executorPreference: link.executor) {
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
        handlerCount -= 1
        if inlineCall == ref {
            inlineResult = result
        } else if session.isOpen(ref), case .running = calls[Int(ref.slot)] {
            answer(ref, result, context.response)
            settle()
        }
    }

    func answer(
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
}
