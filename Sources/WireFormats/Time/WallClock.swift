import Glibc

/// The clock of the world, which people set and which may jump either way.
package enum WallClock {
    /// Microseconds since 1970-01-01 UTC.
    package static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
