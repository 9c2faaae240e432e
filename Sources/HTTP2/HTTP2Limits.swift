/// What one HTTP/2 connection may cost, whichever side this is.
///
/// Rates are token buckets: `Burst` is how many are free at once, `PerSecond` how fast they come back.
/// A peer that overdraws one loses the connection with GOAWAY `ENHANCE_YOUR_CALM`.
package struct HTTP2Limits: Hashable, Sendable {
    /// Streams that the peer may have open at once (SETTINGS_MAX_CONCURRENT_STREAMS).
    package var concurrentStreamsMax = 1024

    /// One header block: names, values and 32 for each field (SETTINGS_MAX_HEADER_LIST_SIZE).
    ///
    /// A longer one is marked and handed up without its fields; one of sixteen times that ends the
    /// connection, because it is a compression bomb.
    package var headerListBytesMax = 16 * 1024

    /// Fields in one header block.
    package var headerFieldsMax = 100

    /// CONTINUATION frames after one HEADERS frame.
    package var continuationFramesMax = 8

    /// Entries in one SETTINGS frame.
    package var settingsEntriesMax = 32

    /// The largest frame payload that the peer may send (SETTINGS_MAX_FRAME_SIZE, 16,384 or more).
    package var frameBytesMax = 16 * 1024

    /// How far the peer may send ahead of the reader on one stream (SETTINGS_INITIAL_WINDOW_SIZE).
    package var streamWindowBytes = 256 * 1024

    /// How far the peer may send ahead of all readers of the connection together.
    package var connectionWindowBytes = 4 * 1024 * 1024

    /// RST_STREAM frames of the peer: an honest one cancels calls in bursts (CVE-2023-44487).
    package var peerResetsBurst = 4000
    package var peerResetsPerSecond = 400

    /// Resets that the peer makes this side send, by frames that break a stream (CVE-2025-8671).
    package var provokedResetsBurst = 100
    package var provokedResetsPerSecond = 10

    /// PING, SETTINGS, PRIORITY, unknown and empty DATA frames: they cost work and move nothing.
    ///
    /// Each DATA frame that is sent to the peer earns it one, because bandwidth probes follow data.
    package var idleFramesBurst = 500
    package var idleFramesPerSecond = 50

    /// WINDOW_UPDATE frames; each DATA frame that is sent and each stream that is opened earns two.
    package var windowUpdatesBurst = 2000
    package var windowUpdatesPerSecond = 200

    package init() {}

    /// What is wrong with these limits, one sentence each; empty when they can be used.
    package var problems: [String] {
        var problems: [String] = []
        func require(_ holds: Bool, _ sentence: String) { if !holds { problems.append(sentence) } }
        require(concurrentStreamsMax > 0, "concurrentStreamsMax must be positive")
        require(headerListBytesMax >= 1024, "headerListBytesMax must be at least 1024")
        require(headerFieldsMax >= 8, "headerFieldsMax must be at least 8")
        require(continuationFramesMax >= 0, "continuationFramesMax must not be negative")
        require(settingsEntriesMax > 0, "settingsEntriesMax must be positive")
        require(
            (16_384...16_777_215).contains(frameBytesMax),
            "frameBytesMax must be from 16384 to 16777215 (RFC 9113, 6.5.2)")
        require(
            (1...0x7fff_ffff).contains(streamWindowBytes),
            "streamWindowBytes must be from 1 to 2147483647 (RFC 9113, 6.9.1)")
        require(
            (65_535...0x7fff_ffff).contains(connectionWindowBytes),
            "connectionWindowBytes must be from 65535 to 2147483647 (RFC 9113, 6.9.2)")
        let rates = [
            peerResetsBurst, peerResetsPerSecond, provokedResetsBurst, provokedResetsPerSecond,
            idleFramesBurst, idleFramesPerSecond, windowUpdatesBurst, windowUpdatesPerSecond,
        ]
        require(
            rates.allSatisfy { (1...1_000_000).contains($0) }, "rates must be from 1 to 1000000")
        return problems
    }
}

extension HTTP2Limits: CustomStringConvertible {
    /// `name=value` of every limit, in the order of declaration.
    package var description: String {
        Mirror(reflecting: self).children
            .map { "\($0.label ?? "")=\($0.value)" }
            .joined(separator: " ")
    }
}
