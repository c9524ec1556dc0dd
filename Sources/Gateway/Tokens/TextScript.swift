import NIOCore

/// Writing systems that tokenizers treat alike: how many bytes a token has differs more between them than between models.
package enum TextScript: Int, Sendable, CaseIterable {
    /// ASCII for the most part: English, code, and other languages in Latin letters.
    case latin
    /// Letters of two bytes: Greek, Cyrillic, Hebrew, Arabic.
    case twoBytes
    /// Han, kana, Hangul.
    case eastAsian
    /// Everything else: Indic, Thai, symbols.
    case other

    /// Bytes a token before any provider has counted.
    var priorBytesPerToken: Double {
        switch self {
        case .latin: 4
        case .twoBytes: 4
        case .eastAsian: 3
        case .other: 3
        }
    }
}

/// A sample of a prompt's text, by which its script is told, and how much longer JSON's escapes make it.
struct ScriptSample {
    private var counts = [Int](repeating: 0, count: TextScript.allCases.count)
    private var escapedBytes = 0
    private var plainBytes = 0

    /// Bytes looked at of one text, and of all.
    private static let textLimit = 512
    private static let limit = 4_096

    /// Looks at the beginning of a text, as it stands in the JSON.
    mutating func add(_ text: ByteBuffer) {
        let count = min(text.readableBytes, Self.textLimit, Self.limit - escapedBytes)
        guard count > 0 else { return }
        text.withUnsafeReadableBytes { look(at: UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
    }

    private mutating func look(at bytes: UnsafeRawBufferPointer) {
        var at = 0
        while at < bytes.count {
            // Most of most texts stands for itself.
            let start = at
            while at < bytes.count, bytes[at] < 0x80, bytes[at] != UInt8(ascii: "\\") { at += 1 }
            note(.latin, bytes: at - start)
            escapedBytes += at - start
            guard at < bytes.count else { break }
            var (scalar, length) = (UInt32(bytes[at]), 1)
            if bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.count {
                length = 2
                if bytes[at + 1] == UInt8(ascii: "u"), at + 5 < bytes.count {
                    length = 6
                    scalar = 0
                    for digit in bytes[at + 2..<at + 6] { scalar = scalar << 4 | Self.value(digit) }
                }
            } else if bytes[at] >= 0xC0 {
                length = bytes[at] >= 0xF0 ? 4 : bytes[at] >= 0xE0 ? 3 : 2
                scalar = UInt32(bytes[at]) & (0x7F >> UInt32(length))
                for byte in bytes[min(at + 1, bytes.count)..<min(at + length, bytes.count)] {
                    scalar = scalar << 6 | UInt32(byte & 0x3F)
                }
            }
            count(scalar)
            escapedBytes += length
            at += length
        }
    }

    private static func value(_ digit: UInt8) -> UInt32 {
        UInt32(digit <= UInt8(ascii: "9") ? digit &- UInt8(ascii: "0") : (digit | 0x20) &- UInt8(ascii: "a") &+ 10)
    }

    private mutating func count(_ scalar: UInt32) {
        let (script, bytes): (TextScript, Int) =
            switch scalar {
            case ..<0x80: (.latin, 1)
            case ..<0x250: (.latin, 2)
            case ..<0x800: (.twoBytes, 2)
            case 0x1100..<0x1200, 0x2E80..<0xA000, 0xAC00..<0xD7B0, 0xF900..<0xFB00, 0xFF00..<0xFFF0: (.eastAsian, 3)
            case ..<0x10000: (.other, scalar >= 0xD800 && scalar < 0xE000 ? 2 : 3)
            case 0x20000..<0x40000: (.eastAsian, 4)
            default: (.other, 4)
            }
        note(script, bytes: bytes)
    }

    private mutating func note(_ script: TextScript, bytes: Int) {
        counts[script.rawValue] += bytes
        plainBytes += bytes
    }

    /// The script with the most bytes, where an eighth of all are of others than the first.
    var script: TextScript {
        let foreign = TextScript.allCases.dropFirst().max { counts[$0.rawValue] < counts[$1.rawValue] } ?? .latin
        return counts[foreign.rawValue] * 8 > plainBytes ? foreign : .latin
    }

    /// What is left of the bytes when escapes are undone, in (0, 1].
    var unescapedShare: Double {
        escapedBytes > 0 ? min(1, max(0.1, Double(plainBytes) / Double(escapedBytes))) : 1
    }
}
