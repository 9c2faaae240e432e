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
    /// Events that are being given out, so that those which happen meanwhile go to another array.
    private var batch: [HTTP2Event] = []
    private var batchIndex = 0
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

    /// Tells the time to operations that take none; to be called when something other than bytes begins.
    package func advance(to now: UInt64) { state.now = now }

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
        if batchIndex == batch.count {
            batchIndex = 0
            batch.removeAll(keepingCapacity: true)
            guard !state.events.isEmpty else { return nil }
            swap(&batch, &state.events)
        }
        let event = batch[batchIndex]
        batchIndex += 1
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
            let isDrained = try append(to: &output, bytesMax: bytesMax)
            if isDrained, try !resetWhatWasSent() { break }
        }
        // Provoked resets are counted when they are sent, so abuse can be found here too.
        if wasGood, state.abuse != nil {
            try library.terminate(.enhanceYourCalm)
            while try !append(to: &output, bytesMax: bytesMax) {}
        }
        return library.wantsToWrite
    }

    /// Appends what the library has, up to about `bytesMax`; true when it has no more now.
    ///
    /// Frames are small, so the buffer is opened once for many of them.
    private func append(
        to output: inout ByteBuffer, bytesMax: Int
    ) throws(HTTP2Failure) -> Bool {
        var outcome = Result<Bool, HTTP2Failure>.success(false)
        // The library's bytes that found no room; they are valid until it is asked again.
        var rest: UnsafeRawBufferPointer?
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: bytesMax) { room in
            var count = 0
            do throws(HTTP2Failure) {
                while count < bytesMax, rest == nil {
                    guard let bytes = try library.send() else {
                        outcome = .success(true)
                        break
                    }
                    if bytes.count > room.count - count {
                        rest = bytes
                    } else {
                        UnsafeMutableRawBufferPointer(rebasing: room[count...])
                            .copyMemory(from: bytes)
                        count += bytes.count
                    }
                }
            } catch {
                outcome = .failure(error)
            }
            return count
        }
        if let rest { output.writeBytes(rest) }
        return try outcome.get()
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
        if record.pointee.uncreditedBytes > 0 {
            // It can fail only when the connection is ending, and then windows matter no more.
            try? library.creditConnection(bytes: record.pointee.uncreditedBytes)
        }
        state.inboundBytes -= record.pointee.inbound.count
        state.outboundBytes -= record.pointee.outbound.count
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
        state.streams.refs { $0.phase == .open }
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
