internal import HTTP2
package import Logging
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// Why a server did not start.
package enum GRPCServerError: Error, Hashable, CustomStringConvertible {
    /// The limits cannot be used; one sentence for each reason.
    case badLimits([String])
    case addressInUse(host: String, port: Int)
    /// The address cannot be listened on, in the system's words.
    case cannotListen(host: String, port: Int, reason: String)
    /// It has been started or shut down before.
    case notNew

    package var description: String {
        switch self {
        case .badLimits(let problems): "bad limits: " + problems.joined(separator: "; ")
        case .addressInUse(let host, let port): "\(host):\(port) is in use by another process"
        case .cannotListen(let host, let port, let reason):
            "cannot listen on \(host):\(port): \(reason)"
        case .notNew: "the server has been started before"
        }
    }
}

/// Ends a connection before it has begun.
private struct TooManyConnections: Error {}

/// A gRPC server over HTTP/2 without TLS.
///
/// It answers on the event loops of the group it is given; nothing it starts outlives ``shutdown(grace:)``
/// except handlers that do not heed their cancellation.
package final class GRPCServer: Sendable {
    private enum Phase {
        case new
        case starting
        case listening(any Channel)
        case stopped
    }

    private let environment: ServerEnvironment
    private let eventLoopGroup: any EventLoopGroup
    private let registry: ConnectionRegistry
    private let phase = Mutex(Phase.new)

    /// Makes a server that does nothing before ``start(host:port:)``.
    package init(
        router: RPCRouter, limits: GRPCLimits = .init(), eventLoopGroup: any EventLoopGroup,
        logger: Logger? = nil
    ) {
        environment = ServerEnvironment(
            router: router, limits: limits, budget: ServerBudget(limits: limits),
            logger: logger ?? Logger(label: "grpc-server") { _ in SwiftLogNoOpLogHandler() })
        self.eventLoopGroup = eventLoopGroup
        registry = ConnectionRegistry(limits: limits)
    }

    /// How many connections there are.
    package var connectionCount: Int { registry.count }

    /// Listens on `host` (a name or an address) and `port` (0 lets the system choose); gives what was bound.
    ///
    /// Throws ``GRPCServerError``.
    package func start(host: String, port: Int) async throws -> SocketAddress {
        let problems = environment.limits.problems
        guard problems.isEmpty else { throw GRPCServerError.badLimits(problems) }
        try phase.withLock { phase in
            guard case .new = phase else { throw GRPCServerError.notNew }
            phase = .starting
        }
        do {
            let channel = try await bootstrap().bind(host: host, port: port).get()
            guard let address = channel.localAddress else {
                throw GRPCServerError.cannotListen(
                    host: host, port: port, reason: "the socket has no address")
            }
            let isWanted = phase.withLock { phase in
                guard case .starting = phase else { return false }
                phase = .listening(channel)
                return true
            }
            if !isWanted { try? await channel.close() }
            return address
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw GRPCServerError.addressInUse(host: host, port: port)
        } catch let error as GRPCServerError {
            throw error
        } catch {
            throw GRPCServerError.cannotListen(host: host, port: port, reason: "\(error)")
        }
    }

    private func bootstrap() -> ServerBootstrap {
        ServerBootstrap(group: eventLoopGroup)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .writeBufferWaterMark, value: .init(low: 64 * 1024, high: 256 * 1024)
            )
            .childChannelInitializer { [environment, registry] channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = try ServerConnection(
                        environment: environment, channel: channel)
                    guard registry.add(channel, connection.link) else {
                        environment.logger.info(
                            "connection refused: too many",
                            metadata: ["peer": "\(connection.peer)"])
                        throw TooManyConnections()
                    }
                    channel.closeFuture.whenComplete { _ in registry.remove(channel) }
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
    }

    /// Stops: no new connections and calls; calls at work may take `grace`, then they are cancelled.
    ///
    /// Returns when all connections are closed.
    package func shutdown(grace: Duration) async {
        let listener = phase.withLock { phase -> (any Channel)? in
            defer { phase = .stopped }
            if case .listening(let channel) = phase { return channel }
            return nil
        }
        registry.close()
        try? await listener?.close()
        let closed = registry.connections.map(\.channel.closeFuture)
        for (channel, link) in registry.connections {
            channel.eventLoop.execute { link.ifConnected { $0.drain() } }
        }
        let registry = registry
        let cancelling = Task {
            try await Task.sleep(for: grace)
            for (channel, link) in registry.connections {
                channel.eventLoop.execute { link.ifConnected { $0.cancelAll() } }
            }
        }
        for future in closed { try? await future.get() }
        cancelling.cancel()
    }
}
