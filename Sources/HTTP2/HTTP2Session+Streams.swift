extension HTTP2Session {
    private func openRecord(_ ref: HTTP2StreamRef) -> StreamTable.Record? {
        guard let record = state.streams.record(ref), record.pointee.phase == .open else {
            return nil
        }
        return record
    }

    // MARK: What the peer sends

    /// Whether the stream can still be answered: neither closed nor about to be reset.
    package func isOpen(_ ref: HTTP2StreamRef) -> Bool {
        guard let record = openRecord(ref) else { return false }
        return !record.pointee.isDoomed
    }

    /// Whether the peer has sent the end of its side.
    package func peerHasEnded(_ ref: HTTP2StreamRef) -> Bool {
        state.streams.record(ref)?.pointee.peerHasEnded ?? true
    }

    /// Whether the head or the trailers were longer than the limits; what fitted is there.
    package func headersAreTooLarge(_ ref: HTTP2StreamRef) -> Bool {
        state.streams.record(ref)?.pointee.headersAreTooLarge ?? false
    }

    /// Moves the first header block out of the session.
    package func takeHead(_ ref: HTTP2StreamRef) -> HTTP2Headers {
        guard let record = state.streams.record(ref) else { return HTTP2Headers() }
        let head = record.pointee.head
        record.pointee.head = HTTP2Headers()
        return head
    }

    /// Moves the block that ended the peer's side out of the session.
    package func takeTrailers(_ ref: HTTP2StreamRef) -> HTTP2Headers {
        guard let record = state.streams.record(ref) else { return HTTP2Headers() }
        let trailers = record.pointee.trailers
        record.pointee.trailers = HTTP2Headers()
        return trailers
    }

    /// Lets `body` read from what the peer has sent and nobody has read; nil when the stream is gone.
    ///
    /// Reading does not let the peer send more: ``credit(_:)`` does.
    package func readInbound<Result>(
        _ ref: HTTP2StreamRef, _ body: (inout ByteQueue) -> Result
    ) -> Result? {
        guard let record = state.streams.record(ref) else { return nil }
        // Out of the record meanwhile, so that whatever `body` does cannot reach it twice.
        var inbound = ByteQueue()
        swap(&inbound, &record.pointee.inbound)
        let before = inbound.count
        let result = body(&inbound)
        state.inboundBytes -= before - inbound.count
        swap(&inbound, &record.pointee.inbound)
        return result
    }

    /// Lets the peer send as much again as has arrived on the stream since the last time.
    package func credit(_ ref: HTTP2StreamRef) throws(HTTP2Failure) {
        guard let record = openRecord(ref), record.pointee.uncreditedBytes > 0 else { return }
        let bytes = record.pointee.uncreditedBytes
        record.pointee.uncreditedBytes = 0
        if record.pointee.peerHasEnded {
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
        guard let record = state.streams.take(id: 0) else {
            throw .library(code: 0, text: "no more streams fit into memory")
        }
        do throws(HTTP2Failure) {
            let id = try library.submitRequest(
                headers, slot: record.pointee.slot, hasBody: !endStream)
            record.pointee.open(id: id)
            if endStream { record.pointee.outboundEnd = .taken }
            return record.pointee.ref
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
            record.pointee.outboundEnd = .taken
            state.noteAnswered(record)
        }
    }

    /// Answers with a head, a body and trailers, all at once.
    package func respond(
        _ ref: HTTP2StreamRef, _ headers: HTTP2HeaderSource, trailers: HTTP2HeaderSource,
        _ body: (inout ByteQueue) -> Void
    ) throws(HTTP2Failure) {
        guard let record = openRecord(ref), case .open = record.pointee.outboundEnd else { return }
        append(to: record, body)
        record.pointee.outboundEnd = .trailers(trailers)
        try library.submitResponse(
            headers, streamID: ref.id, slot: ref.slot, hasBody: true)
    }

    /// Lets `body` append to what is to be sent on the stream; nothing happens when it is gone or ended.
    package func write(
        _ ref: HTTP2StreamRef, _ body: (inout ByteQueue) -> Void
    ) throws(HTTP2Failure) {
        guard let record = openRecord(ref), case .open = record.pointee.outboundEnd else { return }
        append(to: record, body)
        try resume(record)
    }

    private func append(to record: StreamTable.Record, _ body: (inout ByteQueue) -> Void) {
        var outbound = ByteQueue()
        swap(&outbound, &record.pointee.outbound)
        let before = outbound.count
        if before == 0 { record.pointee.movedAt = state.now }
        body(&outbound)
        state.outboundBytes += outbound.count - before
        swap(&outbound, &record.pointee.outbound)
    }

    /// Ends this side of the stream after what was written, with trailers if there are any.
    package func finish(
        _ ref: HTTP2StreamRef, trailers: HTTP2HeaderSource?
    ) throws(HTTP2Failure) {
        guard let record = openRecord(ref), case .open = record.pointee.outboundEnd else { return }
        record.pointee.outboundEnd = trailers.map { .trailers($0) } ?? .data
        try resume(record)
    }

    private func resume(_ record: StreamTable.Record) throws(HTTP2Failure) {
        guard record.pointee.isDeferred else { return }
        record.pointee.isDeferred = false
        try library.resume(streamID: record.pointee.id)
    }

    /// Throws away what was written to the stream and has not been sent.
    package func discardOutbound(_ ref: HTTP2StreamRef) {
        guard let record = state.streams.record(ref) else { return }
        state.outboundBytes -= record.pointee.outbound.count
        record.pointee.outbound.clear()
    }

    /// Bytes that were written to the stream and not sent.
    package func outboundBytes(_ ref: HTTP2StreamRef) -> Int {
        state.streams.record(ref)?.pointee.outbound.count ?? 0
    }

    /// Streams that have had bytes to send since before `instant` and could send none of them.
    package func streamsStalled(since instant: UInt64) -> [HTTP2StreamRef] {
        state.streams.refs { !$0.outbound.isEmpty && $0.movedAt < instant }
    }

    /// Asks for a `writable` event when the stream's outbound buffer has emptied.
    package func notifyWhenWritable(_ ref: HTTP2StreamRef) {
        openRecord(ref)?.pointee.wantsWritable = true
    }

    /// Bytes of the stream that have been sent since this was last asked.
    package func takeSentBytes(_ ref: HTTP2StreamRef) -> Int {
        guard let record = state.streams.record(ref) else { return 0 }
        let bytes = record.pointee.takenBytes
        record.pointee.takenBytes = 0
        return bytes
    }

    /// Resets the stream; what was written and not sent is lost.
    package func reset(_ ref: HTTP2StreamRef, _ code: HTTP2ErrorCode) throws(HTTP2Failure) {
        guard let record = openRecord(ref) else { return }
        record.pointee.isResetHere = true
        try library.submitReset(streamID: ref.id, code)
    }
}
