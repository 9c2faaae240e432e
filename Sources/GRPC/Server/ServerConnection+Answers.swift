internal import HTTP2
internal import Logging

// Answers that are no messages, and what calls may cost.

extension ServerConnection {
    /// Answers with one header block and nothing else.
    func answer(_ ref: HTTP2StreamRef, _ headers: HTTP2HeaderSource) {
        replace(ref, with: .answered)
        attempt { () throws(HTTP2Failure) in
            try session.respond(ref, headers, endStream: true)
            _ = session.readInbound(ref) { $0.clear() }
            try session.credit(ref)
        }
    }

    func refuseForMemory(_ ref: HTTP2StreamRef) {
        refuse(ref, .resourceExhausted, "too many bytes of unfinished requests")
    }

    func refuseCompressed(_ ref: HTTP2StreamRef, isAnnounced: Bool) {
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

    // MARK: What calls may cost

    func log(_ failure: CallFailure?) {
        guard let cause = failure?.cause else { return }
        environment.logger.error(
            "a handler failed", metadata: ["peer": "\(peer)", "error": "\(cause)"])
    }

    /// Counts a handler that begins; refuses the call and says false when there are too many.
    func beginHandler(_ ref: HTTP2StreamRef) -> Bool {
        guard handlerCount < environment.limits.connectionHandlersMax,
            environment.budget.beginHandler()
        else {
            refuse(ref, .resourceExhausted, "too many calls are at work")
            return false
        }
        handlerCount += 1
        return true
    }

    /// Whether unfinished requests may grow.
    var hasRoomForBytes: Bool {
        session.inboundBytes + handledBytes <= environment.limits.connectionInboundBytesMax
            && environment.budget.hasRoomForBytes
    }

    /// Whether a response of so many bytes may be kept for the peer to read.
    func hasRoom(forResponse bytes: Int) -> Bool {
        session.outboundBytes + bytes <= environment.limits.connectionOutboundBytesMax
            && environment.budget.hasRoomForBytes
    }

    func credit(_ ref: HTTP2StreamRef) {
        attempt { () throws(HTTP2Failure) in try session.credit(ref) }
    }
}
