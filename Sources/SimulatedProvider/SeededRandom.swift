import BanditCore
import Foundation

/// What the simulated models draw from: seedable, the same on every machine.
struct SeededRandom: RandomNumberGenerator {
    private var generator: SplitMix64

    init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    mutating func next() -> UInt64 { generator.next() }

    /// Uniform in [0, 1).
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Standard normal (Box and Muller 1958).
    mutating func normal() -> Double {
        (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
    }

    /// Makes a seed of bytes.
    static func hash(_ bytes: some Sequence<UInt8>, from start: UInt64 = FNV1a.start) -> UInt64 {
        FNV1a(bytes, from: start).value
    }
}
