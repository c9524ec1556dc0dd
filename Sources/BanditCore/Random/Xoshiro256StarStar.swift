/// xoshiro256** 1.0 (Blackman & Vigna 2021, doi:10.1145/3460772): 256 bits of state, period 2²⁵⁶ − 1.
///
/// Every source of chance in the package is one of these, seeded by the caller, so that a run can be repeated bit for bit.
package struct Xoshiro256StarStar: RandomNumberGenerator, Sendable {
    @usableFromInline var s0: UInt64
    @usableFromInline var s1: UInt64
    @usableFromInline var s2: UInt64
    @usableFromInline var s3: UInt64

    /// Generators of different `(seed, stream)` are independent for every practical purpose.
    ///
    /// Each state word is, for a fixed seed, a bijection of the stream and the other way round, so that two streams of one
    /// seed (or one stream of two seeds) never start in the same state.
    @inlinable
    package init(seed: UInt64, stream: UInt64 = 0) {
        var words = SplitMix64(seed: seed)
        s0 = SplitMix64.mix(words.next() ^ (stream &* 0x9E37_79B9_7F4A_7C15))
        s1 = SplitMix64.mix(words.next() ^ (stream &* 0xD1B5_4A32_D192_ED03))
        s2 = SplitMix64.mix(words.next() ^ (stream &* 0x8CB9_2BA7_2F3D_8DD7))
        s3 = SplitMix64.mix(words.next() ^ (stream &* 0xABC9_8388_FB8F_AC03))
        if s0 | s1 | s2 | s3 == 0 { s0 = 1 }
    }

    /// A generator with the given state, which must not be all zero (for test vectors).
    @inlinable
    package init(state: (UInt64, UInt64, UInt64, UInt64)) {
        (s0, s1, s2, s3) = state
        precondition(s0 | s1 | s2 | s3 != 0, "xoshiro256** cannot leave the all-zero state")
    }

    @inlinable
    package mutating func next() -> UInt64 {
        let product = s1 &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = (s3 << 45) | (s3 >> 19)
        return result
    }

    /// Uniform in [0, 1): a multiple of 2⁻⁵³.
    @inlinable
    package mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Uniform in (0, 1): never 0, so that its logarithm is finite.
    @inlinable
    package mutating func openUniform() -> Double {
        (Double(next() >> 12) + 0.5) * 0x1p-52
    }

    /// Uniform in 0 ..< bound without bias (Lemire 2019); `bound` must be positive.
    @inlinable
    package mutating func index(below bound: Int) -> Int {
        precondition(bound > 0, "a random index needs a positive bound")
        let range = UInt64(bound)
        var product = next().multipliedFullWidth(by: range)
        if product.low < range {
            let rejected = (0 &- range) % range
            while product.low < rejected {
                product = next().multipliedFullWidth(by: range)
            }
        }
        return Int(product.high)
    }
}
