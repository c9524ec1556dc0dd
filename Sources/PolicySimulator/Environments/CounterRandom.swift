import BanditCore
import RealModule

/// Random numbers by address instead of by order: the draw of a round does not depend on what else was drawn.
///
/// All policies meet the same prompts, outcomes and feedback (common random numbers), whatever each of them chooses.
package struct CounterRandom: Sendable, Equatable {
    /// What a number is for; different lanes of a round are independent.
    package enum Lane: UInt64, Sendable {
        case order = 1
        case category
        case outcome
        case cost
        case latency
        case feedback
        case delay
        case noise
        case poison
        case session
        case choice
    }

    private let key: UInt64

    /// - Parameters:
    ///   - seed: of the scenario.
    ///   - replication: from 0.
    package init(seed: UInt64, replication: Int) {
        key = SplitMix64.mix(SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15) ^ UInt64(truncatingIfNeeded: replication))
    }

    /// The seed of a generator of its own.
    package func seed(_ lane: Lane, _ number: Int = 0) -> UInt64 { word(lane, round: number, arm: 0) }

    @inline(__always)
    func word(_ lane: Lane, round: Int, arm: Int) -> UInt64 {
        let place = UInt64(truncatingIfNeeded: round) &* 0x9E37_79B9_7F4A_7C15
        let lane = (lane.rawValue << 32 | UInt64(truncatingIfNeeded: arm)) &* 0xD1B5_4A32_D192_ED03
        return SplitMix64.mix(SplitMix64.mix(key &+ place) ^ lane)
    }

    /// Uniform in [0, 1).
    @inline(__always)
    package func uniform(_ lane: Lane, round: Int, arm: Int = 0) -> Double {
        Double(word(lane, round: round, arm: arm) >> 11) * 0x1p-53
    }

    /// Standard normal, by Box and Muller.
    package func normal(_ lane: Lane, round: Int, arm: Int = 0) -> Double {
        let first = word(lane, round: round, arm: arm)
        let radius = (-2 * Double.log((Double(first >> 12) + 0.5) * 0x1p-52)).squareRoot()
        let angle = Double(SplitMix64.mix(first ^ 0xA076_1D64_78BD_642F) >> 11) * 0x1p-53
        return radius * Double.cos(2 * Double.pi * angle)
    }
}
