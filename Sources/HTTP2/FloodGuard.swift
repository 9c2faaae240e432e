/// A rate with a burst, in whole tokens.
struct TokenBucket {
    private let burst: Int
    private let nanosecondsPerToken: UInt64
    private var tokens: Int
    private var refilledAt: UInt64

    init(burst: Int, perSecond: Int, now: UInt64) {
        self.burst = burst
        nanosecondsPerToken = 1_000_000_000 / UInt64(perSecond)
        tokens = burst
        refilledAt = now
    }

    /// Takes one token; false when there is none.
    mutating func take(now: UInt64) -> Bool {
        if tokens == 0 { refill(now: now) }
        guard tokens > 0 else { return false }
        tokens -= 1
        return true
    }

    /// Gives tokens for work that the peer has made worth it, up to the burst.
    mutating func grant(_ count: Int) { tokens = min(burst, tokens + count) }

    private mutating func refill(now: UInt64) {
        guard now > refilledAt else { return }
        let earned = (now - refilledAt) / nanosecondsPerToken
        guard earned > 0 else { return }
        refilledAt += earned * nanosecondsPerToken
        tokens = Int(min(UInt64(burst), earned))
    }
}

/// Counts what a peer does that the HTTP/2 library answers without end.
///
/// Time comes in as nanoseconds of any monotonic clock.
struct FloodGuard {
    private var peerResets: TokenBucket
    private var provokedResets: TokenBucket
    private var idleFrames: TokenBucket
    private var windowUpdates: TokenBucket

    init(limits: HTTP2Limits, now: UInt64) {
        peerResets = TokenBucket(
            burst: limits.peerResetsBurst, perSecond: limits.peerResetsPerSecond, now: now)
        provokedResets = TokenBucket(
            burst: limits.provokedResetsBurst, perSecond: limits.provokedResetsPerSecond, now: now)
        idleFrames = TokenBucket(
            burst: limits.idleFramesBurst, perSecond: limits.idleFramesPerSecond, now: now)
        windowUpdates = TokenBucket(
            burst: limits.windowUpdatesBurst, perSecond: limits.windowUpdatesPerSecond, now: now)
    }

    /// Judges the header of a frame that begins to arrive.
    mutating func onFrame(_ frame: FrameHeader, now: UInt64) -> HTTP2Abuse? {
        switch frame.kind {
        case .data:
            let movesNothing = frame.payloadBytes == 0 && !frame.endStream
            return !movesNothing || idleFrames.take(now: now) ? nil : .idleFrames
        case .headers:
            windowUpdates.grant(2)
            return nil
        case .pushPromise, .goAway, .continuation:
            // Each of these is bounded by the library, or ends the connection.
            return nil
        case .resetStream:
            return peerResets.take(now: now) ? nil : .peerResets
        case .windowUpdate:
            return windowUpdates.take(now: now) ? nil : .windowUpdates
        case .ping, .settings, .priority, .other:
            return idleFrames.take(now: now) ? nil : .idleFrames
        }
    }

    /// Counts a RST_STREAM that this side sends although nobody here asked for it.
    mutating func onProvokedReset(now: UInt64) -> HTTP2Abuse? {
        provokedResets.take(now: now) ? nil : .provokedResets
    }

    /// Notes that a DATA frame was sent: honest peers answer those with windows and probes.
    mutating func onDataSent() {
        idleFrames.grant(1)
        windowUpdates.grant(2)
    }
}

/// The part of a frame header by which floods are told (RFC 9113, 4.1).
struct FrameHeader {
    /// A frame type; the ones that HTTP/2 does not define are one kind.
    enum Kind: UInt8 {
        case data = 0
        case headers
        case priority
        case resetStream
        case settings
        case pushPromise
        case ping
        case goAway
        case windowUpdate
        case continuation
        case other = 0xff
    }

    /// The first type that HTTP/2 itself does not define.
    static let firstUnknownType: UInt8 = 0xa

    let kind: Kind
    let payloadBytes: Int
    let endStream: Bool

    init(type: UInt8, flags: UInt8, payloadBytes: Int) {
        kind = Kind(rawValue: type) ?? .other
        self.payloadBytes = payloadBytes
        endStream = flags & 0x1 != 0
    }
}
