/// The `grpc-timeout` field: up to eight digits and a unit (gRPC over HTTP/2, "Requests").
enum GRPCTimeout {
    /// Reads a field; nil when it is malformed.
    static func parse(_ field: some BidirectionalCollection<UInt8>) -> Duration? {
        guard let unit = field.last, (2...9).contains(field.count) else { return nil }
        var value: Int64 = 0
        for digit in field.dropLast() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        switch unit {
        case UInt8(ascii: "H"): return .seconds(value * 3600)
        case UInt8(ascii: "M"): return .seconds(value * 60)
        case UInt8(ascii: "S"): return .seconds(value)
        case UInt8(ascii: "m"): return .milliseconds(value)
        case UInt8(ascii: "u"): return .microseconds(value)
        case UInt8(ascii: "n"): return .nanoseconds(value)
        default: return nil
        }
    }

    /// Writes a field in the finest unit that eight digits can hold; negative times are zero.
    static func format(_ timeout: Duration) -> String {
        let nanoseconds = max(0, timeout.nanosecondsClamped)
        let units: [(nanoseconds: Int64, name: String)] = [
            (1, "n"), (1000, "u"), (1_000_000, "m"), (1_000_000_000, "S"), (60_000_000_000, "M"),
        ]
        for unit in units where nanoseconds / unit.nanoseconds < 100_000_000 {
            return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
        }
        return "\(min(99_999_999, nanoseconds / 3_600_000_000_000))H"
    }
}

extension Duration {
    /// Whole nanoseconds; what does not fit becomes the nearest that does.
    var nanosecondsClamped: Int64 {
        let (seconds, attoseconds) = components
        let (high, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, sumOverflow) = high.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard !sumOverflow else { return seconds < 0 ? .min : .max }
        return sum
    }
}
