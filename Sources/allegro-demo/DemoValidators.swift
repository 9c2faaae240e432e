internal import AllegroClient
internal import GRPC
internal import Logging
internal import Sidecar

/// Dave and Edgar in this process, each with its own store and gossip, without sockets.
struct DemoValidators {
    static let chainID: UInt64 = 1337
    static let epoch: UInt64 = 1

    private let nodes: [(url: String, node: SidecarNode)]

    init() throws {
        let validators = [("Dave", "d1", "41"), ("Edgar", "e1", "42")]
        let urls = validators.map { "http://\($0.0.lowercased()).demo" }
        nodes = try validators.enumerated().map { index, validator in
            var options = SidecarOptions()
            options.name = validator.0
            options.validatorID = String(repeating: validator.1, count: 32)
            options.seed = String(repeating: validator.2, count: 32)
            options.chainID = Self.chainID
            options.epoch = Self.epoch
            options.demoBalances = true
            options.peers = [urls[1 - index]]
            var logger = Logger(label: validator.0)
            logger.logLevel = .error
            let configuration = try SidecarConfiguration(options, cores: 1)
            return (urls[index], try SidecarNode(configuration, logger: logger))
        }
    }

    /// Runs both validators' gossip while `body` talks to them.
    func whileRunning(_ body: ([ValidatorClient]) async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            for (index, own) in nodes.enumerated() {
                let peer = nodes[1 - index]
                group.addTask {
                    await own.node.run(
                        gossipingWith: [(peer.url, .inProcess(peer.node.router))])
                }
            }
            try await body(
                nodes.map {
                    ValidatorClient(.inProcess($0.node.router), timeout: .seconds(10))
                })
            group.cancelAll()
        }
    }
}
