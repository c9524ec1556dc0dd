/// The ids of feedback that clients see: a log entry's number under a permutation that only this store knows, so that ids neither
/// collide nor tell how much traffic there is.
enum FeedbackID {
    static func text(_ sequence: Int64, salt: UInt64) -> String {
        let mixed = mix(UInt64(bitPattern: sequence) ^ salt)
        let digits = String(mixed, radix: 16)
        return "fb_" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection of 64 bits.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
