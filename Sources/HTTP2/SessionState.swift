internal import CNghttp2

/// What the library's callbacks write down, to be acted on when the library has returned.
///
/// The library must not be entered from its own callbacks to receive, send or close, and Swift forbids a
/// second access to a property that is being modified; so a callback only takes notes here.
final class SessionState {
    let role: HTTP2Session.Role
    let limits: HTTP2Limits
    let streams = StreamTable()
    var events: [HTTP2Event] = []
    /// The clock of the call that is running, in nanoseconds.
    var now: UInt64
    private(set) var abuse: HTTP2Abuse?
    private var floodGuard: FloodGuard

    /// Bytes in all inbound and all outbound buffers.
    var inboundBytes = 0
    var outboundBytes = 0
    /// Payload bytes that have been sent in DATA frames, ever.
    private(set) var sentDataBytes: UInt64 = 0
    /// Streams whose answer was complete before the request was: reset when the answer is on its way.
    var resetsWhenSent: [HTTP2StreamRef] = []
    /// Streams of which the library could not send a header block.
    var brokenStreams: [HTTP2StreamRef] = []

    /// The stream whose frames arrive at the moment; most look-ups are for it.
    private var current: StreamTable.Record?
    private let block: BlockWriter
    private var blockTarget = BlockTarget.none

    /// Where the fields of the header block that is arriving go.
    private enum BlockTarget {
        case none
        case head(StreamTable.Record)
        case trailers(StreamTable.Record)
    }

    init(role: HTTP2Session.Role, limits: HTTP2Limits, now: UInt64) {
        self.role = role
        self.limits = limits
        self.now = now
        floodGuard = FloodGuard(limits: limits, now: now)
        block = BlockWriter(limits: limits)
    }

    /// Notes abuse; the first kind is the one that is told.
    func note(_ abuse: HTTP2Abuse?) {
        if self.abuse == nil { self.abuse = abuse }
    }

    private func record(_ session: OpaquePointer?, _ streamID: Int32) -> StreamTable.Record? {
        if let current, current.pointee.id == streamID { return current }
        // Slot + 1 is the library's user data of the stream, so that nothing retained hangs there.
        guard let userData = nghttp2_session_get_stream_user_data(session, streamID) else {
            return nil
        }
        return streams.record(slot: Int(bitPattern: userData) - 1, id: streamID)
    }

    /// Forgets the stream whose frames arrive, because its record is being given back.
    func forget(_ record: StreamTable.Record) {
        if current == record { current = nil }
    }

    // MARK: Receiving

    func onFrameBegins(_ header: nghttp2_frame_hd) {
        let frame = FrameHeader(
            type: header.type, flags: header.flags, payloadBytes: header.length)
        note(floodGuard.onFrame(frame, now: now))
    }

    func onHeadersBegin(_ session: OpaquePointer?, _ header: nghttp2_frame_hd) {
        blockTarget = .none
        guard abuse == nil else { return }
        if let record = record(session, header.stream_id) {
            blockTarget = record.pointee.hasHead ? .trailers(record) : .head(record)
            current = record
        } else if role == .server, let record = streams.take(id: header.stream_id) {
            _ = nghttp2_session_set_stream_user_data(
                session, header.stream_id, Self.userData(slot: record.pointee.slot))
            blockTarget = .head(record)
            current = record
        }
        block.begin()
    }

    /// Takes a field; false when the rest of the block is not worth unpacking.
    func onField(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
        if !block.append(name: name, value: value) { note(.headerBomb) }
        return abuse == nil
    }

    func onFrameReceived(_ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>) {
        guard abuse == nil else { return }
        let hd = frame.pointee.hd
        let header = FrameHeader(type: hd.type, flags: hd.flags, payloadBytes: 0)
        switch header.kind {
        case .data:
            guard let record = record(session, hd.stream_id) else { return }
            if header.endStream { record.pointee.peerHasEnded = true }
            events.append(.data(record.pointee.ref, endStream: header.endStream))
        case .headers:
            onHeadersEnd(endStream: header.endStream)
        case .settings:
            if hd.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0 { events.append(.settings) }
        case .ping:
            onPing(session, frame)
        case .goAway:
            events.append(
                .goAway(
                    lastStreamID: frame.pointee.goaway.last_stream_id,
                    HTTP2ErrorCode(rawValue: frame.pointee.goaway.error_code)))
        case .priority, .resetStream, .pushPromise, .windowUpdate, .continuation, .other:
            break
        }
    }

    private func onHeadersEnd(endStream: Bool) {
        switch blockTarget {
        case .none: break
        case .head(let record):
            let head = block.finish()
            if role == .client, !endStream, head.first(":status")?.first == "1" {
                // An informational response: the one that counts is still to come.
                break
            }
            record.pointee.head = head
            record.pointee.headersAreTooLarge = block.isTooLarge
            record.pointee.hasHead = true
            record.pointee.peerHasEnded = endStream
            events.append(.head(record.pointee.ref, endStream: endStream))
        case .trailers(let record):
            record.pointee.trailers = block.finish()
            if block.isTooLarge { record.pointee.headersAreTooLarge = true }
            record.pointee.peerHasEnded = true
            events.append(.trailers(record.pointee.ref))
        }
        blockTarget = .none
    }

