internal import CNghttp2
internal import NIOCore

/// What the library's callbacks write down, to be acted on when the library has returned.
///
/// The library must not be entered from its own callbacks to receive, send or close, and Swift forbids a
/// second access to a property that is being modified; so a callback only takes notes here.
final class SessionState {
    /// A header block of this many times the limit ends the connection.
    private static let headerBombFactor = 16

    let role: HTTP2Session.Role
    let limits: HTTP2Limits
    var streams = StreamTable()
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
    private var current: StreamRecord?
    private var currentBlock = BlockTarget.none

    /// Where the fields of the header block that is arriving go.
    private enum BlockTarget {
        case none
        case head(StreamRecord)
        case trailers(StreamRecord)
    }

    init(role: HTTP2Session.Role, limits: HTTP2Limits, now: UInt64) {
        self.role = role
        self.limits = limits
        self.now = now
        floodGuard = FloodGuard(limits: limits, now: now)
    }

    /// Notes abuse; the first kind is the one that is told.
    func note(_ abuse: HTTP2Abuse?) {
        if self.abuse == nil { self.abuse = abuse }
    }

    private func record(_ session: OpaquePointer?, _ streamID: Int32) -> StreamRecord? {
        if let current, current.id == streamID { return current }
        // Slot + 1 is the library's user data of the stream, so that nothing retained hangs there.
        guard let userData = nghttp2_session_get_stream_user_data(session, streamID) else {
            return nil
        }
        return streams.record(slot: Int(bitPattern: userData) - 1, id: streamID)
    }

    /// Forgets the stream whose frames arrive, because its record is being given back.
    func forget(_ record: StreamRecord) {
        if current === record { current = nil }
    }

    // MARK: Receiving

    func onFrameBegins(_ header: nghttp2_frame_hd) {
        let frame = FrameHeader(
            type: header.type, flags: header.flags, payloadBytes: header.length)
        note(floodGuard.onFrame(frame, now: now))
    }

    func onHeadersBegin(_ session: OpaquePointer?, _ header: nghttp2_frame_hd) {
        currentBlock = .none
        guard abuse == nil else { return }
        if let record = record(session, header.stream_id) {
            record.headerListBytes = 0
            switch record.headPhase {
            case .awaited: currentBlock = .head(record)
            case .arrived: currentBlock = .trailers(record)
            }
            current = record
        } else if role == .server {
            let record = streams.take(id: header.stream_id)
            record.head.reserveCapacity(bytes: 384)
            _ = nghttp2_session_set_stream_user_data(
                session, header.stream_id, Self.userData(slot: record.slot))
            currentBlock = .head(record)
            current = record
        }
    }

    /// Takes a field; false when the rest of the block is not worth unpacking.
    func onField(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
        switch currentBlock {
        case .none: break
        case .head(let record):
            guard hasRoom(record, for: name.count + value.count, fields: record.head.count) else {
                break
            }
            record.head.append(name: name, value: value)
        case .trailers(let record):
            guard hasRoom(record, for: name.count + value.count, fields: record.trailers.count)
            else { break }
            record.trailers.append(name: name, value: value)
        }
        return abuse == nil
    }

    private func hasRoom(_ record: StreamRecord, for bytes: Int, fields: Int) -> Bool {
        record.headerListBytes += bytes + 32
        if record.headerListBytes > limits.headerListBytesMax * Self.headerBombFactor {
            note(.headerBomb)
        }
        guard record.headerListBytes <= limits.headerListBytesMax, fields < limits.headerFieldsMax
        else {
            record.headIsTooLarge = true
            return false
        }
        return !record.headIsTooLarge
    }

    func onFrameReceived(_ session: OpaquePointer?, _ frame: nghttp2_frame) {
        guard abuse == nil else { return }
        let header = FrameHeader(type: frame.hd.type, flags: frame.hd.flags, payloadBytes: 0)
        switch header.kind {
        case .data:
            guard let record = record(session, frame.hd.stream_id) else { return }
            if header.endStream { record.peerHasEnded = true }
            events.append(.data(record.ref, endStream: header.endStream))
        case .headers:
            onHeadersEnd(endStream: header.endStream)
        case .settings:
            if frame.hd.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0 { events.append(.settings) }
        case .ping:
            onPing(session, frame)
        case .goAway:
            events.append(
                .goAway(
                    lastStreamID: frame.goaway.last_stream_id,
                    HTTP2ErrorCode(rawValue: frame.goaway.error_code)))
        case .priority, .resetStream, .pushPromise, .windowUpdate, .continuation, .other:
            break
        }
    }

