internal import Foundation

/// Times as operators read them.
package enum Timestamp {
    /// The last millisecond of the year 9999, behind which the format has no form.
    private static let lastMillis: UInt64 = 253_402_300_799_999

    /// A time in UTC as in 2026-01-31T12:00:00Z; `unixMillis` counts from 1970.
    package static func text(_ unixMillis: UInt64) -> String {
        let seconds = min(unixMillis, lastMillis) / 1000
        return Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
    }
}
