internal import AllegroClient
internal import ArgumentParser

/// The demo's command line.
@main
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allegro-demo",
        abstract: "Pays Alice -> Bob -> Carol in a chain, before any block.",
        subcommands: [InProcess.self, OverGRPC.self], defaultSubcommand: InProcess.self)
}

/// Two validators in this process, no network.
struct InProcess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "in-process", abstract: "Run both validators in this process.")

    func run() async throws {
        let validators = try DemoValidators()
        try await validators.whileRunning { clients in
            try await Scenario(chainID: DemoValidators.chainID, epoch: DemoValidators.epoch)
                .run(with: clients)
        }
    }
}

/// Two sidecars that run already.
struct OverGRPC: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grpc", abstract: "Run against two sidecars started as in the README.")

    @Option(help: "URL of the first sidecar.")
    var daveUrl = "http://127.0.0.1:50051"

    @Option(help: "URL of the second sidecar.")
    var edgarUrl = "http://127.0.0.1:50052"

    @Option(help: "Chain id that the sidecars were started with.")
    var chainId: UInt64 = 1337

    @Option(help: "Epoch that the sidecars were started with.")
    var epoch: UInt64 = 1

    func run() async throws {
        try await Scenario(chainID: chainId, epoch: epoch).run(
            with: [ValidatorClient(url: daveUrl), ValidatorClient(url: edgarUrl)])
    }
}
