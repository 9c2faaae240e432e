/// How long to wait after connections that failed ("gRPC Connection Backoff Protocol").
struct Backoff {
    private static let factor = 1.6
    private static let jitter = 0.2

    private let firstMilliseconds: Double
    private let millisecondsMax: Double
    private var failures = 0

    init(limits: GRPCLimits) {
        firstMilliseconds = Double(limits.backoffMilliseconds)
        millisecondsMax = Double(limits.backoffMillisecondsMax)
    }

    /// Notes a failure and gives the pause after it, in nanoseconds.
    ///
    /// `random` is from 0 to 1; it spreads clients that lost the same server.
    mutating func onFailure(random: Double) -> UInt64 {
        var milliseconds = firstMilliseconds
        for _ in 0..<failures where milliseconds < millisecondsMax { milliseconds *= Self.factor }
        failures += 1
        let spread = 1 + Self.jitter * (2 * random - 1)
        return UInt64(min(milliseconds, millisecondsMax) * spread * 1_000_000)
    }

    /// Notes a connection that worked.
    mutating func onSuccess() { failures = 0 }
}
