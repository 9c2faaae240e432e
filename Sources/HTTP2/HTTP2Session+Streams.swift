package import NIOCore

extension HTTP2Session {
    private func openRecord(_ ref: HTTP2StreamRef) -> StreamRecord? {
        guard let record = state.streams.record(ref), record.phase == .open else { return nil }
        return record
    }

    // MARK: What the peer sends

    /// Whether the stream can still be answered: neither closed nor about to be reset.
    package func isOpen(_ ref: HTTP2StreamRef) -> Bool {
        guard let record = openRecord(ref) else { return false }
        return !record.isDoomed
    }

    /// Whether the peer has sent the end of its side.
    package func peerHasEnded(_ ref: HTTP2StreamRef) -> Bool {
        state.streams.record(ref)?.peerHasEnded ?? true
    }

    /// Whether the head or the trailers were longer than the limits; what fitted is there.
    package func headersAreTooLarge(_ ref: HTTP2StreamRef) -> Bool {
        state.streams.record(ref)?.headIsTooLarge ?? false
    }

    /// Moves the first header block out of the session.
    package func takeHead(_ ref: HTTP2StreamRef) -> HTTP2Headers {
        guard let record = state.streams.record(ref) else { return HTTP2Headers() }
        let head = record.head
        record.head = HTTP2Headers()
        return head
    }

    /// Moves the block that ended the peer's side out of the session.
    package func takeTrailers(_ ref: HTTP2StreamRef) -> HTTP2Headers {
        guard let record = state.streams.record(ref) else { return HTTP2Headers() }
        let trailers = record.trailers
        record.trailers = HTTP2Headers()
        return trailers
    }

    /// Lets `body` read from what the peer has sent and nobody has read; nil when the stream is gone.
    ///
    /// Reading does not let the peer send more: ``credit(_:)`` does.
    package func readInbound<Result>(
        _ ref: HTTP2StreamRef, _ body: (inout ByteBuffer) -> Result
    ) -> Result? {
        guard let record = state.streams.record(ref) else { return nil }
        let before = record.inbound.readableBytes
        let result = body(&record.inbound)
        state.inboundBytes -= before - record.inbound.readableBytes
        StreamRecord.tidy(&record.inbound)
        return result
    }

    /// Lets the peer send as much again as has arrived on the stream since the last time.
    package func credit(_ ref: HTTP2StreamRef) throws(HTTP2Failure) {
        guard let record = openRecord(ref), record.uncreditedBytes > 0 else { return }
        let bytes = record.uncreditedBytes
        record.uncreditedBytes = 0
        if record.peerHasEnded {
            // The stream's window is of no more use; the connection's is.
            try library.creditConnection(bytes: bytes)
        } else {
            try library.credit(streamID: ref.id, bytes: bytes)
        }
    }

    // MARK: What this side sends

    /// Opens a stream with a request; a body follows unless `endStream`.
    package func request(
        _ headers: HTTP2HeaderSource, endStream: Bool
    ) throws(HTTP2Failure) -> HTTP2StreamRef {
        // The id is not known before the library has given it, and the slot must be known for that.
        let record = state.streams.take(id: 0)
        do throws(HTTP2Failure) {
            let id = try library.submitRequest(headers, slot: record.slot, hasBody: !endStream)
            record.open(id: id)
            if endStream { record.outboundEnd = .taken }
            return record.ref
        } catch {
            state.streams.give(back: record)
            throw error
        }
    }

    /// Answers with a header block; a body follows unless `endStream`.
    ///
    /// What was written to the stream before is the beginning of that body.
    package func respond(
        _ ref: HTTP2StreamRef, _ headers: HTTP2HeaderSource, endStream: Bool
    ) throws(HTTP2Failure) {
        guard let record = openRecord(ref) else { return }
        try library.submitResponse(
            headers, streamID: ref.id, slot: ref.slot, hasBody: !endStream)
        if endStream {
            record.outboundEnd = .taken
            state.noteAnswered(record)
        }
    }

    /// Lets `body` append to what is to be sent on the stream; nothing happens when it is gone or ended.
    package func write(
        _ ref: HTTP2StreamRef, _ body: (inout ByteBuffer) -> Void
    ) throws(HTTP2Failure) {
        guard let record = openRecord(ref), case .open = record.outboundEnd else { return }
        let before = record.outbound.readableBytes
        if before == 0 { record.movedAt = state.now }
        StreamRecord.tidy(&record.outbound)
        body(&record.outbound)
        state.outboundBytes += record.outbound.readableBytes - before
        try resume(record)
    }

    /// Ends this side of the stream after what was written, with trailers if there are any.
    package func finish(
        _ ref: HTTP2StreamRef, trailers: HTTP2HeaderSource?
    ) throws(HTTP2Failure) {
        guard let record = openRecord(ref), case .open = record.outboundEnd else { return }
        record.outboundEnd = trailers.map { .trailers($0) } ?? .data
        try resume(record)
    }

    private func resume(_ record: StreamRecord) throws(HTTP2Failure) {
        guard record.isDeferred else { return }
        record.isDeferred = false
        try library.resume(streamID: record.id)
    }

    /// Throws away what was written to the stream and has not been sent.
    package func discardOutbound(_ ref: HTTP2StreamRef) {
        guard let record = state.streams.record(ref) else { return }
        state.outboundBytes -= record.outbound.readableBytes
        record.outbound.clear()
    }

    /// Bytes that were written to the stream and not sent.
    package func outboundBytes(_ ref: HTTP2StreamRef) -> Int {
        state.streams.record(ref)?.outbound.readableBytes ?? 0
    }

    /// Streams that have had bytes to send since before `instant` and could send none of them.
    package func streamsStalled(since instant: UInt64) -> [HTTP2StreamRef] {
        state.streams.inUse
            .filter { $0.outbound.readableBytes > 0 && $0.movedAt < instant }
            .map(\.ref)
    }

    /// Asks for a `writable` event when the stream's outbound buffer has emptied.
    package func notifyWhenWritable(_ ref: HTTP2StreamRef) {
        openRecord(ref)?.wantsWritable = true
    }

    /// Bytes of the stream that have been sent since this was last asked.
    package func takeSentBytes(_ ref: HTTP2StreamRef) -> Int {
        guard let record = state.streams.record(ref) else { return 0 }
        let bytes = record.takenBytes
        record.takenBytes = 0
        return bytes
    }

    /// Resets the stream; what was written and not sent is lost.
    package func reset(_ ref: HTTP2StreamRef, _ code: HTTP2ErrorCode) throws(HTTP2Failure) {
        guard let record = openRecord(ref) else { return }
        record.isResetHere = true
        try library.submitReset(streamID: ref.id, code)
    }
}
