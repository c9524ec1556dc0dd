import BanditCore

/// The ids of feedback that clients see: a log entry's number under a permutation that only this store knows, so that ids neither
/// collide nor tell how much traffic there is.
enum FeedbackID {
    static func text(_ sequence: Int64, salt: UInt64) -> String {
        // A bijection of 64 bits.
        var generator = SplitMix64(seed: UInt64(bitPattern: sequence) ^ salt)
        let mixed = generator.next()
        let digits = String(mixed, radix: 16)
        return "fb_" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}