    private func onHeadersEnd(endStream: Bool) {
        switch currentBlock {
        case .none: break
        case .head(let record):
            if role == .client, !endStream, record.head.first(":status")?.first == "1" {
                // An informational response: the one that counts is still to come.
                record.head = HTTP2Headers()
                break
            }
            record.headPhase = .arrived
            record.peerHasEnded = endStream
            events.append(.head(record.ref, endStream: endStream))
        case .trailers(let record):
            record.peerHasEnded = true
            events.append(.trailers(record.ref))
        }
        currentBlock = .none
    }

    private func onPing(_ session: OpaquePointer?, _ frame: nghttp2_frame) {
        var opaque = frame.ping.opaque_data
        if frame.hd.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0 {
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
        record.uncreditedBytes += bytes.count
        record.inbound.writeBytes(bytes)
        inboundBytes += bytes.count
    }

    func onInvalidFrame(_ session: OpaquePointer?, _ header: nghttp2_frame_hd) {
        record(session, header.stream_id)?.isDoomed = true
    }

    func onStreamClosed(_ session: OpaquePointer?, _ streamID: Int32, _ code: UInt32) {
        guard let record = record(session, streamID), record.phase == .open else { return }
        record.phase = .closed
        events.append(.closed(record.ref, HTTP2ErrorCode(rawValue: code)))
    }

    // MARK: Sending

    func onFrameSent(_ session: OpaquePointer?, _ frame: nghttp2_frame) {
        let header = FrameHeader(type: frame.hd.type, flags: 0, payloadBytes: 0)
        switch header.kind {
        case .data:
            sentDataBytes += UInt64(frame.hd.length)
            floodGuard.onDataSent()
        case .resetStream:
            if let record = record(session, frame.hd.stream_id), record.isResetHere { return }
            note(floodGuard.onProvokedReset(now: now))
        case .headers, .priority, .settings, .pushPromise, .ping, .goAway, .windowUpdate,
            .continuation, .other:
            break
        }
    }

    func onFrameNotSent(_ session: OpaquePointer?, _ header: nghttp2_frame_hd) {
        let frame = FrameHeader(type: header.type, flags: 0, payloadBytes: 0)
        guard frame.kind == .headers, let record = record(session, header.stream_id) else { return }
        // Without its header block the peer would wait for this stream for ever.
        brokenStreams.append(record.ref)
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
        let count = min(buffer.count, record.outbound.readableBytes)
        if count > 0 { take(count, from: record, into: buffer) }
        guard record.outbound.readableBytes == 0 else { return .bytes(count, flags: 0) }
        if record.wantsWritable {
            record.wantsWritable = false
            events.append(.writable(record.ref))
        }
        return end(record, session, count: count)
    }

    private func take(
        _ count: Int, from record: StreamRecord, into buffer: UnsafeMutableRawBufferPointer
    ) {
        record.outbound.readWithUnsafeReadableBytes { source in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
            return count
        }
        record.takenBytes += count
        record.movedAt = now
        outboundBytes -= count
    }

    /// Says what follows the last byte of the outbound buffer.
    private func end(_ record: StreamRecord, _ session: OpaquePointer?, count: Int) -> Read {
        let isEnd = NGHTTP2_DATA_FLAG_EOF.rawValue
        switch record.outboundEnd {
        case .open:
            guard count == 0 else { return .bytes(count, flags: 0) }
            record.isDeferred = true
            return .deferred
        case .data:
            record.outboundEnd = .taken
            return .bytes(count, flags: isEnd)
        case .trailers(let trailers):
            record.outboundEnd = .taken
            let result = trailers.withLibraryFields { fields, fieldCount in
                nghttp2_submit_trailer(session, record.id, fields, fieldCount)
            }
            guard result == 0 else { return .failed }
            noteAnswered(record)
            return .bytes(count, flags: isEnd | NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue)
        case .taken:
            return .bytes(count, flags: isEnd)
        }
    }

    /// A server has said all: a client that is still sending is told to stop, once the answer is out.
    func noteAnswered(_ record: StreamRecord) {
        if role == .server, !record.peerHasEnded { resetsWhenSent.append(record.ref) }
    }
}
