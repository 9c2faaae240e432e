internal import CNghttp2

// C functions cannot capture: the library gives each of them the session's state as `userData`, without a
// count of references. ``LibrarySession`` keeps the state alive for as long as the library can call.

extension SessionState {
    /// Runs `body` with the state that a callback is for.
    ///
    /// Without counting references: the session that called is alive, and so is its state.
    @inline(__always)
    private static func with<Result>(
        _ userData: UnsafeMutableRawPointer?, _ body: (SessionState) -> Result
    ) -> Result? {
        guard let userData else { return nil }
        return Unmanaged<SessionState>.fromOpaque(userData)._withUnsafeGuaranteedRef(body)
    }

    /// A stream's slot as the library's user data of the stream; nil means none, so it is one more.
    static func userData(slot: Int32) -> UnsafeMutableRawPointer? {
        UnsafeMutableRawPointer(bitPattern: Int(slot) + 1)
    }

    /// The callbacks of every session, to be deleted by the caller.
    static func makeCallbacks() throws(HTTP2Failure) -> OpaquePointer {
        var made: OpaquePointer?
        try LibrarySession.check(nghttp2_session_callbacks_new(&made))
        guard let callbacks = made else {
            throw .library(code: Int(NGHTTP2_ERR_NOMEM.rawValue), text: "no callbacks")
        }
        setReceiving(callbacks)
        setSending(callbacks)
        return callbacks
    }

    private static func setReceiving(_ callbacks: OpaquePointer) {
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, header, userData in
            guard let header else { return 0 }
            SessionState.with(userData) { $0.onFrameBegins(header.pointee) }
            return 0
        }
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) {
            session, frame, userData in
            guard let frame else { return 0 }
            SessionState.with(userData) { $0.onHeadersBegin(session, frame.pointee.hd) }
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, _, name, nameCount, value, valueCount, _, userData in
            let goesOn = SessionState.with(userData) {
                $0.onField(
                    name: UnsafeRawBufferPointer(start: name, count: nameCount),
                    value: UnsafeRawBufferPointer(start: value, count: valueCount))
            }
            return goesOn == true ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) {
            session, frame, userData in
            guard let frame else { return 0 }
            SessionState.with(userData) { $0.onFrameReceived(session, frame) }
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            session, _, streamID, bytes, count, userData in
            SessionState.with(userData) {
                $0.onData(session, streamID, UnsafeRawBufferPointer(start: bytes, count: count))
            }
            return 0
        }
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) {
            session, frame, _, userData in
            guard let frame else { return 0 }
            SessionState.with(userData) { $0.onInvalidFrame(session, frame.pointee.hd) }
            return 0
        }
        nghttp2_session_callbacks_set_unpack_extension_callback(callbacks) { _, _, _, _ in
            NGHTTP2_ERR_CANCEL.rawValue
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) {
            session, streamID, code, userData in
            SessionState.with(userData) { $0.onStreamClosed(session, streamID, code) }
            return 0
        }
    }

    private static func setSending(_ callbacks: OpaquePointer) {
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) {
            session, frame, userData in
            guard let frame else { return 0 }
            SessionState.with(userData) { $0.onFrameSent(session, frame) }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) {
            session, frame, _, userData in
            guard let frame else { return 0 }
            SessionState.with(userData) { $0.onFrameNotSent(session, frame.pointee.hd) }
            return 0
        }
    }

    /// Where the library gets the bytes of the stream in a slot.
    static func dataProvider(slot: Int32) -> nghttp2_data_provider {
        var provider = nghttp2_data_provider()
        provider.source.fd = slot
        provider.read_callback = { session, streamID, buffer, length, flags, source, userData in
            let failed = Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
            guard let source, let flags else { return failed }
            let read = SessionState.with(userData) {
                $0.read(
                    session, slot: Int(source.pointee.fd), streamID: streamID,
                    into: UnsafeMutableRawBufferPointer(start: buffer, count: length))
            }
            switch read {
            case .bytes(let count, let what):
                flags.pointee = what
                return count
            case .deferred: return Int(NGHTTP2_ERR_DEFERRED.rawValue)
            case .failed, .none: return failed
            }
        }
        return provider
    }
}
