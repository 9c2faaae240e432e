/// An error code of RFC 9113, section 7; a peer may send others.
package struct HTTP2ErrorCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let noError = Self(rawValue: 0x0)
    package static let protocolError = Self(rawValue: 0x1)
    package static let internalError = Self(rawValue: 0x2)
    package static let flowControlError = Self(rawValue: 0x3)
    package static let streamClosed = Self(rawValue: 0x5)
    package static let refusedStream = Self(rawValue: 0x7)
    package static let cancel = Self(rawValue: 0x8)
    package static let enhanceYourCalm = Self(rawValue: 0xb)
    package static let inadequateSecurity = Self(rawValue: 0xc)
}

/// Why a session can go no further: the connection must be closed.
package enum HTTP2Failure: Error, Hashable, Sendable {
    /// The limits cannot be used.
    case badLimits([String])
    /// The library refused the bytes or an operation, in its own words.
    case library(code: Int, text: String)
}

/// What a peer did too often; it ended the connection.
package enum HTTP2Abuse: String, Hashable, Sendable {
    /// Cancelled streams faster than they can be worth opening.
    case peerResets
    /// Broke streams so that this side had to reset them.
    case provokedResets
    /// Sent frames that move nothing: PING, SETTINGS, PRIORITY, unknown, empty DATA.
    case idleFrames
    /// Moved windows far more often than data.
    case windowUpdates
    /// Sent a header block that unpacks to many times the limit.
    case headerBomb
}

/// A stream of one session: its id and the slot in which the session keeps it.
///
/// Slots are used again and ids are not, so a late operation on a stream that is gone finds another id in
/// its slot and does nothing.
package struct HTTP2StreamRef: Hashable, Sendable {
    package let id: Int32
    package let slot: Int32
}

/// What a session learnt from its peer, in the order in which it happened.
package enum HTTP2Event: Hashable, Sendable {
    /// The first header block is there: a request for a server, a final response for a client.
    case head(HTTP2StreamRef, endStream: Bool)
    /// A DATA frame ended; its bytes are in the stream's inbound buffer.
    case data(HTTP2StreamRef, endStream: Bool)
    /// The block that ends the peer's side of a stream.
    case trailers(HTTP2StreamRef)
    /// What was written has left the stream's outbound buffer, so more may be written.
    case writable(HTTP2StreamRef)
    /// The stream is gone; what arrived before can be read until the next event is asked for.
    case closed(HTTP2StreamRef, HTTP2ErrorCode)
    /// The peer's settings changed.
    case settings
    /// The peer takes no new streams and has not acted on any above `lastStreamID`.
    case goAway(lastStreamID: Int32, HTTP2ErrorCode)
    /// The answer to a PING of this side.
    case pong(UInt64)
}
