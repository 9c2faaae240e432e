internal import HTTP2
internal import NIOCore

/// One connection of a client, on its event loop.
final class ClientConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    enum Phase {
        /// `takesCalls` until the server says that it will take no more.
        case open(takesCalls: Bool)
        case closed
    }

    private static let keepalivePing: UInt64 = 0x616c697665

    let link: ClientLink
    let target: ServerTarget
    let limits: GRPCLimits
    private let pump: SessionPump
    var session: HTTP2Session { pump.session }
    var phase = Phase.open(takesCalls: true)
    private var context: ChannelHandlerContext?
    private var tick: RepeatedTask?
    private let connectedAt: UInt64
    var hasSettings = false
    private var pingSentAt: UInt64?
    var closeReason = "the connection was closed"
    /// By the slot of the stream.
    var calls: [HTTP2ClientCall?] = []
    var openCount = 0
    /// Calls that wait for a stream, from `firstWaiting` on.
    var waiting: [HTTP2ClientCall] = []
    var firstWaiting = 0

    init(
        link: ClientLink, target: ServerTarget, limits: GRPCLimits, channel: any Channel
    ) throws(HTTP2Failure) {
        self.link = link
        self.target = target
        self.limits = limits
        pump = try SessionPump(role: .client, limits: limits.http2, allocator: channel.allocator)
        connectedAt = pump.now
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin() }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin()
        context.fireChannelActive()
    }

    private func begin() {
        guard tick == nil, let context else { return }
        let shortest = [
            limits.connectMillisecondsMax, limits.writeStallMillisecondsMax,
            limits.keepaliveMillisecondsMax,
        ].reduce(4000, min)
        let period = TimeAmount.milliseconds(Int64(max(10, shortest / 4)))
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        tick = context.eventLoop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in
            bound.value.onTick()
        }
        settle()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pingSentAt = nil
        attempt { () throws(HTTP2Failure) in try pump.receive(unwrapInboundIn(data)) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        settle()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) { pump.read(context) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        pump.writabilityChanged(context)
        settle()
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        closeReason = "\(error)"
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    private func end() {
        guard context != nil else { return }
        context = nil
        phase = .closed
        tick?.cancel()
        let unsent = waiting[firstWaiting...]
        waiting = []
        firstWaiting = 0
        let open = calls.compactMap { $0 }
        calls = []
        let error = RPCError(.unavailable, "the connection to \(target) was lost: \(closeReason)")
        link.ifConnected { connector in
            connector.onClosed(self, hadSettings: hasSettings, reason: closeReason)
            for call in open { connector.fail(call, error) }
            // The server has never heard of these, so another connection may be asked for them.
            for call in unsent { connector.retry(call) }
        }
    }

    /// Acts on the session; an error there ends the connection.
    func attempt(_ body: () throws(HTTP2Failure) -> Void) {
        do throws(HTTP2Failure) {
            try body()
        } catch {
            closeReason = "\(error)"
            context?.close(promise: nil)
        }
    }

    /// Handles all events and sends all output.
    func settle() {
        guard let context else { return }
        attempt { () throws(HTTP2Failure) in try pump.settle(context) { handle($0) } }
        if let abuse = session.abuse {
            closeReason = "the server is abusive: \(abuse.rawValue)"
            context.close(promise: nil)
        } else if session.isFinished {
            context.close(promise: nil)
        }
    }

    // MARK: Time

    private func onTick() {
        guard let context else { return }
        pump.wakeUp()
        if !hasSettings, pump.isOver(connectedAt, limits.connectMillisecondsMax) {
            closeReason = "the server does not speak HTTP/2"
            return context.close(promise: nil)
        }
        if let since = pump.unwritableSince, pump.isOver(since, limits.writeStallMillisecondsMax) {
            closeReason = "the server does not read"
            return context.close(promise: nil)
        }
        if let sent = pingSentAt, pump.isOver(sent, limits.keepaliveMillisecondsMax) {
            closeReason = "the server gives no sign of life"
            return context.close(promise: nil)
        }
        let interval = limits.keepaliveIntervalMilliseconds
        if interval > 0, openCount > 0, pingSentAt == nil,
            pump.isOver(pump.lastReceivedAt, interval)
        {
            pingSentAt = pump.now
            attempt { () throws(HTTP2Failure) in try session.ping(Self.keepalivePing) }
            settle()
        }
    }

    /// Says goodbye and closes.
    func close() {
        guard let context else { return }
        closeReason = "the client was closed"
        attempt { () throws(HTTP2Failure) in try session.terminate(.noError) }
        settle()
        context.close(promise: nil)
    }
}
