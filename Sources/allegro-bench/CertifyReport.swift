internal import Histogram

/// What a run of ``CertifyLoad`` measured.
struct CertifyReport: CustomStringConvertible {
    var payments: Int
    var elapsed: Duration
    /// Requests in flight on all connections together.
    var inFlight: Int
    var checked: CheckedResponses
    /// Calls that ended without a response.
    var failed: Int
    /// In nanoseconds.
    var latencies: [UInt64]
    var costs: MachineCosts

    var description: String {
        let throughput = Double(checked.certified) / (elapsed / .seconds(1))
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
            "throughput \(Int(throughput)) certificates/s",
            "latency \(percentiles.joined(separator: ", "))",
            costs.description,
            costs.verdict(
                throughput: throughput,
                medianMicroseconds: Double(histogram.valueAtPercentile(50)),
                inFlight: inFlight),
        ]
        if let refusal = checked.firstRefusal { lines.append("first refusal: \(refusal)") }
        return lines.joined(separator: "\n")
    }
}
