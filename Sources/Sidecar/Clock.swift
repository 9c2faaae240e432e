#if canImport(Glibc)
    internal import Glibc
#endif

/// The wall clock.
package enum WallClock {
    /// Milliseconds since 1970.
    package static func unixMillis() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return UInt64(max(0, now.tv_sec)) * 1000 + UInt64(now.tv_nsec / 1_000_000)
    }
}
