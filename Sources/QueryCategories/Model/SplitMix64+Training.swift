import BanditCore

/// Shuffles and dropout of training, the same everywhere.
extension SplitMix64 {
    /// Uniform in [0,1).
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform in 0..<count; the bias of the multiplication is below 2⁻³² for any count in use.
    mutating func index(below count: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(count)).high)
    }
}
