internal import AllegroCrypto
internal import AllegroModels
internal import Histogram

/// What a run of ``CertifyLoad`` measured.
struct CertifyReport: CustomStringConvertible {
    var payments: Int
    var elapsed: Duration
    var checked: CheckedResponses
    /// Calls that ended without a response.
    var failed: Int
    /// In nanoseconds.
    var latencies: [UInt64]
    var costs: MachineCosts

    var description: String {
        let seconds = elapsed / .seconds(1)
        var histogram = Histogram<UInt32>(
            highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: .three)
        for latency in latencies { histogram.record(latency / 1_000) }
        let percentiles = [50.0, 90, 99, 99.9, 100].map { percentile in
            "p\(percentile) \(histogram.valueAtPercentile(percentile)) us"
        }
        var lines = [
            """
            certified \(checked.certified) of \(payments) payments, \
            \(checked.wrong) wrong certificates, \(failed) failed calls
            """,
            "throughput \(Int(Double(checked.certified) / seconds)) certificates/s",
            "latency \(percentiles.joined(separator: ", "))",
            costs.description,
        ]
        if let refusal = checked.firstRefusal { lines.append("first refusal: \(refusal)") }
        return lines.joined(separator: "\n")
    }
}

/// What this machine takes for the two operations that dominate a payment.
struct MachineCosts: CustomStringConvertible {
    var recover: Duration
    var sign: Duration

    var description: String {
        "this machine: recover \(recover / .microseconds(1)) us, "
            + "Ed25519 sign \(sign / .microseconds(1)) us"
    }

    static func measure(rounds: Int = 2_000) -> MachineCosts {
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
        return MachineCosts(recover: recovering / rounds, sign: signing / rounds)
    }
}
