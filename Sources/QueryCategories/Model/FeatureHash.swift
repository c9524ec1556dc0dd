/// The hash functions of the features; changing any constant changes `TextFeaturizer.version`.
enum FeatureHash {
    static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
    static let skipMultiplier: UInt64 = 0xD1B5_4A32_D192_ED03
    static let wordSeed: UInt64 = 0x51_7CC1_B727_220A
    static let materialSeed: UInt64 = 0x2545_F491_4F6C_DD1D
    static let characterSeed: UInt64 = 0x6C62_272E_07BB_0142
    static let edge: UInt64 = 0x1234_5678_9ABC_DEF1
    /// What stands at either side of a word in its pieces.
    static let space: UInt32 = 0x20

    @inline(__always)
    static func adding(_ scalar: UInt32, to hash: UInt64) -> UInt64 { (hash ^ UInt64(scalar)) &* multiplier }

    @inline(__always)
    static func finished(_ value: UInt64) -> UInt64 {
        let mixed = (value ^ (value >> 32)) &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ (mixed >> 32)
    }
}
