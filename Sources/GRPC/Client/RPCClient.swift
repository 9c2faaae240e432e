package import NIOCore

/// Calls methods of one server, over HTTP/2 or in process.
///
/// All calls share one connection. It is made when the first call needs it and made again after it was
/// lost; while it cannot be made, calls fail at once with UNAVAILABLE until a growing pause is over.
package final class RPCClient: Sendable {
    private let transport: any ClientTransport

    private init(transport: any ClientTransport) { self.transport = transport }

    /// A client of the server at `host` and `port`, without TLS.
    package static func http2(
        host: String, port: Int, eventLoopGroup: any EventLoopGroup, limits: GRPCLimits = .init()
    ) -> RPCClient {
        RPCClient(
            transport: HTTP2ClientTransport(
                target: ServerTarget(host: host, port: port), limits: limits,
                eventLoop: eventLoopGroup.next()))
    }

    /// A client of the server at `http://host:port`; any other form throws an error that says what is wrong.
    package static func http2(
        url: String, eventLoopGroup: any EventLoopGroup, limits: GRPCLimits = .init()
    ) throws -> RPCClient {
        let target = try ServerTarget(url: url)
        return RPCClient(
            transport: HTTP2ClientTransport(
                target: target, limits: limits, eventLoop: eventLoopGroup.next()))
    }

    /// A client of a router in the same process; messages are encoded and decoded as on the wire.
    package static func inProcess(
        _ router: RPCRouter, limits: GRPCLimits = .init()
    ) -> RPCClient {
        RPCClient(transport: InProcessTransport(router: router, limits: limits))
    }

    /// Calls a method with one request and one response.
    ///
    /// Cancelling the task cancels the call on the server. Without a `timeout` it waits for ever.
    package func unary<Q, R>(
        _ method: RPCMethod<Q, R>, _ request: Q, metadata: RPCMetadata = .init(),
        timeout: Duration? = nil
    ) async throws(RPCError) -> R {
        try await unaryWithMetadata(method, request, metadata: metadata, timeout: timeout).message
    }

    /// Like ``unary(_:_:metadata:timeout:)``, with the metadata that came with the response.
    package func unaryWithMetadata<Q, R>(
        _ method: RPCMethod<Q, R>, _ request: Q, metadata: RPCMetadata = .init(),
        timeout: Duration? = nil
    ) async throws(RPCError) -> RPCResponse<R> {
        let call = try begin(method, request, metadata, timeout, responses: .one)
        let result = await withTaskCancellationHandler {
            await call.responses.next()
        } onCancel: {
            call.cancel(Self.cancelled)
        }
        switch result {
        case .success(let message):
            return RPCResponse(
                message: try method.response(in: message ?? []),
                initialMetadata: call.metadata.initial ?? RPCMetadata(),
                trailingMetadata: call.metadata.trailing ?? RPCMetadata())
        case .failure(let error):
            // Where the error was found on this side, the server is still at work.
            call.cancel(error)
            throw error
        }
    }

    /// Calls a method with one request and any number of responses.
    ///
    /// The call is cancelled when the stream, or the task that reads it, goes before its end.
    package func streaming<Q, R>(
        _ method: RPCMethod<Q, R>, _ request: Q, metadata: RPCMetadata = .init(),
        timeout: Duration? = nil
    ) throws(RPCError) -> RPCResponseStream<R> {
        let call = try begin(method, request, metadata, timeout, responses: .any)
        return RPCResponseStream(call: call, decode: method.response(in:))
    }

    /// Calls a method with any number of requests and responses, in any order.
    ///
    /// The call is cancelled when the responses, or the task that reads them, go before their end.
    package func bidirectional<Q, R>(
        _ method: RPCMethod<Q, R>, metadata: RPCMetadata = .init(), timeout: Duration? = nil
    ) -> (requests: RPCRequestWriter<Q>, responses: RPCResponseStream<R>) {
        let head = head(method.path, metadata, timeout, responses: .any)
        let call = transport.begin(head, request: nil)
        return (
            RPCRequestWriter(call: call, encode: method.bytes(of:)),
            RPCResponseStream(call: call, decode: method.response(in:))
        )
    }

    /// Ends all calls with UNAVAILABLE, closes the connection and takes no more calls.
    package func close() async { await transport.close() }

    static let cancelled = RPCError(.cancelled, "the caller cancelled the call")

    private func begin<Q, R>(
        _ method: RPCMethod<Q, R>, _ request: Q, _ metadata: RPCMetadata, _ timeout: Duration?,
        responses: ClientCallHead.Cardinality
    ) throws(RPCError) -> any ClientCall {
        let message = try method.bytes(of: request)
        try MessageLimit.check(message, bytesMax: transport.limits.messageBytesMax)
        return transport.begin(
            head(method.path, metadata, timeout, responses: responses), request: message)
    }

    private func head(
        _ path: String, _ metadata: RPCMetadata, _ timeout: Duration?,
        responses: ClientCallHead.Cardinality
    ) -> ClientCallHead {
        ClientCallHead(
            path: path, metadata: metadata, deadline: timeout.map { .now + $0 },
            responses: responses)
    }
}

/// A response and the metadata around it.
package struct RPCResponse<Message: Sendable>: Sendable {
    package let message: Message
    package let initialMetadata: RPCMetadata
    package let trailingMetadata: RPCMetadata
}

/// The responses of a call, as its caller reads them: one reader, once.
///
/// Throws the ``RPCError`` that the call ended with, if it is not OK.
package struct RPCResponseStream<Response: Sendable>: AsyncSequence, Sendable {
    package typealias Element = Response
    package typealias Failure = RPCError

    private let lifetime: CallLifetime
    private let decode: @Sendable ([UInt8]) throws(RPCError) -> Response

    init(
        call: any ClientCall, decode: @escaping @Sendable ([UInt8]) throws(RPCError) -> Response
    ) {
        lifetime = CallLifetime(call: call)
        self.decode = decode
    }

    /// What the server sent before its first message; nil while that has not come.
    package var initialMetadata: RPCMetadata? { lifetime.call.metadata.initial }

    /// What the server sent after its last message; nil while that has not come.
    package var trailingMetadata: RPCMetadata? { lifetime.call.metadata.trailing }

    /// Ends the call; the reader gets CANCELLED.
    package func cancel() { lifetime.call.cancel(RPCClient.cancelled) }

    package struct AsyncIterator: AsyncIteratorProtocol {
        let stream: RPCResponseStream

        package mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(RPCError) -> Response? {
            let call = stream.lifetime.call
            let result = await withTaskCancellationHandler {
                await call.responses.next()
            } onCancel: {
                call.cancel(RPCClient.cancelled)
            }
            guard let message = try result.get() else { return nil }
            return try stream.decode(message)
        }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self) }
}

/// Cancels a call when nobody can read its responses any more.
private final class CallLifetime: Sendable {
    let call: any ClientCall

    init(call: any ClientCall) { self.call = call }

    deinit { call.cancel(RPCClient.cancelled) }
}

/// Where the caller of a bidirectional call sends its requests.
package struct RPCRequestWriter<Request: Sendable>: Sendable {
    let call: any ClientCall
    let encode: @Sendable (Request) throws(RPCError) -> [UInt8]

    /// Sends a request; waits while the server is behind in reading.
    ///
    /// Throws what the call ended with, even when that was OK: then it is CANCELLED.
    package func write(_ request: Request) async throws(RPCError) {
        try await call.send(encode(request))
    }

    /// Says that no more requests come.
    package func finish() { call.halfClose() }
}
