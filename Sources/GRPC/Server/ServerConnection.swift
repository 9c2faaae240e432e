internal import HTTP2
internal import Logging
internal import NIOCore

/// What the connections of one server share.
struct ServerEnvironment: Sendable {
    let router: RPCRouter
    let limits: GRPCLimits
    let budget: ServerBudget
    let logger: Logger
}

/// One connection of a server, on its event loop: moves bytes between the channel and the session.
///
/// What calls mean is in `ServerConnection+Calls.swift`, what time does in `ServerConnection+Time.swift`.
final class ServerConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// How far the end of the connection is.
    enum Phase {
        case open
        /// GOAWAY was announced; the peer may still start calls that it began before it knew.
        case announcing
        /// No more calls are taken; those that run may end.
        case draining
        /// All is said; the socket closes in a moment.
        case closing
    }

    /// A peer that was told to go has so long to read why.
    private static let lingerTime = TimeAmount.milliseconds(250)

    let environment: ServerEnvironment
    let link: ServerLink
    let pump: SessionPump
    var session: HTTP2Session { pump.session }
    let peer: String
    var phase = Phase.open
    /// By the slot of the stream.
    var calls: [ServerCall] = []
    var deadlines = DeadlineHeap<HTTP2StreamRef>()
    var deadlineTimer: Scheduled<Void>?
    /// The time for which `deadlineTimer` is set; the largest number when there is none.
    var deadlineTimerTime = UInt64.max
    var tick: RepeatedTask?
    /// Handlers that have begun and not ended, of calls that were given up included.
    var handlerCount = 0
    /// Request bytes that calls keep outside the session.
    var handledBytes = 0
    private var countedBytes = 0

    var context: ChannelHandlerContext?
    private var commands: [ServerCommand] = []
    /// The unary call whose handler is in its first, synchronous part; its result, as soon as there is one.
    var inlineCall: HTTP2StreamRef?
    var inlineResult: Result<[UInt8], CallFailure>?

    // Times in nanoseconds of the connection's clock.
    var hasSettings = false
    var lastBusyAt: UInt64
    var pingSentAt: UInt64?

    init(environment: ServerEnvironment, channel: any Channel) throws(HTTP2Failure) {
        self.environment = environment
        pump = try SessionPump(
            role: .server, limits: environment.limits.http2, allocator: channel.allocator)
        lastBusyAt = pump.now
        link = ServerLink(eventLoop: channel.eventLoop, budget: environment.budget)
        peer = Self.describe(channel.remoteAddress)
    }

    private static func describe(_ address: SocketAddress?) -> String {
        guard let address, let host = address.ipAddress, let port = address.port else {
            return "unknown"
        }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        link.connect(self)
        if context.channel.isActive { begin() }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin()
        context.fireChannelActive()
    }

    private func begin() {
        guard tick == nil else { return }
        startTicking()
        settle()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .open = closingState else { return }
        pingSentAt = nil
        attempt { () throws(HTTP2Failure) in try pump.receive(unwrapInboundIn(data)) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        settle()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if case .open = closingState { pump.read(context) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        pump.writabilityChanged(context)
        settle()
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        environment.logger.debug(
            "connection failed", metadata: ["peer": "\(peer)", "error": "\(error)"])
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    /// Lets go of everything; the channel is gone.
    private func end() {
        guard self.context != nil else { return }
        self.context = nil
        phase = .closing
        tick?.cancel()
        deadlineTimer?.cancel()
        link.connect(nil)
        stopAllCalls(RPCError(.cancelled, "the connection was lost"))
        environment.budget.addBytes(-countedBytes)
        countedBytes = 0
    }

    // MARK: Commands

    /// Carries out what was left in the mailbox.
    func performAll(_ mailbox: Mailbox<ServerCommand>) {
        pump.wakeUp()
        drain(mailbox)
        settle()
    }

    /// Carries out a command of a handler that is on the event loop, after those that came before it.
    func perform(_ command: ServerCommand, after mailbox: Mailbox<ServerCommand>) {
        drain(mailbox)
        apply(command)
        settle()
    }

    private func drain(_ mailbox: Mailbox<ServerCommand>) {
        var batch: [ServerCommand] = []
        swap(&batch, &commands)
        mailbox.takeAll(swappingWith: &batch)
        for command in batch { apply(command) }
        batch.removeAll(keepingCapacity: true)
        commands = batch
    }

    // MARK: Settling

    /// Whether the connection still takes input.
    private var closingState: Phase {
        switch phase {
        case .open, .announcing, .draining: .open
        case .closing: .closing
        }
    }

    /// Handles all events and sends all output.
    func settle() {
        guard let context, case .open = closingState else { return }
        attempt { () throws(HTTP2Failure) in try pump.settle(context) { handle($0) } }
        countBytes()
        if session.abuse != nil || session.isFinished { finish() }
    }

    private func countBytes() {
        let bytes = session.inboundBytes + handledBytes + session.outboundBytes
        if bytes != countedBytes {
            environment.budget.addBytes(bytes - countedBytes)
            countedBytes = bytes
        }
    }

    // MARK: Ending

    /// Acts on the session; an error there ends the connection.
    func attempt(_ body: () throws(HTTP2Failure) -> Void) {
        do throws(HTTP2Failure) { try body() } catch { fail(error) }
    }

    private func fail(_ error: HTTP2Failure) {
        environment.logger.debug(
            "connection ended by a protocol error",
            metadata: ["peer": "\(peer)", "error": "\(error)"])
        close()
    }

    /// Closes after the last output was sent.
    private func finish() {
        if let abuse = session.abuse {
            environment.logger.info(
                "connection ended because of its peer",
                metadata: ["peer": "\(peer)", "abuse": "\(abuse.rawValue)"])
        }
        close()
    }

    /// Sends what is left, then the end, and closes a little later, so that the peer can read why.
    ///
    /// Closing at once would throw away what the peer has not read, because it may still be sending.
    func close() {
        guard let context, case .open = closingState else { return }
        phase = .closing
        stopAllCalls(RPCError(.cancelled, "the connection was closed"))
        context.flush()
        let channel = context.channel
        let eventLoop = context.eventLoop
        let isSent = eventLoop.makePromise(of: Void.self)
        context.close(mode: .output, promise: isSent)
        isSent.futureResult.whenComplete { _ in
            eventLoop.scheduleTask(in: Self.lingerTime) { channel.close(promise: nil) }
        }
        let patience =
            session.abuse == nil
            ? TimeAmount.milliseconds(Int64(environment.limits.writeStallMillisecondsMax))
            : Self.lingerTime
        let lastResort = eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in lastResort.cancel() }
    }
}
