internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A TCP client that sends what it is told and keeps the frames that come back.
package final class RawClient: Sendable {
    private struct State {
        var unparsed: [UInt8] = []
        var untaken: [UInt8] = []
        var frames: [Frame] = []
        var byteCount = 0
        var isClosed = false
    }

    private let channel: any Channel
    private let inbox: Inbox

    private final class Inbox: Sendable {
        let state = Mutex(State())
    }

    private init(channel: any Channel, inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// Connects to 127.0.0.1; with `reads` false it never takes a byte from its socket.
    package static func connect(
        port: Int, reads: Bool = true, receiveBufferBytes: Int? = nil
    ) async throws -> RawClient {
        let inbox = Inbox()
        var bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(inbox: inbox))
                }
            }
        if let receiveBufferBytes {
            bootstrap = bootstrap.channelOption(
                .socketOption(.so_rcvbuf), value: receiveBufferBytes)
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        return RawClient(channel: channel, inbox: inbox)
    }

    /// Sends bytes; an error when the server has closed the connection.
    package func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Sends bytes and does not wait until they have left.
    package func post(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// All frames that have come so far.
    package var frames: [Frame] { inbox.state.withLock { $0.frames } }

    /// The bytes that have come since this was last asked.
    package func takeBytes() -> [UInt8] {
        inbox.state.withLock { state in
            defer { state.untaken = [] }
            return state.untaken
        }
    }

    /// How many bytes have come so far.
    package var byteCount: Int { inbox.state.withLock { $0.byteCount } }

    /// Whether the server has closed the connection.
    package var isClosed: Bool { inbox.state.withLock { $0.isClosed } }

    package func close() async { try? await channel.close() }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let inbox: Inbox

        init(inbox: Inbox) { self.inbox = inbox }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data).readableBytesView
            inbox.state.withLock { state in
                state.byteCount += bytes.count
                state.unparsed += bytes
                state.untaken += bytes
                state.frames += Frame.takeAll(from: &state.unparsed)
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            inbox.state.withLock { $0.isClosed = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
