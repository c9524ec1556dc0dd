/// What a request line asks for (RFC 9112, 3.2).
package struct RequestTarget: Sendable, Equatable {
    /// Begins with a slash.
    package var path: Substring
    /// With its question mark; empty without one.
    package var query: Substring
    /// The server that an absolute target names; nil in the usual form, of a path alone.
    package var authority: String?

    /// Reads a target; nil for what names no path: `*`, or the form of CONNECT.
    package init?(_ target: String) {
        var rest = Substring(target)
        if rest.first != "/" {
            let lowered = target.prefix(8).lowercased()
            guard let scheme = ["http://", "https://"].first(where: { lowered.hasPrefix($0) }) else { return nil }
            rest = rest.dropFirst(scheme.count)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            let name = rest[..<end]
            guard HostName.isValid(name) else { return nil }
            authority = String(name)
            rest = rest[end...]
            if rest.first != "/" { rest = "/" + rest }
        }
        let mark = rest.firstIndex(of: "?") ?? rest.endIndex
        path = rest[..<mark]
        query = rest[mark...]
    }
}

/// Names of servers, with or without a port.
package enum HostName {
    /// Whether it can be a host: no user, no path, no space, a number for a port.
    package static func isValid(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard (1...512).contains(bytes.count) else { return false }
        return bytes.withContiguousStorageIfAvailable(isValid) ?? Array(bytes).withUnsafeBufferPointer(isValid)
    }

    private static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var end = 0
        if bytes[0] == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let isAddress = bytes[1..<close].allSatisfy {
                isHexadecimal($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "%")
            }
            guard isAddress else { return false }
            end = close + 1
        } else {
            end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
            guard end > 0, bytes[..<end].allSatisfy(isName) else { return false }
        }
        guard end < bytes.count else { return true }
        return bytes[end] == UInt8(ascii: ":") && bytes[(end + 1)...].allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte & 0xDF)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
        case UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: "_~%!$&'()*+,;=".utf8.contains(byte)
        }
    }
}
