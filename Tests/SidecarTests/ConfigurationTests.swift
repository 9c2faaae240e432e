import AllegroCrypto
import AllegroModels
import AllegroTesting
import CertificateStore
import Foundation
import SidecarCore
import Testing

@testable import Sidecar

/// What the daemon can and cannot be started with; every refusal names its flag.
struct ConfigurationTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private static let seed = String(repeating: "41", count: 32)

    private func options(_ change: (inout SidecarOptions) -> Void = { _ in }) -> SidecarOptions {
        var options = SidecarOptions()
        options.seed = Self.seed
        options.demoBalances = true
        change(&options)
        return options
    }

    private func refusal(_ change: (inout SidecarOptions) -> Void) -> ConfigurationError? {
        do {
            _ = try SidecarConfiguration(options(change), cores: 2)
            return nil
        } catch {
            return error
        }
    }

    private func file(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let path = directory.path + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    @Test func theReadmesFlagsAreAccepted() throws {
        let configuration = try SidecarConfiguration(
            options {
                $0.name = "Dave"
                $0.validatorID = String(repeating: "d1", count: 32)
                $0.peers = ["http://127.0.0.1:50052"]
            }, cores: 2)
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 50051)
        #expect(configuration.validatorID == ValidatorID(repeating: 0xd1))
        #expect(configuration.store == .memory)
        #expect(configuration.storeLimits.certificatesPerSignerMax == 5_000)
    }

    private typealias Change = @Sendable (inout SidecarOptions) -> Void

    private static let wrongFlags: [(flag: String, change: Change)] = [
        ("--listen", { $0.listen = "127.0.0.1" }), ("--listen", { $0.listen = "host:99999" }),
        ("--listen", { $0.listen = "::1:50051" }), ("--listen", { $0.listen = ":50051" }),
        ("--seed", { $0.seed = "41" }), ("--seed", { $0.validatorKey = "key" }),
        ("--validator-key", { $0.seed = nil }),
        ("--validator-id", { $0.validatorID = "d1" }),
        ("--name", { $0.name = String(repeating: "n", count: 257) }),
        ("--epoch", { $0.epoch = 0 }),
        ("--peers", { $0.peers = ["127.0.0.1:50052"] }),
        ("--peers", { $0.peers = ["http://a:1", "http://a:1"] }),
        ("--data-dir", { $0.demoBalances = false }), ("--data-dir", { $0.dataDirectory = "" }),
        (
            "--committee",
            {
                $0.demoBalances = false
                $0.dataDirectory = "d"
                $0.peers = ["http://a:1"]
            }
        ),
        ("--committee", { $0.committee = "/nonexistent" }),
        ("--base-state", { $0.baseState = "/nonexistent" }),
        ("--lane", { $0.lane = "fast" }),
        ("--gossip-interval-ms", { $0.gossipIntervalMillis = 0 }),
        ("--gossip-pull-limit", { $0.gossipPullLimit = 0 }),
        ("--max-total-certs", { $0.maxTotalCerts = 0 }),
        (
            "--max-total-certs",
            {
                $0.maxTotalCerts = 1; $0.peers = ["http://a:1"]
            }
        ),
        ("--max-known-qcs", { $0.maxKnownQCs = -1 }),
        ("--max-request-cache", { $0.maxRequestCache = 0 }),
        ("--max-bulletin-board-response", { $0.maxBulletinBoardResponse = 0 }),
        ("--threads", { $0.threads = -1 }),
        ("--reth-ws-url", { $0.rethWebSocketURL = "ws://127.0.0.1:8546" }),
        ("--max-pending-evm-txs", { $0.maxPendingEVMTxs = 1 }),
        ("--max-receipt-batch", { $0.maxReceiptBatch = 1 }),
    ]

    @Test(arguments: wrongFlags.indices)
    func aWrongFlagIsNamed(index: Int) {
        let (flag, change) = Self.wrongFlags[index]
        let error = refusal(change)
        #expect(error?.flag == flag)
        #expect(error?.description.contains("\n") == false)
    }

    @Test func aKeyFileIsForItsOwnerOnly() throws {
        let open = try file("open", Self.seed, mode: 0o640)
        #expect(
            refusal {
                $0.seed = nil
                $0.validatorKey = open
            }?.problem.contains("mode 640") == true)
        let closed = try file("closed", Self.seed + "\n", mode: 0o600)
        let configuration = try SidecarConfiguration(
            options {
                $0.seed = nil
                $0.validatorKey = closed
            }, cores: 2)
        #expect(!configuration.keyWasOnCommandLine)
        let fromSeed = try SidecarConfiguration(options(), cores: 2)
        #expect(configuration.key.publicKey == fromSeed.key.publicKey)
        #expect(fromSeed.keyWasOnCommandLine)
    }

    // MARK: Committee file

    private func committeeFile(
        threshold: Int?, epoch: Int = 1, others: Int = 3, ownKey: String? = nil
    ) throws -> String {
        let own = try SidecarConfiguration(options(), cores: 2)
        var validators = [
            """
            {"id": "\(own.validatorID)", "public_key": "\(ownKey ?? own.key.publicKey.description)"}
            """
        ]
        for seat in 0..<others {
            let byte = Hex.encode([UInt8(0x10 + seat)])
            validators.append(
                """
                {"id": "\(String(repeating: byte, count: 32))", "name": "v\(seat)",
                 "public_key": "\(String(repeating: byte, count: 32))"}
                """)
        }
        let line = threshold.map { "\"threshold\": \($0)," } ?? ""
        return try file(
            "committee.json",
            """
            {"epoch": \(epoch), \(line) "validators": [\(validators.joined(separator: ","))]}
            """)
    }

    @Test func aCommitteeFileGivesSeatsAndQuorum() throws {
        let path = try committeeFile(threshold: 3)
        let configuration = try SidecarConfiguration(
            options { $0.committee = path }, cores: 2)
        guard case .configured(let committee) = configuration.committee else {
            Issue.record("the committee is not configured")
            return
        }
        #expect(committee.seats == 4)
        #expect(committee.quorum == 3)
    }

    @Test func aThresholdBelowTheQuorumIsRefused() throws {
        let path = try committeeFile(threshold: 2)
        #expect(
            refusal { $0.committee = path }?.problem.contains("below the quorum of 3 of 4")
                == true)
    }

    @Test func aCommitteeFileThatDoesNotFitIsRefused() throws {
        let stranger = String(repeating: "ee", count: 32)
        for path in [
            try committeeFile(threshold: nil, epoch: 2),
            try committeeFile(threshold: nil, ownKey: stranger),
            try file("broken.json", "{\"epoch\": 1, \"validators\": [{}]}"),
            try file("empty.json", "{\"epoch\": 1, \"validators\": []}"),
            try file("text.json", "validators"),
        ] {
            #expect(refusal { $0.committee = path }?.flag == "--committee")
        }
    }

    // MARK: Base state

    @Test func aBaseStateFileAddsBalancesAndNonces() throws {
        let account = String(repeating: "a1", count: 20)
        let path = try file(
            "base.json",
            """
            {"balances": [{"account": "0x\(account)", "asset": "\(account)",
                           "amount": "340282366920938463463374607431768211455"}],
             "nonces": [{"account": "\(account)",
                         "nonce_key": "\(String(repeating: "00", count: 32))",
                         "next_sequence": 7}]}
            """)
        let base = try SidecarConfiguration(options { $0.baseState = path }, cores: 2).base
        let address = Address(repeating: 0xa1)
        #expect(base.balances[AccountAsset(account: address, asset: address)] == .max)
        #expect(base.sequences[NonceLane(account: address, key: .protocol)] == 7)
        #expect(base.balances.count == 4)
    }

    @Test func aBaseStateFileThatDoesNotFitIsRefused() throws {
        for text in [
            #"{"balances": [{"account": "a1", "asset": "a1", "amount": "1"}]}"#,
            #"{"balances": [{"account": "a1"}]}"#, #"{"balances": 1}"#, "", "[]",
        ] {
            let path = try file("base.json", text)
            #expect(refusal { $0.baseState = path }?.flag == "--base-state")
        }
    }
}
