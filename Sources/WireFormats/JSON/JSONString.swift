import Glibc
package import NIOCore

/// JSON's strings: reading and writing their escapes.
package enum JSONString {
    /// Appends the text as a JSON string, quotes included; only what must be escaped is.
    package static func append(_ text: some StringProtocol, to buffer: inout ByteBuffer) {
        var text = String(text)
        text.withUTF8 { bytes in
            let length = bytes.reduce(2) { $0 + escapedLength($1) }
            // One write: each costs a check of exclusive access, which would be most of the time.
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { output in
                write(bytes, to: output, isPlain: length == bytes.count + 2)
                return length
            }
        }
    }

    /// Appends the text as a JSON string, quotes included; only what must be escaped is.
    package static func append(_ text: some StringProtocol, to bytes: inout [UInt8]) {
        var text = String(text)
        text.withUTF8 { characters in
            let length = characters.reduce(2) { $0 + escapedLength($1) }
            let start = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: length))
            bytes.withUnsafeMutableBytes { output in
                write(
                    characters, to: UnsafeMutableRawBufferPointer(rebasing: output[start...]),
                    isPlain: length == characters.count + 2)
            }
        }
    }

    private static func write(
        _ bytes: UnsafeBufferPointer<UInt8>, to output: UnsafeMutableRawBufferPointer, isPlain: Bool
    ) {
        output[0] = UInt8(ascii: "\"")
        var at = 1
        func put(_ byte: UInt8) {
            output[at] = byte
            at += 1
        }
        if isPlain {
            UnsafeMutableRawBufferPointer(rebasing: output[1...]).copyMemory(from: UnsafeRawBufferPointer(bytes))
            at += bytes.count
        } else {
            for byte in bytes {
                switch escapedLength(byte) {
                case 1: put(byte)
                case 2:
                    put(UInt8(ascii: "\\"))
                    put(shortEscape(byte))
                default:
                    for escape in "\\u00".utf8 { put(escape) }
                    put(hex[Int(byte >> 4)])
                    put(hex[Int(byte & 15)])
                }
            }
        }
        put(UInt8(ascii: "\""))
    }

    @inline(__always)
    private static func escapedLength(_ byte: UInt8) -> Int {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x0A, 0x0D, 0x09: 2
        case 0..<0x20: 6
        default: 1
        }
    }

    private static func shortEscape(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x0A: UInt8(ascii: "n")
        case 0x0D: UInt8(ascii: "r")
        case 0x09: UInt8(ascii: "t")
        default: byte
        }
    }

    /// The text as a JSON string, quotes included.
    package static func quoted(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        append(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let hex = Array("0123456789abcdef".utf8)

    /// What stands between the quotes of a checked string, unescaped.
    static func decoded(_ start: UnsafePointer<UInt8>, count: Int) -> String {
        let bytes = UnsafeBufferPointer(start: start, count: count)
        guard hasBackslash(start, count) else { return String(decoding: bytes, as: UTF8.self) }
        var result: [UInt8] = []
        result.reserveCapacity(count)
        var at = 0
        while at < count {
            guard bytes[at] == UInt8(ascii: "\\") else {
                result.append(bytes[at])
                at += 1
                continue
            }
            switch bytes[at + 1] {
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "u"):
                var scalar = codeUnit(bytes, at + 2)
                at += 4
                // A pair of escapes is one character.
                if scalar & 0xFC00 == 0xD800, at + 8 <= count, bytes[at + 2] == UInt8(ascii: "\\"),
                    bytes[at + 3] == UInt8(ascii: "u")
                {
                    let low = codeUnit(bytes, at + 4)
                    if low & 0xFC00 == 0xDC00 {
                        scalar = 0x10000 + (scalar & 0x3FF) << 10 + (low & 0x3FF)
                        at += 6
                    }
                }
                result += Array(String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
            default: result.append(bytes[at + 1])
            }
            at += 2
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func codeUnit(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> UInt32 {
        (start..<start + 4).reduce(0) { $0 << 4 | (JSONScanner.hexDigit(bytes[$1]) ?? 0) }
    }

    /// Whether the checked string (its range with the quotes) says `other`, however it is escaped.
    static func equals(_ scanner: JSONScanner, _ range: Range<Int>, _ other: StaticString) -> Bool {
        let start = scanner.base + range.lowerBound + 1
        let count = range.count - 2
        let length = other.utf8CodeUnitCount
        if count == length { return bytesEqual(start, other.utf8Start, count) }
        // An escape is longer than what it stands for.
        guard count > length, hasBackslash(start, count) else { return false }
        return decoded(start, count: count) == other.description
    }

    /// Whether the checked string (its range with the quotes) has an escape in it.
    static func hasEscape(_ scanner: JSONScanner, _ range: Range<Int>) -> Bool {
        hasBackslash(scanner.base + range.lowerBound, range.count)
    }

    private static func hasBackslash(_ start: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        memchr(start, Int32(UInt8(ascii: "\\")), count) != nil
    }

    @inline(__always)
    private static func bytesEqual(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        for index in 0..<count where left[index] != right[index] { return false }
        return true
    }
}
