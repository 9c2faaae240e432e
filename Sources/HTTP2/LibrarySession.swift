internal import CNghttp2

/// The library's session handle, and the only place that calls its `ssize_t` interface.
///
/// Later versions of the library deprecate that interface; version 1.52 has no other.
/// Nothing here may be called from one of the library's callbacks.
final class LibrarySession {
    private let handle: OpaquePointer
    /// Where the callbacks go.
    ///
    /// The library holds an unretained pointer to it, so it must live as long.
    private let state: SessionState

    init(
        role: HTTP2Session.Role, limits: HTTP2Limits, state: SessionState
    ) throws(HTTP2Failure) {
        let options = try Self.makeOptions(limits)
        defer { nghttp2_option_del(options) }
        let callbacks = try SessionState.makeCallbacks()
        defer { nghttp2_session_callbacks_del(callbacks) }
        let userData = Unmanaged.passUnretained(state).toOpaque()
        var session: OpaquePointer?
        let result =
            switch role {
            case .server: nghttp2_session_server_new2(&session, callbacks, userData, options)
            case .client: nghttp2_session_client_new2(&session, callbacks, userData, options)
            }
        guard result == 0, let session else { throw Self.failure(Int(result)) }
        handle = session
        self.state = state
        try submitSettings(role: role, limits: limits)
    }

    deinit { nghttp2_session_del(handle) }

    private static func makeOptions(_ limits: HTTP2Limits) throws(HTTP2Failure) -> OpaquePointer {
        var options: OpaquePointer?
        let result = nghttp2_option_new(&options)
        guard result == 0, let options else { throw failure(Int(result)) }
        nghttp2_option_set_no_auto_window_update(options, 1)
        // PINGs are answered here, so that a flood of them stops at the flood guard.
        nghttp2_option_set_no_auto_ping_ack(options, 1)
        nghttp2_option_set_no_closed_streams(options, 1)
        // Frames of unknown types are ignored; the flood guard hears of them only if they are asked for.
        for type in FrameHeader.firstUnknownType...UInt8.max {
            nghttp2_option_set_user_recv_extension_type(options, type)
        }
        // More than one piece of input can make, so that the flood guard speaks first.
        nghttp2_option_set_max_outbound_ack(options, 4096)
        nghttp2_option_set_max_settings(options, limits.settingsEntriesMax)
        nghttp2_option_set_max_continuations(options, limits.continuationFramesMax)
        nghttp2_option_set_max_reserved_remote_streams(options, 0)
        // The flood guard counts resets and says why it ends a connection; the library's own limiter
        // stands behind it.
        nghttp2_option_set_stream_reset_rate_limit(
            options, UInt64(limits.peerResetsBurst) * 2, UInt64(limits.peerResetsPerSecond) * 2)
        return options
    }

