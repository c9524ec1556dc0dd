import NIOCore

extension JSONValue {
    /// The numbers of an array, rounded to single precision; `nil` where the value is no array of finite numbers, or has more
    /// than `limit`.
    ///
    /// One pass without a string a number: an embedding has thousands of them.
    package func floats(limit: Int) -> [Float]? {
        guard kind == .array else { return nil }
        var result: [Float] = []
        var isValid = true
        forEachElement { element in
            guard result.count < limit, let number = element.float else {
                isValid = false
                return false
            }
            result.append(number)
            return true
        }
        return isValid ? result : nil
    }

    /// The number in single precision; within one unit of the last place of the nearest.
    private var float: Float? {
        guard kind == .number else { return nil }
        let value = text.withUnsafeReadableBytes { bytes -> Double? in
            Self.decimal(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
        guard let value else { return nil }
        let float = Float(value)
        return float.isFinite ? float : nil
    }

    /// A number that was checked to be one: 19 digits and a power of ten are more than single precision can tell apart.
    private static func decimal(_ bytes: UnsafeRawBufferPointer) -> Double? {
        var mantissa: UInt64 = 0
        var digits = 0
        var exponent = 0
        var isNegative = false
        var hasPoint = false
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): hasPoint = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if digits < 18 {
                    mantissa = mantissa * 10 + UInt64(byte - 0x30)
                    if mantissa > 0 { digits += 1 }
                    if hasPoint { exponent -= 1 }
                } else if !hasPoint {
                    exponent += 1
                }
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                guard let written = Int(String(decoding: bytes[position...], as: UTF8.self)) else { return nil }
                exponent += max(-10_000, min(10_000, written))
                position = bytes.count
            default: return nil
            }
        }
        var value = Double(mantissa)
        // Powers of ten up to 22 are exact; larger steps are taken one after the other.
        while exponent > 0, value != 0, value.isFinite {
            let step = min(exponent, 22)
            value *= Self.powers[step]
            exponent -= step
        }
        while exponent < 0, value != 0 {
            let step = min(-exponent, 22)
            value /= Self.powers[step]
            exponent += step
        }
        return isNegative ? -value : value
    }

    private static let powers: [Double] = (0...22).map { exponent in
        (0..<exponent).reduce(1.0) { power, _ in power * 10 }
    }
}
