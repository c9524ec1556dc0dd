/// A set of Unicode scalars as sorted, disjoint ranges.
struct ScalarSet: Equatable {
    private(set) var ranges: [ClosedRange<UInt32>]

    static let last: UInt32 = 0x10FFFF
    static let all = ScalarSet([0...last])
    static let digits = ScalarSet([0x30...0x39])
    static let spaces = ScalarSet([0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x2000...0x200A, 0x3000...0x3000])
    /// ASCII letters, digits, `_`, and beyond ASCII all that is neither a space nor punctuation: as `\b` sees words.
    static let wordCharacters = ScalarSet([
        0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A, 0xC0...0x1FFF, 0x2040...0x2FFF, 0x3040...0xFEFF,
        0xFF40...last,
    ])
    static let posix: [String: ScalarSet] = [
        "alpha": ScalarSet([0x41...0x5A, 0x61...0x7A]), "digit": digits, "space": spaces, "word": wordCharacters,
        "alnum": ScalarSet([0x30...0x39, 0x41...0x5A, 0x61...0x7A]), "upper": ScalarSet([0x41...0x5A]),
        "lower": ScalarSet([0x61...0x7A]), "xdigit": ScalarSet([0x30...0x39, 0x41...0x46, 0x61...0x66]),
        "punct": ScalarSet([0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]),
    ]
    /// Scripts by lower-case name; main blocks.
    static let named: [String: ScalarSet] = [
        "latin": ScalarSet([0x41...0x5A, 0x61...0x7A, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x24F, 0x1E00...0x1EFF]),
        "greek": ScalarSet([0x370...0x3FF, 0x1F00...0x1FFF]), "cyrillic": ScalarSet([0x400...0x52F]),
        "armenian": ScalarSet([0x531...0x58F]), "hebrew": ScalarSet([0x591...0x5F4]),
        "arabic": ScalarSet([0x600...0x6FF, 0x750...0x77F, 0x8A0...0x8FF, 0xFB50...0xFDFF, 0xFE70...0xFEFC]),
        "devanagari": ScalarSet([0x900...0x97F]), "bengali": ScalarSet([0x980...0x9FF]),
        "tamil": ScalarSet([0xB80...0xBFF]), "thai": ScalarSet([0xE01...0xE5B]),
        "georgian": ScalarSet([0x10A0...0x10FF]), "hangul": ScalarSet([0x1100...0x11FF, 0x3131...0x318E, 0xAC00...0xD7A3]),
        "hiragana": ScalarSet([0x3041...0x309F]), "katakana": ScalarSet([0x30A0...0x30FF]),
        "han": ScalarSet([0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF]),
        "l": ScalarSet([0x41...0x5A, 0x61...0x7A, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x1FFF, 0x3041...0xD7A3]),
        "n": digits,
    ]

    init(_ ranges: [ClosedRange<UInt32>]) {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let previous = merged.last, range.lowerBound <= previous.upperBound &+ 1 {
                merged[merged.count - 1] = previous.lowerBound...max(previous.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        self.ranges = merged
    }

    init(_ scalar: Unicode.Scalar) { self.init([scalar.value...scalar.value]) }

    var single: UInt32? { ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil }

    func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

    var inverted: ScalarSet {
        var result: [ClosedRange<UInt32>] = []
        var start: UInt32 = 0
        for range in ranges {
            if range.lowerBound > start { result.append(start...(range.lowerBound - 1)) }
            start = range.upperBound + 1
        }
        if start <= Self.last { result.append(start...Self.last) }
        return ScalarSet(result)
    }

    /// With the other case of every letter; ranges of more than 1,024 scalars beyond ASCII hold both already.
    var ignoringCase: ScalarSet {
        var result = ranges
        for range in ranges {
            guard range.count <= 1_024 || range.lowerBound < 0x80 else { continue }
            for value in range.lowerBound...min(range.upperBound, range.lowerBound + 1_024) {
                guard let properties = Unicode.Scalar(value)?.properties, properties.isCased else { continue }
                for mapping in [properties.lowercaseMapping, properties.uppercaseMapping] {
                    let scalars = mapping.unicodeScalars
                    if let only = scalars.first, scalars.count == 1, only.value != value {
                        result.append(only.value...only.value)
                    }
                }
            }
        }
        return ScalarSet(result)
    }

    /// The set as sequences of byte ranges in UTF-8, each of one to four ranges.
    var byteSequences: [[ClosedRange<UInt8>]] {
        var result: [[ClosedRange<UInt8>]] = []
        for range in ranges {
            var start = range.lowerBound
            for lastOfLength: UInt32 in [0x7F, 0x7FF, 0xFFFF, Self.last] where start <= min(range.upperBound, lastOfLength) {
                Self.split(start, min(range.upperBound, lastOfLength), into: &result)
                start = lastOfLength + 1
            }
        }
        return result
    }

    /// Splits until every byte of the encoding is a range of its own.
    private static func split(_ low: UInt32, _ high: UInt32, into result: inout [[ClosedRange<UInt8>]]) {
        let length = high < 0x80 ? 1 : high < 0x800 ? 2 : high < 0x1_0000 ? 3 : 4
        for suffix in 1..<max(2, length) where length > 1 {
            let mask: UInt32 = (1 << (6 * UInt32(suffix))) - 1
            guard low & ~mask != high & ~mask else { continue }
            if low & mask != 0 {
                split(low, low | mask, into: &result)
                split((low | mask) + 1, high, into: &result)
                return
            }
            if high & mask != mask {
                split(low, (high & ~mask) - 1, into: &result)
                split(high & ~mask, high, into: &result)
                return
            }
        }
        result.append(zip(encode(low, length), encode(high, length)).map { $0...$1 })
    }

    private static func encode(_ scalar: UInt32, _ length: Int) -> [UInt8] {
        if length == 1 { return [UInt8(scalar)] }
        let lead: [UInt8] = [0, 0, 0xC0, 0xE0, 0xF0]
        return (0..<length).map { position in
            let bits = UInt8(truncatingIfNeeded: scalar >> (6 * UInt32(length - 1 - position)))
            return position == 0 ? lead[length] | bits : 0x80 | (bits & 0x3F)
        }
    }
}
