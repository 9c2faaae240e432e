internal import ArgumentParser
internal import Foundation

/// The load generator's command line; Scripts/bench starts what it measures.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allegro-bench",
        abstract: "Measures sidecars with payments that were signed beforehand.",
        subcommands: [WriteBaseState.self, Certify.self])
}

/// Writes the `--base-state` file in which the load's accounts have money.
struct WriteBaseState: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "base-state", abstract: "Write the accounts' balances for --base-state.")

    @Option(help: "How many accounts.")
    var accounts = 100_000

    @Option(help: "The file to write.")
    var to: String

    func run() throws {
        let entries = (0..<accounts).map { index in
            """
            {"account":"\(LoadAccount(index).address)","asset":"\(LoadAccount.asset)",\
            "amount":"1000000"}
            """
        }
        let text = "{\"balances\":[\(entries.joined(separator: ",\n"))]}\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: to))
    }
}

/// Certifies payments in a closed loop and prints what came of it.
struct Certify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certify", abstract: "Submit payments and check their certificates.")

    @Option(help: "URL of the sidecar.")
    var url = "http://127.0.0.1:50051"

    @Option(help: "Payments to submit.")
    var payments = 100_000

    @Option(help: "Number of the first payment; another run's payments would only be repeated.")
    var first = 0

    @Option(help: "Accounts that pay, in turn; each pays under keys of its own.")
    var accounts = 100_000

    @Option(help: "HTTP/2 connections.")
    var connections = 8

    @Option(help: "Requests in flight on each connection.")
    var inFlight = 64

    @Option(help: "Chain id of the sidecar.")
    var chainId: UInt64 = 1337

    @Option(help: "Epoch of the sidecar.")
    var epoch: UInt64 = 1

    @Option(help: "Directory on the disk of the sidecar's store, to measure a sync there.")
    var dataDir: String?

    func run() async throws {
        let load = CertifyLoad(
            url: url, payments: first..<first + payments, accounts: accounts,
            connections: connections,
            inFlight: inFlight, chainID: chainId, epoch: epoch, dataDirectory: dataDir)
        let report = try await load.run()
        print(report)
    }
}