    private func submitSettings(
        role: HTTP2Session.Role, limits: HTTP2Limits
    ) throws(HTTP2Failure) {
        func entry(_ id: nghttp2_settings_id, _ value: Int) -> nghttp2_settings_entry {
            nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: UInt32(value))
        }
        var entries = [
            entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.streamWindowBytes),
            entry(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headerListBytesMax),
            entry(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, limits.frameBytesMax),
        ]
        switch role {
        case .server:
            entries.append(
                entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.concurrentStreamsMax))
        case .client:
            entries.append(entry(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
        }
        try Self.check(nghttp2_submit_settings(handle, 0, entries, entries.count))
        try Self.check(
            nghttp2_session_set_local_window_size(
                handle, 0, 0, Int32(limits.connectionWindowBytes)))
    }

    // MARK: Bytes

    /// Gives bytes of the peer to the library; they are all taken.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTP2Failure) {
        let start = bytes.bindMemory(to: UInt8.self).baseAddress
        let result = nghttp2_session_mem_recv(handle, start, bytes.count)
        guard result >= 0 else { throw Self.failure(result) }
    }

    /// The next bytes for the peer, valid until the next call; nil when there are none now.
    func send() throws(HTTP2Failure) -> UnsafeRawBufferPointer? {
        var start: UnsafePointer<UInt8>?
        let result = nghttp2_session_mem_send(handle, &start)
        guard result >= 0 else { throw Self.failure(result) }
        return result == 0 ? nil : UnsafeRawBufferPointer(start: start, count: result)
    }

    var wantsToRead: Bool { nghttp2_session_want_read(handle) != 0 }
    var wantsToWrite: Bool { nghttp2_session_want_write(handle) != 0 }

    // MARK: Streams

    /// Submits a request and gives its stream id.
    func submitRequest(
        _ headers: HTTP2HeaderSource, slot: Int32, hasBody: Bool
    ) throws(HTTP2Failure) -> Int32 {
        var provider = SessionState.dataProvider(slot: slot)
        let id = headers.withLibraryFields { fields, count in
            withUnsafePointer(to: &provider) { provider in
                nghttp2_submit_request(
                    handle, nil, fields, count, hasBody ? provider : nil,
                    SessionState.userData(slot: slot))
            }
        }
        guard id > 0 else { throw Self.failure(Int(id)) }
        return id
    }

    func submitResponse(
        _ headers: HTTP2HeaderSource, streamID: Int32, slot: Int32, hasBody: Bool
    ) throws(HTTP2Failure) {
        var provider = SessionState.dataProvider(slot: slot)
        let result = headers.withLibraryFields { fields, count in
            withUnsafePointer(to: &provider) { provider in
                nghttp2_submit_response(handle, streamID, fields, count, hasBody ? provider : nil)
            }
        }
        try Self.check(result)
    }

    func submitReset(streamID: Int32, _ code: HTTP2ErrorCode) throws(HTTP2Failure) {
        try Self.check(nghttp2_submit_rst_stream(handle, 0, streamID, code.rawValue))
    }

    /// Lets the library ask for a stream's bytes again.
    func resume(streamID: Int32) throws(HTTP2Failure) {
        let result = nghttp2_session_resume_data(handle, streamID)
        // The stream may be on its way out, or still in the queue of those that wait to be opened.
        guard result != NGHTTP2_ERR_INVALID_ARGUMENT.rawValue else { return }
        try Self.check(result)
    }

    /// Gives received bytes back to the windows of a stream and of the connection.
    func credit(streamID: Int32, bytes: Int) throws(HTTP2Failure) {
        try Self.check(nghttp2_session_consume(handle, streamID, bytes))
    }

    /// Gives received bytes back to the window of the connection alone.
    func creditConnection(bytes: Int) throws(HTTP2Failure) {
        try Self.check(nghttp2_session_consume_connection(handle, bytes))
    }

    // MARK: The connection

    func submitPing(_ opaque: UInt64) throws(HTTP2Failure) {
        let result = withUnsafeBytes(of: opaque) { bytes in
            nghttp2_submit_ping(handle, 0, bytes.bindMemory(to: UInt8.self).baseAddress)
        }
        try Self.check(result)
    }

    func submitShutdownNotice() throws(HTTP2Failure) {
        try Self.check(nghttp2_submit_shutdown_notice(handle))
    }

    func submitGoAway(_ code: HTTP2ErrorCode) throws(HTTP2Failure) {
        let last = nghttp2_session_get_last_proc_stream_id(handle)
        try Self.check(nghttp2_submit_goaway(handle, 0, last, code.rawValue, nil, 0))
    }

    /// Ends the session: GOAWAY is the last that it sends.
    func terminate(_ code: HTTP2ErrorCode) throws(HTTP2Failure) {
        try Self.check(nghttp2_session_terminate_session(handle, code.rawValue))
    }

    /// SETTINGS_MAX_CONCURRENT_STREAMS of the peer.
    var peerConcurrentStreamsMax: Int {
        Int(
            nghttp2_session_get_remote_settings(
                handle, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
    }

    // MARK: Errors

    static func check(_ result: Int32) throws(HTTP2Failure) {
        guard result == 0 else { throw failure(Int(result)) }
    }

    private static func failure(_ code: Int) -> HTTP2Failure {
        .library(code: code, text: String(cString: nghttp2_strerror(Int32(code))))
    }
}
