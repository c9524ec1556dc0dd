import BanditCore

/// A uniform number of its own for every (seed, decision): the same whatever the order or the threads.
enum SeededUniform {
    /// In [0, 1), 53 bits.
    @inline(__always)
    static func value(seed: UInt64, identity: UInt64) -> Double {
        Double(SplitMix64.mix(identity ^ (seed &* 0x9e37_79b9_7f4a_7c15)) >> 11) * 0x1p-53
    }
}
