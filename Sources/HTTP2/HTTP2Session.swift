package import NIOCore

/// One HTTP/2 connection without its socket: bytes go in, events come out, and the other way round.
///
/// It belongs to one thread. After ``receive(_:now:)`` the owner takes every event with ``nextEvent()``,
/// acts on it with the operations of this type, and then sends what ``takeOutput(into:bytesMax:now:)`` gives.
/// Operations on a stream that is gone do nothing, so late completions are harmless.
package final class HTTP2Session {
    /// Which side of the connection this is.
    package enum Role: Hashable, Sendable {
        case server
        case client
    }

    /// Input is given to the library in pieces, so that it stops soon after a peer was found abusive.
    private static let receivedAtOnceBytesMax = 16 * 1024

    let state: SessionState
    let library: LibrarySession
    private var nextEventIndex = 0
    /// The closed stream that the owner is looking at; its record is given back afterwards.
    private var leaving: HTTP2StreamRef?

    /// Makes a session whose first output is its settings.
    ///
    /// `now` is in nanoseconds of a monotonic clock, here and everywhere.
    package init(role: Role, limits: HTTP2Limits, now: UInt64) throws(HTTP2Failure) {
        let problems = limits.problems
        guard problems.isEmpty else { throw .badLimits(problems) }
        state = SessionState(role: role, limits: limits, now: now)
        library = try LibrarySession(role: role, limits: limits, state: state)
    }

    // MARK: Bytes and events

    /// Takes bytes of the peer.
    ///
    /// An abusive peer is no error here: ``abuse`` says so, and the output ends with GOAWAY.
    package func receive(_ bytes: UnsafeRawBufferPointer, now: UInt64) throws(HTTP2Failure) {
        state.now = now
        var rest = bytes
        while !rest.isEmpty, state.abuse == nil {
            let count = min(rest.count, Self.receivedAtOnceBytesMax)
            try library.receive(UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if state.abuse != nil { try library.terminate(.enhanceYourCalm) }
        }
    }

    /// The next thing that happened; nil when all have been taken.
    package func nextEvent() -> HTTP2Event? {
        if let ref = leaving {
            leaving = nil
            release(ref)
        }
        guard nextEventIndex < state.events.count else {
            if nextEventIndex > 0 {
                state.events.removeAll(keepingCapacity: true)
                nextEventIndex = 0
            }
            return nil
        }
        let event = state.events[nextEventIndex]
        nextEventIndex += 1
        if case .closed(let ref, _) = event { leaving = ref }
        return event
    }

    /// Appends bytes for the peer until there are none or `output` holds `bytesMax`; true when more wait.
    ///
    /// Sending closes streams, so there may be events afterwards.
    package func takeOutput(
        into output: inout ByteBuffer, bytesMax: Int, now: UInt64
    ) throws(HTTP2Failure) -> Bool {
        state.now = now
        let wasGood = state.abuse == nil
        while output.readableBytes < bytesMax || state.abuse != nil {
            if let bytes = try library.send() {
                output.writeBytes(bytes)
            } else if try !resetWhatWasSent() {
                break
            }
        }
        // Provoked resets are counted when they are sent, so abuse can be found here too.
        if wasGood, state.abuse != nil {
            try library.terminate(.enhanceYourCalm)
            while let bytes = try library.send() { output.writeBytes(bytes) }
        }
        return library.wantsToWrite
    }

    /// Resets streams for which this had to wait until their answer was sent; true when there were any.
    ///
    /// The library sends a reset before anything else, so an earlier one would swallow the answer.
    private func resetWhatWasSent() throws(HTTP2Failure) -> Bool {
        guard !state.resetsWhenSent.isEmpty || !state.brokenStreams.isEmpty else { return false }
        let answered = state.resetsWhenSent
        let broken = state.brokenStreams
        state.resetsWhenSent.removeAll(keepingCapacity: true)
        state.brokenStreams.removeAll(keepingCapacity: true)
        for ref in answered { try reset(ref, .noError) }
        for ref in broken { try reset(ref, .internalError) }
        return true
    }

    private func release(_ ref: HTTP2StreamRef) {
        guard let record = state.streams.record(ref) else { return }
        if record.uncreditedBytes > 0 {
            // It can fail only when the connection is ending, and then windows matter no more.
            try? library.creditConnection(bytes: record.uncreditedBytes)
        }
        state.inboundBytes -= record.inbound.readableBytes
        state.outboundBytes -= record.outbound.readableBytes
        state.forget(record)
        state.streams.give(back: record)
    }

    // MARK: The connection

    /// What the peer did too often; the connection must be closed when the output is sent.
    package var abuse: HTTP2Abuse? { state.abuse }

    /// Whether both sides have said all they will: the connection can be closed.
    package var isFinished: Bool { !library.wantsToRead && !library.wantsToWrite }

    /// Whether there is anything to send.
    package var wantsToWrite: Bool { library.wantsToWrite }

    /// Streams whose owner has not taken their `closed` event yet.
    package var streamCount: Int { state.streams.count }

    /// The streams that are open, in no order.
    package var openStreams: [HTTP2StreamRef] {
        state.streams.inUse.filter { $0.phase == .open }.map(\.ref)
    }

    /// Bytes that arrived and were not read, of all streams.
    package var inboundBytes: Int { state.inboundBytes }

    /// Bytes that were written and not sent, of all streams.
    package var outboundBytes: Int { state.outboundBytes }

    /// Payload bytes that DATA frames have carried to the peer, ever.
    package var sentDataBytes: UInt64 { state.sentDataBytes }

    /// How many streams of this side the peer takes at once.
    package var peerConcurrentStreamsMax: Int { library.peerConcurrentStreamsMax }

    /// Sends a PING; a `pong` event with the same number answers it.
    package func ping(_ opaque: UInt64) throws(HTTP2Failure) { try library.submitPing(opaque) }

    /// Tells the peer that streams will soon not be taken any more (RFC 9113, 6.8).
    package func announceShutdown() throws(HTTP2Failure) { try library.submitShutdownNotice() }

    /// Takes no more streams; those that are open go on.
    package func goAway(_ code: HTTP2ErrorCode) throws(HTTP2Failure) {
        try library.submitGoAway(code)
    }

    /// Ends the session: GOAWAY is the last frame that it sends.
    package func terminate(_ code: HTTP2ErrorCode) throws(HTTP2Failure) {
        try library.terminate(code)
    }
}
