/// Numbers at the edges of `Int64`, `UInt64` and `Double`, as JSON and YAML write them: where arithmetic and conversions break.
package enum NumberEdges {
    package static let texts = [
        "0", "-0", "-0.0", "1", "-1", "-5", "1.5", "1e-320", "1e-400", "9007199254740993", "1000000000000",
        "1000000000001",
        "4e18", "9223372036854775806", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "-9223372036854775809", "18446744073709551615", "18446744073709551616", "1e19", "-1e19", "1e300", "1e308",
        "1.7976931348623157e308", "-1e308", "1e309", "2e1", "1e12", "1e13", "4611686018427387904",
        "0.30000000000000004",
        "99999999999999999999999999999999999999",
    ]

    /// The same where only some of them are whole numbers from 1 to a million millions.
    package static func isCount(_ text: String) -> Bool {
        ["1", "2e1", "1e12", "1000000000000"].contains(text)
    }

    /// The bytes with one of their decimal numbers replaced; as they are where there is none.
    ///
    /// - Parameters:
    ///   - place: which of the numbers, modulo their count.
    ///   - edge: which edge, modulo their count.
    package static func replaced(in bytes: [UInt8], place: Int, edge: Int) -> [UInt8] {
        var runs: [Range<Int>] = []
        var start: Int?
        for index in 0...bytes.count {
            let isDigit = index < bytes.count && (0x30...0x39).contains(bytes[index])
            if isDigit, start == nil { start = index }
            if !isDigit, let first = start {
                runs.append(first..<index)
                start = nil
            }
        }
        guard !runs.isEmpty else { return bytes }
        let run = runs[place % runs.count]
        return bytes[..<run.lowerBound] + Array(texts[edge % texts.count].utf8) + bytes[run.upperBound...]
    }
}
