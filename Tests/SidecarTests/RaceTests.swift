import AllegroClient
import AllegroCrypto
import AllegroModels
import AllegroTesting
import CertificateStore
import Logging
import NIOCore
import NIOPosix
import SidecarCore
import Testing

@testable import Sidecar

/// Payments that race for one place over sockets, each by a connection of its own.
///
/// The thread sanitizer watches these runs too (`Scripts/test --sanitize thread`).
@Suite(.timeLimit(.minutes(10))) struct RaceTests {
    private let directory: TemporaryDirectory
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        directory = try TemporaryDirectory()
    }

    private static let clientCount = 64
    private static let rounds = UInt8(1)...8

    /// A wallet of its own for each round, so that no round leaves anything to the next.
    private static func wallet(_ round: UInt8) throws -> Secp256k1PrivateKey {
        try #require(Secp256k1PrivateKey(bytes: [UInt8](repeating: round, count: 32)))
    }

    /// Payments of which one validator may sign one: to other recipients, of other amounts.
    ///
    /// Every other round they are Ethereum payments of one account nonce, and every other one of those
    /// declares another key.
    private static func rivals(_ round: UInt8) throws -> [FastPayTransaction] {
        let wallet = try wallet(round)
        let isEthereum = round.isMultiple(of: 2)
        return (0..<UInt8(clientCount)).map { index in
            PaymentOrder(
                to: Address(repeating: 0x80 + index), amount: 1 + UInt64(index),
                of: DemoState.asset, format: isEthereum ? .evmOpaqueBytesV1 : .tempoNativeV1,
                nonce: Nonce2D(
                    key: NonceKey(repeating: isEthereum && index % 2 == 1 ? 0x5c : 0x5b),
                    sequence: 0),
                expiry: .maxBlockHeight(100)
            ).signed(by: wallet, chainID: 1337)
        }
    }

    private func configuration() throws -> SidecarConfiguration {
        var options = SidecarOptions()
        options.listen = "127.0.0.1:0"
        options.seed = String(repeating: "41", count: 32)
        options.dataDirectory = directory.path + "/data"
        var configuration = try SidecarConfiguration(options, cores: 2)
        for round in Self.rounds {
            let account = AccountAsset(
                account: try Self.wallet(round).address, asset: DemoState.asset)
            configuration.base.balances[account] = 1_000
        }
        return configuration
    }

    /// A sidecar on the directory, once the one before has let it go.
    private func opened() async throws -> Sidecar {
        while true {
            do {
                return try Sidecar(
                    configuration(), eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                    logger: logger)
            } catch StoreError.locked {
                // The last task that used the store ends after the last call does.
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Serves on a port of its own while `body` calls it, each client on its own connection.
    private func withClients(
        _ body: @Sendable @escaping ([ValidatorClient]) async throws -> Void
    ) async throws {
        let sidecar = try await opened()
        let (addresses, address) = AsyncStream<Int>.makeStream()
        let (ends, end) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await sidecar.run(
                    ready: { address.yield($0.port ?? 0) },
                    until: { for await _ in ends {} })
            }
            group.addTask {
                defer { end.finish() }
                for await port in addresses.prefix(1) {
                    let clients = try (0..<Self.clientCount).map { _ in
                        try ValidatorClient(
                            url: "http://127.0.0.1:\(port)", timeout: .seconds(60))
                    }
                    // Connected before the race begins.
                    for client in clients { _ = try await client.identity() }
                    try await body(clients)
                    for client in clients { await client.close() }
                }
            }
            do {
                try await group.waitForAll()
            } catch {
                end.finish()
                throw error
            }
        }
    }

    /// Submits one payment by each client, all at once.
    private func race(
        _ payments: [FastPayTransaction], _ clients: [ValidatorClient]
    ) async throws -> [Result<Certificate, RejectReason>] {
        try await withThrowingTaskGroup { group in
            for (index, (payment, client)) in zip(payments, clients).enumerated() {
                group.addTask { (index, try await client.submit(payment, parents: [])) }
            }
            var answers: [Int: Result<Certificate, RejectReason>] = [:]
            for try await (index, answer) in group { answers[index] = answer }
            return (0..<payments.count).compactMap { answers[$0] }
        }
    }

    /// The one that was certified; all others must have been refused as its rivals.
    private func winner(
        of answers: [Result<Certificate, RejectReason>]
    ) throws -> (index: Int, certificate: Certificate) {
        var winners: [(Int, Certificate)] = []
        for (index, answer) in answers.enumerated() {
            switch answer {
            case .success(let certificate): winners.append((index, certificate))
            case .failure(let reason): #expect(reason.code == .equivocation)
            }
        }
        #expect(answers.count == Self.clientCount)
        #expect(winners.count == 1)
        return try #require(winners.first)
    }

    @Test func ofRivalsOverManyConnectionsOneIsCertifiedForEver() async throws {
        // Clients come and go with the process; what was decided stays.
        for run in 0..<2 {
            try await withClients { clients in
                for round in Self.rounds {
                    let rivals = try Self.rivals(round)
                    let first = try winner(of: try await race(rivals, clients))
                    #expect(first.certificate.txHash == rivals[first.index].txHash)
                    try await record(first.certificate, of: round, inRun: run)
                    // Everyone asks again, by another connection; nothing changes.
                    let again = try winner(
                        of: try await race(rivals, Array(clients.reversed())))
                    #expect(again == first)
                    // All want the winner's, which is one and the same.
                    let same = try await race(
                        Array(repeating: rivals[first.index], count: clients.count), clients)
                    #expect(same.count { $0 == .success(first.certificate) } == clients.count)
                }
            }
        }
    }

    private actor Record {
        var certificates: [UInt8: Certificate] = [:]

        func certificate(_ certificate: Certificate, of round: UInt8) -> Certificate {
            defer { certificates[round] = certificates[round] ?? certificate }
            return certificates[round] ?? certificate
        }
    }

    private let winners = Record()

    /// Remembers a round's winner of the first run, and expects the same in the next.
    private func record(
        _ certificate: Certificate, of round: UInt8, inRun run: Int
    ) async throws {
        let known = await winners.certificate(certificate, of: round)
        #expect(known == certificate, "run \(run), round \(round)")
    }
}
