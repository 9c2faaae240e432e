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
/// A handler that is still on the event loop acts on the connection at once. Any other leaves a command and
/// wakes the event loop, once for each burst.
final class ServerLink: Sendable {
    let eventLoop: any EventLoop
    private let mailbox: Mailbox<ServerCommand>
    private let connection: NIOLoopBoundBox<ServerConnection?>

    /// Must be made on the event loop.
    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        mailbox = Mailbox(eventLoop: eventLoop)
        connection = NIOLoopBoundBox(nil, eventLoop: eventLoop)
    }

    /// Sets where commands go; nil when the connection is gone. On the event loop only.
    func connect(_ connection: ServerConnection?) { self.connection.value = connection }

    /// Has a command carried out.
    func perform(_ command: ServerCommand) {
        if eventLoop.inEventLoop {
            connection.value?.perform(command, after: mailbox)
        } else {
            mailbox.post(command) { [self] in connection.value?.performAll(mailbox) }
        }
    }

    /// Runs `body` with the connection, unless it is gone. On the event loop only.
    func ifConnected(_ body: (ServerConnection) -> Void) {
        if let connection = connection.value { body(connection) }
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
