internal import HTTP2
internal import NIOCore

/// What a handler tells its connection, from whichever thread it runs on.
enum ServerCommand: Sendable {
    case unaryDone(HTTP2StreamRef, Result<[UInt8], CallFailure>, RPCServerContext)
    case write(HTTP2StreamRef, [UInt8], RPCServerContext)
    case streamDone(HTTP2StreamRef, CallFailure?, RPCServerContext)
    /// The handler has read requests, so that more are welcome.
    case demand(HTTP2StreamRef)
}

/// The way from handlers to their connection.
///
/// A handler that has not waited acts on the connection at once. Any other leaves a command, so that the
/// answers of a burst are sent together.
final class ServerLink: Sendable {
    let eventLoop: any EventLoop
    /// Where the handlers of unary calls run.
    let executor: EventLoopTaskExecutor
    private let budget: ServerBudget
    private let mailbox: Mailbox<ServerCommand>
    /// The connection; nil when it is gone.
    ///
    /// Unsafe to share in general, and right here: it is read and written on the event loop alone, which
    /// every function that does so has checked. A box that checks costs a tenth of a small call.
    nonisolated(unsafe) private var connection: ServerConnection?

    init(eventLoop: any EventLoop, budget: ServerBudget) {
        self.eventLoop = eventLoop
        self.budget = budget
        executor = EventLoopTaskExecutor(eventLoop)
        mailbox = Mailbox(eventLoop: eventLoop)
    }

    /// Sets where commands go; nil when the connection is gone.
    ///
    /// On the event loop only.
    func connect(_ connection: ServerConnection?) {
        eventLoop.preconditionInEventLoop()
        self.connection = connection
    }

    /// Runs `body` with the connection, unless it is gone.
    ///
    /// On the event loop only.
    func ifConnected(_ body: (ServerConnection) -> Void) {
        eventLoop.preconditionInEventLoop()
        if let connection { body(connection) }
    }

    /// Tells the end of a unary call's handler.
    ///
    /// The server's budget counts handlers until they really end, even those of lost connections.
    func unaryDone(
        _ ref: HTTP2StreamRef, _ result: Result<[UInt8], CallFailure>, _ context: RPCServerContext
    ) {
        budget.endHandler()
        if eventLoop.inEventLoop, let connection, connection.inlineCall == ref {
            connection.onUnaryDone(ref, result, context)
        } else {
            post(.unaryDone(ref, result, context))
        }
    }

    /// Tells the end of a streaming call's handler.
    func streamDone(_ ref: HTTP2StreamRef, _ failure: CallFailure?, _ context: RPCServerContext) {
        budget.endHandler()
        perform(.streamDone(ref, failure, context))
    }

    /// Has a command of a streaming call carried out.
    func perform(_ command: ServerCommand) {
        if eventLoop.inEventLoop {
            connection?.perform(command, after: mailbox)
        } else {
            post(command)
        }
    }

    private func post(_ command: ServerCommand) {
        mailbox.post(command) { [self] in ifConnected { $0.performAll(mailbox) } }
    }
}

/// Where the responses of one streaming call over HTTP/2 go.
final class HTTP2MessageSink: MessageSink {
    private let link: ServerLink
    private let ref: HTTP2StreamRef
    private let gate: OutboundGate
    private let context: RPCServerContext
    private let messageBytesMax: Int

    init(
        link: ServerLink, ref: HTTP2StreamRef, gate: OutboundGate, context: RPCServerContext,
        messageBytesMax: Int
    ) {
        self.link = link
        self.ref = ref
        self.gate = gate
        self.context = context
        self.messageBytesMax = messageBytesMax
    }

    func write(_ message: [UInt8]) async throws(RPCError) {
        try MessageLimit.check(message, bytesMax: messageBytesMax)
        try await gate.acquire(MessageFraming.prefixBytes + message.count)
        link.perform(.write(ref, message, context))
    }
}

/// The limit of messages that leave this side.
enum MessageLimit {
    static func check(_ message: [UInt8], bytesMax: Int) throws(RPCError) {
        guard message.count <= bytesMax else {
            throw RPCError(
                .resourceExhausted,
                "a message of \(message.count) bytes is larger than the limit of \(bytesMax)")
        }
    }
}
