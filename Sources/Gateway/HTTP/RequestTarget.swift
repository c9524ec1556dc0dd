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
        var rest = text[...]
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return false }
            guard rest[..<end].utf8.dropFirst().allSatisfy({ Self.isHexadecimal($0) || ":.%".utf8.contains($0) }) else {
                return false
            }
            rest = rest[rest.index(after: end)...]
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            guard end > rest.startIndex, rest[..<end].utf8.allSatisfy(Self.isName) else { return false }
            rest = rest[end...]
        }
        return rest.isEmpty || (rest.hasPrefix(":") && rest.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) })
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte & 0xDF)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
        default: "-._~%!$&'()*+,;=".utf8.contains(byte)
        }
    }
}
