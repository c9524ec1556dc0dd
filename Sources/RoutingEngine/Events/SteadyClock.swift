/// The clock that durations are measured with: microseconds since it was first looked at. Setting the wall clock does not move it, and it
/// goes on while the machine sleeps.
///
/// Limits, breakers, cooldowns and everything else that asks how long ago go by it; what is written down goes by the wall clock.
package enum SteadyClock {
    private static let origin = ContinuousClock.now

    package static func now() -> Timestamp {
        let (seconds, attoseconds) = origin.duration(to: .now).components
        return seconds.multipliedSaturated(by: 1_000_000).addingSaturated(attoseconds / 1_000_000_000_000)
    }
}
