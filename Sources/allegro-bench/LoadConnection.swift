internal import HTTP2
internal import NIOCore

/// Hands out requests and takes their responses; shared by the connections of a load.
protocol LoadSource: Sendable {
    /// The number and the message of the next request; nil when there are no more.
    func next() -> (index: Int, message: [UInt8])?
    /// Takes the message that came for a request, nil when the call failed.
    func answered(_ index: Int, with message: [UInt8]?, after nanoseconds: UInt64)
}

/// One HTTP/2 connection that keeps a number of unary calls in flight until its source is empty.
///
/// Without tasks, decoding or deadlines: it runs on the cores of the sidecar that it measures, so all
/// that it does is taken from that sidecar.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Call {
        var index: Int
        var startedAt: UInt64
        var body: [UInt8] = []
    }

    private static let outputBytesMax = 64 * 1024
    private static let prefixBytes = 5
    private static let headers = HTTP2HeaderSource.fixed(
        HTTP2StaticHeaders([
            (":method", "POST"), (":scheme", "http"),
            (":path", "/tempo.fastpay.v1.FastPaySidecar/SubmitFastPay"),
            (":authority", "sidecar"), ("content-type", "application/grpc"),
            ("te", "trailers"),
        ]))

    private let source: any LoadSource
    private let inFlight: Int
    private let session: HTTP2Session
    private let done: EventLoopPromise<Void>
    private var calls: [HTTP2StreamRef: Call] = [:]
    private var output: ByteBuffer
    private var hasStarted = false

    init(
        source: any LoadSource, inFlight: Int, allocator: ByteBufferAllocator,
        done: EventLoopPromise<Void>
    ) throws {
        self.source = source
        self.inFlight = inFlight
        self.done = done
        session = try HTTP2Session(role: .client, limits: HTTP2Limits(), now: Self.now)
        output = allocator.buffer(capacity: Self.outputBytesMax)
    }

    private static var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

    func channelActive(context: ChannelHandlerContext) { settle(context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        attempt(context) {
            try unwrapInboundIn(data).withUnsafeReadableBytes {
                try session.receive($0, now: Self.now)
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { settle(context) }

    func channelWritabilityChanged(context: ChannelHandlerContext) { settle(context) }

    func channelInactive(context: ChannelHandlerContext) {
        for call in calls.values { source.answered(call.index, with: nil, after: 0) }
        calls = [:]
        done.succeed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func attempt(_ context: ChannelHandlerContext, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            context.close(promise: nil)
        }
    }

    private func settle(_ context: ChannelHandlerContext) {
        attempt(context) {
            while let event = session.nextEvent() { try handle(event, context) }
            try send(context)
        }
    }

    private func handle(_ event: HTTP2Event, _ context: ChannelHandlerContext) throws {
        switch event {
        case .settings:
            guard !hasStarted else { return }
            hasStarted = true
            for _ in 0..<inFlight { try begin(context) }
        case .data(let ref, _):
            _ = session.readInbound(ref) { inbound in
                inbound.withUnsafeBytes { calls[ref]?.body.append(contentsOf: $0) }
                inbound.clear()
            }
            try session.credit(ref)
        case .closed(let ref, _):
            end(ref)
            try begin(context)
        case .head, .trailers, .writable, .pong: break
        case .goAway: context.close(promise: nil)
        }
    }

    private func begin(_ context: ChannelHandlerContext) throws {
        guard let request = source.next() else {
            if calls.isEmpty { context.close(promise: nil) }
            return
        }
        let ref = try session.request(Self.headers, endStream: false)
        calls[ref] = Call(index: request.index, startedAt: Self.now)
        try session.write(ref) { outbound in
            var prefix: [UInt8] = [0]
            withUnsafeBytes(of: UInt32(request.message.count).bigEndian) {
                prefix.append(contentsOf: $0)
            }
            outbound.append(prefix)
            outbound.append(request.message)
        }
        try session.finish(ref, trailers: nil)
    }

    private func end(_ ref: HTTP2StreamRef) {
        guard let call = calls.removeValue(forKey: ref) else { return }
        // Anything but one whole message means that the call failed.
        let message =
            call.body.count > Self.prefixBytes ? Array(call.body[Self.prefixBytes...]) : nil
        source.answered(call.index, with: message, after: Self.now - call.startedAt)
    }

    private func send(_ context: ChannelHandlerContext) throws {
        while context.channel.isWritable {
            output.clear()
            let hasMore = try session.takeOutput(
                into: &output, bytesMax: Self.outputBytesMax, now: Self.now)
            guard output.readableBytes > 0 else { break }
            context.write(wrapOutboundOut(output), promise: nil)
            guard hasMore else { break }
        }
        context.flush()
    }
}