    private func onPing(_ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>) {
        var opaque = frame.pointee.ping.opaque_data
        if frame.pointee.hd.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0 {
            events.append(.pong(withUnsafeBytes(of: opaque) { $0.loadUnaligned(as: UInt64.self) }))
        } else {
            _ = withUnsafeBytes(of: &opaque) { bytes in
                nghttp2_submit_ping(
                    session, UInt8(NGHTTP2_FLAG_ACK.rawValue),
                    bytes.bindMemory(to: UInt8.self).baseAddress)
            }
        }
    }

    func onData(_ session: OpaquePointer?, _ streamID: Int32, _ bytes: UnsafeRawBufferPointer) {
        guard let record = record(session, streamID) else {
            // Nobody will read it, so its part of the connection's window goes back at once.
            _ = nghttp2_session_consume_connection(session, bytes.count)
            return
        }
        record.pointee.uncreditedBytes += bytes.count
        record.pointee.inbound.append(bytes)
        inboundBytes += bytes.count
    }

    func onInvalidFrame(_ session: OpaquePointer?, _ header: nghttp2_frame_hd) {
        record(session, header.stream_id)?.pointee.isDoomed = true
    }

    func onStreamClosed(_ session: OpaquePointer?, _ streamID: Int32, _ code: UInt32) {
        guard let record = record(session, streamID), record.pointee.phase == .open else { return }
        record.pointee.phase = .closed
        events.append(.closed(record.pointee.ref, HTTP2ErrorCode(rawValue: code)))
    }

    // MARK: Sending

    func onFrameSent(_ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>) {
        let hd = frame.pointee.hd
        if hd.type == FrameHeader.Kind.data.rawValue {
            sentDataBytes += UInt64(hd.length)
            floodGuard.onDataSent()
        } else if hd.type == FrameHeader.Kind.resetStream.rawValue {
            if let record = record(session, hd.stream_id), record.pointee.isResetHere { return }
            note(floodGuard.onProvokedReset(now: now))
        }
    }

    func onFrameNotSent(_ session: OpaquePointer?, _ header: nghttp2_frame_hd) {
        let frame = FrameHeader(type: header.type, flags: 0, payloadBytes: 0)
        guard frame.kind == .headers, let record = record(session, header.stream_id) else { return }
        // Without its header block the peer would wait for this stream for ever.
        brokenStreams.append(record.pointee.ref)
    }

    /// What became of the library's question for bytes.
    enum Read {
        /// So many bytes are in the library's buffer; the flags say what follows.
        case bytes(Int, flags: UInt32)
        /// There are none now.
        case deferred
        case failed
    }

    func read(
        _ session: OpaquePointer?, slot: Int, streamID: Int32,
        into buffer: UnsafeMutableRawBufferPointer
    ) -> Read {
        guard let record = streams.record(slot: slot, id: streamID) else { return .failed }
        let count = min(buffer.count, record.pointee.outbound.count)
        if count > 0 { take(count, from: record, into: buffer) }
        guard record.pointee.outbound.isEmpty else { return .bytes(count, flags: 0) }
        if record.pointee.wantsWritable {
            record.pointee.wantsWritable = false
            events.append(.writable(record.pointee.ref))
        }
        return end(record, session, count: count)
    }

    private func take(
        _ count: Int, from record: StreamTable.Record, into buffer: UnsafeMutableRawBufferPointer
    ) {
        record.pointee.outbound.withUnsafeBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        }
        record.pointee.outbound.removeFirst(count)
        record.pointee.takenBytes += count
        record.pointee.movedAt = now
        outboundBytes -= count
    }

    /// Says what follows the last byte of the outbound queue.
    private func end(
        _ record: StreamTable.Record, _ session: OpaquePointer?, count: Int
    ) -> Read {
        let isEnd = NGHTTP2_DATA_FLAG_EOF.rawValue
        switch record.pointee.outboundEnd {
        case .open:
            guard count == 0 else { return .bytes(count, flags: 0) }
            record.pointee.isDeferred = true
            return .deferred
        case .data:
            record.pointee.outboundEnd = .taken
            return .bytes(count, flags: isEnd)
        case .trailers(let trailers):
            record.pointee.outboundEnd = .taken
            let streamID = record.pointee.id
            let result = trailers.withLibraryFields { fields, fieldCount in
                nghttp2_submit_trailer(session, streamID, fields, fieldCount)
            }
            guard result == 0 else { return .failed }
            noteAnswered(record)
            return .bytes(count, flags: isEnd | NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue)
        case .taken:
            return .bytes(count, flags: isEnd)
        }
    }

    /// A server has said all: a client that is still sending is told to stop, once the answer is out.
    func noteAnswered(_ record: StreamTable.Record) {
        if role == .server, !record.pointee.peerHasEnded {
            resetsWhenSent.append(record.pointee.ref)
        }
    }
}
