internal import AllegroCrypto
internal import AllegroModels
internal import Foundation

/// What this machine takes for what dominates a payment, and what follows for how fast it can be.
struct MachineCosts: CustomStringConvertible {
    /// Recovery of one sender.
    var recover: Duration
    /// One Ed25519 signature.
    var sign: Duration
    /// One write and sync of a page, the median; nil when it was not asked for.
    var sync: Duration?

    var description: String {
        let costs =
            [("recover", recover), ("Ed25519 sign", sign)] + (sync.map { [("sync", $0)] } ?? [])
        let texts = costs.map {
            "\($0) \(($1 / .microseconds(1)).formatted(.number.precision(.fractionLength(1)))) us"
        }
        return "this machine: \(texts.joined(separator: ", "))"
    }

    /// - Parameter directory: where to measure a sync; nil for nowhere.
    static func measure(syncingIn directory: String?, rounds: Int = 2_000) throws -> MachineCosts {
        let payer = LoadAccount(0)
        let digest = Keccak256.hash([1, 2, 3])
        let signature = payer.key.sign(digest)
        guard let key = try? ValidatorSigningKey(seed: Bytes32(repeating: 0x41)) else {
            preconditionFailure("libsodium is not usable here")
        }
        let clock = ContinuousClock()
        let recovering = clock.measure {
            for _ in 0..<rounds {
                precondition(Secp256k1.recover(signature, over: digest) == payer.address)
            }
        }
        let signing = clock.measure { for _ in 0..<rounds { _ = key.sign(digest: digest) } }
        return MachineCosts(
            recover: recovering / rounds, sign: signing / rounds,
            sync: try directory.map { try sync(in: $0) })
    }

    private static func sync(in directory: String, rounds: Int = 300) throws -> Duration {
        let path = directory + "/allegro-bench.sync"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? file.close() }
        let page = Data(repeating: 0x5b, count: 4_096)
        let clock = ContinuousClock()
        let times = try (0..<rounds).map { _ in
            try clock.measure {
                try file.write(contentsOf: page)
                try file.synchronize()
            }
        }
        return times.sorted()[rounds / 2]
    }
}

extension MachineCosts {
    // A throw-away pipeline of the same libraries, with one durable row a payment, made 21,700 payments
    // a second on two cores, one of which took 50 us to recover a sender and sign a certificate.
    private static let pipelinePerSecond = 21_700.0
    private static let pipelineCrypto = Duration.microseconds(50)
    private static let pipelineShare = 0.7
    private static let syncsMax = 3.0

    /// How the measurement compares with what is asked for.
    ///
    /// - Parameter inFlight: with one request in flight it is the latency that counts.
    func verdict(throughput: Double, medianMicroseconds: Double, inFlight: Int) -> String {
        guard inFlight == 1 else {
            let here = Self.pipelinePerSecond * (Self.pipelineCrypto / (recover + sign))
            return """
                ratio \(Self.text(throughput / here)) of a bare pipeline's \(Int(here)) payments/s at \
                these costs (at least \(Self.pipelineShare) is asked for)
                """
        }
        guard let sync else { return "p50 cannot be compared: --data-dir was not given" }
        let syncs = medianMicroseconds / (sync / .microseconds(1))
        return
            "p50 is \(Self.text(syncs)) syncs (at most \(Self.text(Self.syncsMax)) are asked for)"
    }

    private static func text(_ value: Double) -> String {
        value.formatted(.number.precision(.fractionLength(2)).locale(Locale(identifier: "C")))
    }
}
