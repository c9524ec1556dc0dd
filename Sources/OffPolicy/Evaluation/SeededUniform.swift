/// A uniform number of its own for every (seed, decision): the same whatever the order or the threads.
enum SeededUniform {
    /// In [0, 1), 53 bits.
    @inline(__always)
    static func value(seed: UInt64, identity: UInt64) -> Double {
        var bits = identity ^ (seed &* 0x9e37_79b9_7f4a_7c15)
        // The finaliser of splitmix64 (Steele, Lea and Flood 2014).
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        bits ^= bits >> 31
        return Double(bits >> 11) * 0x1p-53
    }
}
