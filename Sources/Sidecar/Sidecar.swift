internal import AllegroCrypto
internal import AllegroModels
internal import CertificateStore
internal import GRPC
package import Logging
package import NIOCore

/// Why an address cannot be listened on, in one line that names it.
package struct ListenError: Error, CustomStringConvertible {
    package let description: String
}

/// A validator on the network: serves its node over HTTP/2 and pulls from its peers.
package final class Sidecar: Sendable {
    private let configuration: SidecarConfiguration
    private let node: SidecarNode
    private let server: GRPCServer
    private let peers: [(url: String, client: RPCClient)]
    private let logger: Logger

    /// Opens the store; nothing is served yet.
    ///
    /// - Throws: ``StoreError`` when the store cannot be used, ``ConfigurationError`` for a peer's URL
    ///   that cannot be called.
    package init(
        _ configuration: SidecarConfiguration, eventLoopGroup: any EventLoopGroup, logger: Logger
    ) throws {
        self.configuration = configuration
        self.logger = logger
        peers = try configuration.peers.map { url in
            do {
                return (url, try RPCClient.http2(url: url, eventLoopGroup: eventLoopGroup))
            } catch {
                throw ConfigurationError("--peers", "\(error)")
            }
        }
        node = try SidecarNode(configuration, logger: logger)
        server = GRPCServer(router: node.router, eventLoopGroup: eventLoopGroup, logger: logger)
    }

    /// Serves and gossips until `stop` returns, then lets running calls end.
    ///
    /// - Parameter ready: called with the address once calls are served.
    /// - Throws: ``ListenError`` when the address cannot be listened on.
    package func run(
        ready: @Sendable (SocketAddress) -> Void = { _ in },
        until stop: () async -> Void
    ) async throws {
        logStart()
        let address: SocketAddress
        do {
            address = try await server.start(
                host: configuration.host, port: configuration.port)
        } catch {
            throw ListenError(description: "\(error)")
        }
        logger.info("serving", metadata: ["address": "\(address)"])
        ready(address)
        await withTaskGroup { group in
            group.addTask { await self.node.run(gossipingWith: self.peers) }
            await stop()
            logger.info("draining")
            await server.shutdown(grace: configuration.shutdownGrace)
            group.cancelAll()
        }
        for peer in peers { await peer.client.close() }
        await node.tidyUp()
        logger.info("stopped")
    }

    private func logStart() {
        if configuration.keyWasOnCommandLine {
            logger.warning(
                "--seed is visible to everyone who can list processes; use --validator-key")
        }
        if case .introductions = configuration.committee, !configuration.peers.isEmpty {
            logger.warning(
                "the committee is whoever introduces itself at --peers: for demonstrations only")
        }
        if case .memory = configuration.store {
            logger.warning("no --data-dir: what was signed is forgotten when the process ends")
        }
        logger.info(
            "starting",
            metadata: [
                "name": "\(configuration.name)", "validator": "\(configuration.validatorID)",
                "public_key": "\(configuration.key.publicKey)",
                "chain_id": "\(configuration.chainID)", "epoch": "\(configuration.epoch)",
                "lane": "\(configuration.lane.rawValue)",
                "ledger_limits": "\(configuration.ledger)",
                "store_limits": "\(configuration.storeLimits)",
                "gossip_limits": "\(configuration.gossip)",
                "board_count_max": "\(configuration.boardCountMax)",
            ])
    }
}
