internal import HTTP2

// The calls on a connection, and what happens to their streams.

extension ClientConnection {
    /// Streams that are opened before the server has said how many it takes.
    private static let unansweredStreamsMax = 100

    // MARK: Calls

    /// Takes a call, to be sent when the server takes another stream.
    func start(_ call: HTTP2ClientCall) {
        guard case .open(takesCalls: true) = phase else {
            return link.ifConnected { $0.retry(call) }
        }
        waiting.append(call)
        openStreams()
    }

    private func openStreams() {
        let unanswered = hasSettings ? Int.max : Self.unansweredStreamsMax
        let countMax = min(session.peerConcurrentStreamsMax, unanswered)
        while openCount < countMax, firstWaiting < waiting.count {
            let call = waiting[firstWaiting]
            firstWaiting += 1
            // It may have been cancelled while it waited.
            if case .waiting = call.wire.place { open(call) }
        }
        if firstWaiting == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            firstWaiting = 0
        } else if firstWaiting > 256, firstWaiting * 2 > waiting.count {
            waiting.removeFirst(firstWaiting)
            firstWaiting = 0
        }
    }

    private func open(_ call: HTTP2ClientCall) {
        let headers = RequestHeaders.make(call.head, authority: target.description)
        do throws(HTTP2Failure) {
            let ref = try session.request(.built(headers), endStream: false)
            while calls.count <= ref.slot { calls.append(nil) }
            calls[Int(ref.slot)] = call
            openCount += 1
            call.wire.place = .onStream(self, ref)
            for message in call.wire.unsent { write(message, ref) }
            // The only request of a call is kept, in case that it must be sent again.
            if !call.canBeRetried { call.wire.unsent = [] }
            if call.wire.isHalfClosed { halfClose(ref) }
        } catch {
            // The connection has used up its stream ids; another one has them all.
            stopTakingCalls()
            askAgain(call, RPCError(.unavailable, "the connection takes no more calls"))
        }
    }

    private func askAgain(_ call: HTTP2ClientCall, _ error: RPCError) {
        link.ifConnected { connector in
            if call.canBeRetried {
                call.wire.hasBeenRetried = true
                connector.retry(call)
            } else {
                connector.fail(call, error)
            }
        }
    }

    private func stopTakingCalls() {
        guard case .open(takesCalls: true) = phase else { return }
        phase = .open(takesCalls: false)
        let unsent = waiting[firstWaiting...]
        waiting = []
        firstWaiting = 0
        link.ifConnected { connector in
            connector.onNoMoreCalls(self)
            for call in unsent { connector.retry(call) }
        }
    }

    func write(_ message: [UInt8], _ ref: HTTP2StreamRef) {
        attempt { () throws(HTTP2Failure) in
            try session.write(ref) { MessageFraming.write(message, into: &$0) }
            session.notifyWhenWritable(ref)
        }
    }

    func halfClose(_ ref: HTTP2StreamRef) {
        attempt { () throws(HTTP2Failure) in try session.finish(ref, trailers: nil) }
    }

    /// Resets the stream of a call that its caller has given up.
    func cancel(_ ref: HTTP2StreamRef) {
        calls[Int(ref.slot)] = nil
        attempt { () throws(HTTP2Failure) in try session.reset(ref, .cancel) }
    }

    // MARK: Events

    func handle(_ event: HTTP2Event) {
        switch event {
        case .head(let ref, _): onHead(ref)
        case .data(let ref, _): onData(ref)
        case .trailers(let ref): onData(ref)
        case .writable(let ref): call(ref)?.gate.release(session.takeSentBytes(ref))
        case .closed(let ref, let code): onClosed(ref, code)
        case .settings:
            if !hasSettings {
                hasSettings = true
                link.ifConnected { $0.onSettings() }
            }
            openStreams()
        case .goAway(_, let code):
            closeReason = "the server said goodbye with error code \(code.rawValue)"
            stopTakingCalls()
        case .pong: break
        }
    }

    private func call(_ ref: HTTP2StreamRef) -> HTTP2ClientCall? {
        guard calls.indices.contains(Int(ref.slot)), let call = calls[Int(ref.slot)],
            case .onStream(_, let current) = call.wire.place, current == ref
        else { return nil }
        return call
    }

    private func onHead(_ ref: HTTP2StreamRef) {
        guard let call = call(ref) else { return }
        call.wire.hasHead = true
        call.wire.unsent = []
        guard !session.headersAreTooLarge(ref) else {
            return fail(ref, call, .resourceExhausted, "the metadata of the response is too large")
        }
        let headers = session.takeHead(ref)
        let head = ResponseHead(headers)
        if head.hasStatus {
            call.metadata.setTrailing(RPCMetadata(headers))
            finish(ref, call, head.status)
        } else if let refusal = head.refusal {
            fail(ref, call, refusal.code, refusal.message)
        } else {
            call.metadata.setInitial(RPCMetadata(headers))
            if session.peerHasEnded(ref) { deliver(ref, call) }
        }
    }

    private func onData(_ ref: HTTP2StreamRef) {
        if let call = call(ref) {
            deliver(ref, call)
        } else {
            _ = session.readInbound(ref) { $0.clear() }
            attempt { () throws(HTTP2Failure) in try session.credit(ref) }
        }
    }

    /// Moves responses from the stream to their reader, as far as it has room for them.
    func deliver(_ ref: HTTP2StreamRef, _ call: HTTP2ClientCall) {
        deliver(ref, call, while: { call.responses.hasRoom })
    }

    private func deliver(
        _ ref: HTTP2StreamRef, _ call: HTTP2ClientCall, while hasRoom: () -> Bool
    ) {
        while hasRoom() {
            let next = session.readInbound(ref) {
                MessageFraming.next(&$0, bytesMax: limits.messageBytesMax)
            }
            switch next {
            case .none: return
            case .message(let message): call.responses.push(message)
            case .compressed:
                return fail(
                    ref, call, .internalError, "a response is compressed, which was not asked for")
            case .malformed(let error): return fail(ref, call, error.code, error.message)
            case .incomplete:
                guard session.peerHasEnded(ref) else {
                    return attempt { () throws(HTTP2Failure) in try session.credit(ref) }
                }
                return onEndOfResponses(ref, call)
            }
        }
    }

    private func onEndOfResponses(_ ref: HTTP2StreamRef, _ call: HTTP2ClientCall) {
        guard session.readInbound(ref, { $0.isEmpty }) == true else {
            return fail(ref, call, .internalError, "the stream ended within a message")
        }
        let trailers = session.takeTrailers(ref)
        call.metadata.setTrailing(RPCMetadata(trailers))
        finish(ref, call, ResponseHead(trailers).status)
    }

    /// Ends a call as the server has said.
    private func finish(_ ref: HTTP2StreamRef, _ call: HTTP2ClientCall, _ error: RPCError?) {
        calls[Int(ref.slot)] = nil
        let isHalfClosed = call.wire.isHalfClosed
        call.finish(error)
        link.ifConnected { $0.onEnd(call) }
        guard !isHalfClosed || !session.peerHasEnded(ref) else { return }
        attempt { () throws(HTTP2Failure) in try session.reset(ref, .cancel) }
    }

    /// Ends a call because of what the server did on its stream.
    private func fail(
        _ ref: HTTP2StreamRef, _ call: HTTP2ClientCall, _ code: RPCStatusCode, _ message: String
    ) {
        calls[Int(ref.slot)] = nil
        call.finish(RPCError(code, message))
        link.ifConnected { $0.onEnd(call) }
        attempt { () throws(HTTP2Failure) in try session.reset(ref, .cancel) }
    }

    private func onClosed(_ ref: HTTP2StreamRef, _ code: HTTP2ErrorCode) {
        openCount -= 1
        if let call = call(ref) {
            if session.peerHasEnded(ref) {
                // All has come, and the stream is about to be forgotten: the reader must hold it now.
                deliver(ref, call, while: { true })
            } else {
                calls[Int(ref.slot)] = nil
                let error = ResponseHead.error(ofReset: code)
                if code == .refusedStream {
                    askAgain(call, error)
                } else {
                    call.finish(error)
                    link.ifConnected { $0.onEnd(call) }
                }
            }
        }
        openStreams()
    }
}
