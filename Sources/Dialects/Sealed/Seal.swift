/// A value that a provider gave with an answer and wants back unchanged with the next request: a signature, encrypted reasoning.
///
/// It is worth something in its realm only: at the provider and for the model that made it. Never read, logged or stored. To a client of
/// another dialect it travels in that dialect's own slot as `br1.<realm>.<base64url>`, so that a history says whose its values are.
package struct Seal: Sendable, Hashable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// A signature of Anthropic's, or of Claude's at Bedrock.
        case signature = 0x73  // s
        /// Thinking that nobody may read.
        case redacted = 0x72  // r
        /// Reasoning of OpenAI's: the item's id, a line feed, what is encrypted.
        case encrypted = 0x65  // e
        /// Google's.
        case thought = 0x67  // g
    }

    package var kind: Kind
    package var value: String
    /// nil: as its provider gave it, and nobody knows which that was.
    package var realm: String?

    package init(_ kind: Kind, _ value: String, realm: String?) {
        self.kind = kind
        self.value = value
        self.realm = realm
    }

    static let prefix = "br1."
    /// Of a realm's name as it travels.
    private static let longestRealm = 512

    /// For a client of another dialect.
    package var travelling: String {
        "\(Self.prefix)\(Self.escaped(realm ?? "")).\(Base64URL.encoded([kind.rawValue] + Array(value.utf8)))"
    }

    /// A value that a client has sent in the slot of its dialect: one that has travelled, or a provider's own.
    package init(received text: String, as kind: Kind) {
        guard let travelled = Seal(travelled: text) else {
            self.init(kind, text, realm: nil)
            return
        }
        self = travelled
    }

    /// nil where the text is no value of ours.
    package init?(travelled text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let rest = text.dropFirst(Self.prefix.count)
        // What is encoded has no points; a realm may.
        guard let point = rest.lastIndex(of: "."), rest[..<point].utf8.count <= Self.longestRealm,
            let bytes = Base64URL.decoded(rest[rest.index(after: point)...]), let first = bytes.first,
            let kind = Kind(rawValue: first), let value = String(validating: bytes.dropFirst(), as: UTF8.self)
        else { return nil }
        self.init(kind, value, realm: Self.unescaped(rest[..<point]))
    }

    /// What a header takes and JSON does not escape stays; anything else is written as in a URL.
    private static func escaped(_ realm: String) -> String {
        var text = ""
        for byte in realm.utf8 {
            let isPlain = ToolNames.isLegal(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/")
            if isPlain || byte == UInt8(ascii: ":") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                text += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return text
    }

    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let escaped = UInt8(String(decoding: Array(rest.prefix(2)), as: UTF8.self), radix: 16)
            {
                bytes.append(escaped)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Base64 with the alphabet of URLs and without padding (RFC 4648, 5).
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encoded(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count)) & 63])
            }
            bits &= 0xFFFF
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count)) & 63]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Of either alphabet, with or without padding; nil where it is none.
    static func decoded(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        for character in text.utf8 {
            let value: UInt32
            switch character {
            case 0x41...0x5A: value = UInt32(character - 0x41)
            case 0x61...0x7A: value = UInt32(character - 0x61 + 26)
            case 0x30...0x39: value = UInt32(character - 0x30 + 52)
            case UInt8(ascii: "-"), UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "_"), UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="): continue
            default: return nil
            }
            bits = (bits << 6 | value) & 0xFFFF
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }
}
