import Foundation

/// How long something took by the clock, and how much processor time of all this process's threads it cost; in seconds.
struct Elapsed: CustomStringConvertible {
    var clock: Double
    var processor: Double

    static func measure(_ body: () -> Void) -> Elapsed {
        let start = (now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID))
        body()
        return Elapsed(clock: now(CLOCK_MONOTONIC) - start.0, processor: now(CLOCK_PROCESS_CPUTIME_ID) - start.1)
    }

    /// The better of both, each for itself.
    func least(_ other: Elapsed) -> Elapsed {
        Elapsed(clock: min(clock, other.clock), processor: min(processor, other.processor))
    }

    var description: String { "\(Self.short(clock)) (processor time \(Self.short(processor)))" }

    private static func short(_ seconds: Double) -> String {
        seconds < 1 ? String(format: "%.1f ms", seconds * 1000) : String(format: "%.2f s", seconds)
    }

    private static func now(_ id: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(id, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
