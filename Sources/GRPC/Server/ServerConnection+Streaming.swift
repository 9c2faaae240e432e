internal import HTTP2

// Calls with any number of requests and responses.

extension ServerConnection {
    func start(
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
            link.streamDone(ref, failure, context)
        }
    }

    /// Moves requests from the stream to their reader, as far as it has room for them.
    func deliver(_ ref: HTTP2StreamRef, _ call: StreamingCall) {
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

    func write(
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

    func finish(
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
}
