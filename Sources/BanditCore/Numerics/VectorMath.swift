/// Exponentials and logarithms of four numbers at once, within 1 ulp on the ranges they are for.
///
/// The C library takes one number a call, and quadrature asks for hundreds in a row. Branch-free, in plain arithmetic: the
/// same bits on every machine.
package enum VectorMath {
    /// 1.5·2⁵²: adding it rounds to an integer, which is then found in the low bits.
    private static let magic = 0x1.8p52
    /// log 2 in two parts; multiples of the first up to 2¹⁰ are exact.
    private static let ln2High = 0x1.62e42feep-1
    private static let ln2Low = 0x1.a39ef35793c76p-33

    /// e^x; below −700 (−∞ included) as for −700, which is 1e-304. Not for arguments above 700.
    @inline(__always)
    package static func exp(_ x: SIMD4<Double>) -> SIMD4<Double> {
        let clamped = x.replacing(with: -700, where: .!(x .>= -700))
        let shifted = clamped * 1.4426950408889634 + magic
        let k = shifted - magic
        let r = (clamped - k * ln2High) - k * ln2Low
        // Taylor to the twelfth power: |r| ≤ ½·log 2, so that the rest is below 2e-16.
        var p = SIMD4<Double>(repeating: 1 / 479_001_600)
        p = p * r + 1 / 39_916_800
        p = p * r + 1 / 3_628_800
        p = p * r + 1 / 362_880
        p = p * r + 1 / 40_320
        p = p * r + 1 / 5_040
        p = p * r + 1 / 720
        p = p * r + 1 / 120
        p = p * r + 1 / 24
        p = p * r + 1 / 6
        p = p * r + 0.5
        p = p * r + 1
        p = p * r + 1
        let power = unsafeBitCast(shifted, to: SIMD4<UInt64>.self) &<< 52
        return unsafeBitCast(unsafeBitCast(p, to: SIMD4<UInt64>.self) &+ power, to: SIMD4<Double>.self)
    }

    /// log x for positive normal numbers (fdlibm's e_log.c: argument in [√½, √2), odd polynomial in f/(2 + f)).
    @inline(__always)
    package static func log(_ x: SIMD4<Double>) -> SIMD4<Double> {
        let bits = unsafeBitCast(x, to: SIMD4<UInt64>.self)
        // Exponents relative to √½, so that the rest lies in [√½, √2).
        let root: UInt64 = 0x3FE6_A09E_667F_3BCD
        let offset = bits &- root
        // Biased before the shift, to stay positive: the bits of an integer below 2⁵².
        let exponent = (offset &+ (2047 << 52)) &>> 52
        let rest = unsafeBitCast((offset & 0x000F_FFFF_FFFF_FFFF) &+ root, to: SIMD4<Double>.self)
        let k = unsafeBitCast(exponent | 0x4330_0000_0000_0000, to: SIMD4<Double>.self) - (0x1p52 + 2047)
        let f = rest - 1
        let s = f / (2 + f)
        let z = s * s
        var p = SIMD4<Double>(repeating: 1.479819860511658591e-01)
        p = p * z + 1.531383769920937332e-01
        p = p * z + 1.818357216161805012e-01
        p = p * z + 2.222219843214978396e-01
        p = p * z + 2.857142874366239149e-01
        p = p * z + 3.999999999940941908e-01
        p = p * z + 6.666666666666735130e-01
        let half = 0.5 * f * f
        return k * ln2High - ((half - (s * (half + p * z) + k * ln2Low)) - f)
    }
}
