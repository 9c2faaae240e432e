internal import HTTP2
internal import NIOCore

/// A call over HTTP/2: what its caller holds, and on the event loop where it is on the wire.
final class HTTP2ClientCall: ClientCall {
    /// Where the call is.
    enum Place {
        /// No connection has a stream for it yet.
        case waiting
        case onStream(ClientConnection, HTTP2StreamRef)
        case ended
    }

    /// What belongs to the event loop.
    struct Wire {
        var place = Place.waiting
        /// Requests that were sent before there was a stream.
        var unsent: [[UInt8]] = []
        var isHalfClosed = false
        var hasHead = false
        var hasBeenRetried = false
    }

    let id: UInt64
    let head: ClientCallHead
    let responses: MessageQueue
    let metadata = ReceivedMetadata()
    let gate: OutboundGate
    /// Held so that a client that nobody names any more still serves the calls that it began.
    private let transport: HTTP2ClientTransport
    private let isSingle: Bool
    private let link: ClientLink
    private let boundWire: NIOLoopBoundBox<Wire>

    init(
        id: UInt64, head: ClientCallHead, request: [UInt8]?, transport: HTTP2ClientTransport,
        link: ClientLink
    ) {
        let limits = transport.limits
        self.transport = transport
        self.id = id
        self.head = head
        self.link = link
        isSingle = request != nil

        gate = OutboundGate(bytesMax: limits.callBufferBytesMax)
        responses = MessageQueue(head.queueCardinality(limits)) { room in
            if room.isNew { link.post(.demand(id)) }
        }
        var wire = Wire()
        if let request {
            wire.unsent = [request]
            wire.isHalfClosed = true
        }
        boundWire = .makeBoxSendingValue(wire, eventLoop: link.eventLoop)
    }

    /// The call on the wire; on the event loop only.
    var wire: Wire {
        get { boundWire.value }
        set { boundWire.value = newValue }
    }

    /// Whether another server may be asked instead: all that was to be sent is still here.
    var canBeRetried: Bool { isSingle && !wire.hasHead && !wire.hasBeenRetried }

    // MARK: The caller's end

    func send(_ message: [UInt8]) async throws(RPCError) {
        try MessageLimit.check(message, bytesMax: transport.limits.messageBytesMax)
        try await gate.acquire(MessageFraming.prefixBytes + message.count)
        link.post(.write(id, message))
    }

    func halfClose() { link.post(.halfClose(id)) }

    func cancel(_ error: RPCError) {
        responses.abort(error)
        gate.fail(error)
        link.post(.cancel(id))
    }

    // MARK: The event loop's end

    /// Ends the call as the server has said, after the responses that have come.
    func finish(_ error: RPCError?) {
        if let error { responses.finish(throwing: error) } else { responses.finish() }
        gate.fail(error ?? RPCError(.cancelled, "the call has ended"))
    }

    /// Ends the call at once.
    func fail(_ error: RPCError) {
        responses.abort(error)
        gate.fail(error)
    }
}
