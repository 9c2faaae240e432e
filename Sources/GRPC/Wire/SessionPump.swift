internal import HTTP2
internal import NIOCore

/// Moves bytes between a channel and a session, on the channel's event loop.
///
/// Output is collected in one buffer that is used again, and flushed once for each burst.
final class SessionPump {
    /// Output is collected up to this size before it is given to the channel.
    private static let outputBytesMax = 64 * 1024

    let session: HTTP2Session
    /// The time of the last thing that happened, in nanoseconds of the connection's clock.
    private(set) var now: UInt64
    private(set) var lastReceivedAt: UInt64
    /// Since when the channel takes no more; nil while it does.
    private(set) var unwritableSince: UInt64?
    private var output: ByteBuffer
    /// Events are being handled, so whoever acts on the session need not send its output.
    private var isSettling = false
    /// The channel asked to be read while it could not be written.
    private var readIsHeldBack = false

    init(
        role: HTTP2Session.Role, limits: HTTP2Limits, allocator: ByteBufferAllocator
    ) throws(HTTP2Failure) {
        now = NIODeadline.now().uptimeNanoseconds
        lastReceivedAt = now
        output = allocator.buffer(capacity: Self.outputBytesMax)
        session = try HTTP2Session(role: role, limits: limits, now: now)
    }

    /// Looks at the clock; to be called when something begins that the channel did not cause.
    func wakeUp() {
        now = NIODeadline.now().uptimeNanoseconds
        session.advance(to: now)
    }

    /// Whether `milliseconds` have passed since an instant.
    func isOver(_ since: UInt64, _ milliseconds: Int) -> Bool {
        now >= since &+ UInt64(milliseconds) * 1_000_000
    }

    func receive(_ buffer: ByteBuffer) throws(HTTP2Failure) {
        wakeUp()
        lastReceivedAt = now
        let session = session
        let now = now
        let result = buffer.withUnsafeReadableBytes { bytes -> Result<Void, HTTP2Failure> in
            do throws(HTTP2Failure) {
                return .success(try session.receive(bytes, now: now))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Handles all events and sends all output, until nothing is left to do.
    func settle(
        _ context: ChannelHandlerContext, handle: (HTTP2Event) -> Void
    ) throws(HTTP2Failure) {
        guard !isSettling else { return }
        isSettling = true
        defer { isSettling = false }
        var isBusy = true
        var mustFlush = false
        while isBusy {
            isBusy = false
            while let event = session.nextEvent() {
                handle(event)
                isBusy = true
            }
            if try write(context) {
                mustFlush = true
                isBusy = true
            }
        }
        if mustFlush { context.flush() }
    }

    /// Gives output to the channel while it takes it; true when there was any.
    private func write(_ context: ChannelHandlerContext) throws(HTTP2Failure) -> Bool {
        var hasWritten = false
        while context.channel.isWritable || session.abuse != nil {
            output.clear()
            let hasMore = try session.takeOutput(
                into: &output, bytesMax: Self.outputBytesMax, now: now)
            guard output.readableBytes > 0 else { break }
            hasWritten = true
            context.write(NIOAny(output), promise: nil)
            guard hasMore else { break }
        }
        return hasWritten
    }

    // MARK: Back-pressure of the channel

    /// Passes the wish to read on, unless the peer does not read: what it asks for would only pile up.
    func read(_ context: ChannelHandlerContext) {
        if context.channel.isWritable {
            context.read()
        } else {
            readIsHeldBack = true
        }
    }

    /// Notes the change, and reads what was held back meanwhile.
    func writabilityChanged(_ context: ChannelHandlerContext) {
        wakeUp()
        guard context.channel.isWritable else {
            unwritableSince = now
            return
        }
        unwritableSince = nil
        if readIsHeldBack {
            readIsHeldBack = false
            context.read()
        }
    }
}
