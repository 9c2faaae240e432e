/// Where the responses of a streaming call go.
protocol MessageSink: Sendable {
    /// Sends a message, when there is room for it.
    func write(_ message: [UInt8]) async throws(RPCError)
}

/// The methods that a server answers.
package struct RPCRouter: Sendable {
    /// A handler of bytes: all that a transport needs to know of a method.
    enum Handler: Sendable {
        case unary(Unary)
        case streaming(Streaming)
    }

    /// A handler of one request and one response.
    enum Unary: Sendable {
        /// It never waits, so that no task is needed to run it.
        case immediate(@Sendable ([UInt8]) -> Result<[UInt8], CallFailure>)
        case awaited(Awaited)
    }

    typealias Awaited =
        @Sendable ([UInt8], RPCServerContext) async -> Result<[UInt8], CallFailure>

    typealias Streaming =
        @Sendable (MessageQueue, any MessageSink, RPCServerContext) async -> CallFailure?

    private struct Route: Sendable {
        let path: [UInt8]
        let handler: Handler
    }

    /// Routes by the length of their path: a few candidates, compared byte by byte, without hashing.
    private var routesByLength: [[Route]] = []

    package init() {}

    /// Registers a method with one request and one response.
    ///
    /// The handler starts on the connection's event loop and stays there until it first suspends for
    /// something that is not ready: work of more than some microseconds belongs elsewhere.
    package mutating func unary<Q, R>(
        _ method: RPCMethod<Q, R>,
        handler: @escaping @Sendable (Q, RPCServerContext) async throws -> R
    ) {
        let path = method.path
        add(
            path,
            .unary(
                .awaited { message, context in
                    do {
                        let request = try method.request(in: message)
                        let response = try await handler(request, context)
                        return .success(
                            try Self.encode(response, of: path, with: method.encodeResponse))
                    } catch {
                        return .failure(CallFailure(thrown: error))
                    }
                }))
    }

    /// Registers a method with one request and one response whose handler never waits.
    ///
    /// It runs on the connection's event loop, without a task: for what takes a few microseconds, has
    /// nothing that a deadline or a cancellation could stop, and looks at the request alone.
    package mutating func unary<Q, R>(
        _ method: RPCMethod<Q, R>,
        immediately handler: @escaping @Sendable (Q) throws -> R
    ) {
        let path = method.path
        add(
            path,
            .unary(
                .immediate { message in
                    do {
                        let request = try method.request(in: message)
                        let response = try handler(request)
                        return .success(
                            try Self.encode(response, of: path, with: method.encodeResponse))
                    } catch {
                        return .failure(CallFailure(thrown: error))
                    }
                }))
    }

    /// Registers a method whose caller sends messages and gets messages, in any order.
    ///
    /// On the wire a client that sends one message and half-closes is the same call. The handler starts
    /// like that of a unary method, before the first request has arrived.
    package mutating func streaming<Q, R>(
        _ method: RPCMethod<Q, R>,
        handler:
            @escaping @Sendable (
                RPCRequestStream<Q>, RPCResponseWriter<R>, RPCServerContext
            ) async throws -> Void
    ) {
        let path = method.path
        add(
            path,
            .streaming { queue, sink, context in
                let requests = RPCRequestStream<Q>(queue: queue, decode: method.request(in:))
                let writer = RPCResponseWriter<R>(sink: sink) { response throws(RPCError) in
                    try Self.encode(response, of: path, with: method.encodeResponse)
                }
                do {
                    try await handler(requests, writer, context)
                    return nil
                } catch {
                    return CallFailure(thrown: error)
                }
            })
    }

    private static func encode<R>(
        _ response: R, of path: String, with encode: @Sendable (R) throws -> [UInt8]
    ) throws(RPCError) -> [UInt8] {
        do {
            return try encode(response)
        } catch {
            throw RPCError(.internalError, "the response of \(path) cannot be encoded")
        }
    }

    private mutating func add(_ path: String, _ handler: Handler) {
        precondition(self.handler(path: path) == nil, "a method is registered twice")
        let path = Array(path.utf8)
        while routesByLength.count <= path.count { routesByLength.append([]) }
        routesByLength[path.count].append(Route(path: path, handler: handler))
    }

    /// The handler of a path; nil when there is none.
    func handler(path: String) -> Handler? {
        Array(path.utf8).withUnsafeBytes { handler(path: $0) }
    }

    /// The handler of a path; nil when there is none.
    func handler(path: UnsafeRawBufferPointer) -> Handler? {
        guard path.count < routesByLength.count else { return nil }
        for route in routesByLength[path.count]
        where route.path.withUnsafeBytes({ path.matches($0) }) {
            return route.handler
        }
        return nil
    }

    /// What a caller of a path without a handler is told.
    func unimplemented(path: String) -> RPCError {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].isEmpty, !parts[1].isEmpty, !parts[2].isEmpty else {
            return RPCError(.unimplemented, "malformed method name")
        }
        let prefix = Array("/\(parts[1])/".utf8)
        let isKnown = routesByLength.contains { $0.contains { $0.path.starts(with: prefix) } }
        return isKnown
            ? RPCError(.unimplemented, "unknown method \(parts[2]) of service \(parts[1])")
            : RPCError(.unimplemented, "unknown service \(parts[1])")
    }
}
