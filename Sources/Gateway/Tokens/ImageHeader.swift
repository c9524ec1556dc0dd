import NIOCore

/// The first bytes of an image, from which its size is read: PNG, GIF, WebP, JPEG.
struct ImageHeader {
    private var bytes: [UInt8] = []

    /// Bytes decoded: a JPEG says its size behind its metadata.
    private static let limit = 49_152

    init?(base64 text: ByteBuffer) {
        bytes.reserveCapacity(64)
        var (bits, count) = (UInt32(0), 0)
        let isJPEG =
            text.readableBytesView.starts(with: "/9j".utf8) || text.readableBytesView.starts(with: "\\/9j".utf8)
        let limit = isJPEG ? Self.limit : 32
        for byte in text.readableBytesView {
            guard let value = Self.value(byte) else {
                // An escaped slash, or a line break.
                if byte == UInt8(ascii: "\\") { continue }
                break
            }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                if bytes.count >= limit { break }
            }
        }
        guard bytes.count >= 12 else { return nil }
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }

    var size: (width: Int, height: Int)? {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return pair(at: 16, bytes: 4, step: 4) }
        if bytes.starts(with: [0x47, 0x49, 0x46]) { return little(at: 6) }
        if bytes.starts(with: [0xFF, 0xD8]) { return jpeg }
        if bytes.starts(with: [0x52, 0x49, 0x46, 0x46]) { return webP }
        return nil
    }

    private func pair(at start: Int, bytes count: Int, step: Int) -> (width: Int, height: Int)? {
        guard start + step + count <= bytes.count else { return nil }
        func number(_ at: Int) -> Int { bytes[at..<at + count].reduce(0) { $0 << 8 | Int($1) } }
        return (number(start), number(start + step))
    }

    private func little(at start: Int) -> (width: Int, height: Int)? {
        guard start + 4 <= bytes.count else { return nil }
        return (Int(bytes[start]) | Int(bytes[start + 1]) << 8, Int(bytes[start + 2]) | Int(bytes[start + 3]) << 8)
    }

    /// Of the three forms of WebP the two whose size lies on whole bytes.
    private var webP: (width: Int, height: Int)? {
        guard bytes.count >= 30 else { return nil }
        func three(_ at: Int) -> Int { 1 + (Int(bytes[at]) | Int(bytes[at + 1]) << 8 | Int(bytes[at + 2]) << 16) }
        switch bytes[15] {
        case UInt8(ascii: "X"): return (three(24), three(27))
        case UInt8(ascii: " "):
            return little(at: 26).map { ($0.width & 0x3FFF, $0.height & 0x3FFF) }
        default: return nil
        }
    }

    private var jpeg: (width: Int, height: Int)? {
        var at = 2
        // Each segment is longer than two bytes, so this ends.
        while at + 9 < bytes.count, bytes[at] == 0xFF {
            let marker = bytes[at + 1]
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                return pair(at: at + 5, bytes: 2, step: 2).map { ($0.height, $0.width) }
            }
            at += 2 + max(2, Int(bytes[at + 2]) << 8 | Int(bytes[at + 3]))
        }
        return nil
    }
}
