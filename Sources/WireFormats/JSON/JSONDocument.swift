package import NIOCore

/// A JSON text that was checked whole, with the members of its outermost object found on the way.
///
/// Looking a member up here costs a comparison for each member; nothing is scanned again. The members' ranges are what
/// `JSONSplice` edits by.
package struct JSONDocument: Sendable {
    struct Member: Sendable {
        /// The key with its quotes.
        let key: Range<Int>
        let value: Range<Int>
        let kind: JSONValue.Kind
    }

    package let text: ByteBuffer
    let outermost: [Member]
    /// Whether a key is longer than what it says.
    let hasEscapedKeys: Bool
    package let root: JSONValue

    /// Checks the readable bytes strictly: RFC 8259 in UTF-8, at most 512 levels, no byte-order mark.
    package init(parsing text: ByteBuffer) throws(JSONError) {
        var members: [Member] = []
        members.reserveCapacity(8)
        var hasEscapedKeys = false
        var failure: JSONError?
        let (range, kind) = text.withUnsafeReadableBytes { bytes -> (Range<Int>, JSONValue.Kind) in
            let scanner = JSONScanner(bytes)
            do throws(JSONError) {
                try scanner.check { key, value in
                    if JSONString.hasEscape(scanner, key) { hasEscapedKeys = true }
                    members.append(Member(key: key, value: value, kind: scanner.kind(at: value.lowerBound)))
                }
            } catch {
                failure = error
                return (0..<0, .null)
            }
            var end = bytes.count
            while end > 0, bytes[end - 1] <= 0x20 { end -= 1 }
            let start = scanner.skippingSpace(0)
            return (start..<end, scanner.kind(at: start))
        }
        if let failure { throw failure }
        self.text = text
        self.hasEscapedKeys = hasEscapedKeys
        outermost = members
        root = JSONValue(text: text, range: range, kind: kind)
    }

    package var isObject: Bool { root.kind == .object }

    /// The value of a member of the outermost object; of several with the name the last.
    package func member(_ name: StaticString) -> JSONValue? {
        // Most names that are asked for are not there, which their lengths tell.
        let length = name.utf8CodeUnitCount + 2
        guard hasEscapedKeys || outermost.contains(where: { $0.key.count == length }) else { return nil }
        return text.withUnsafeReadableBytes { bytes in
            let scanner = JSONScanner(bytes)
            return outermost.last { JSONString.equals(scanner, $0.key, name) }
        }.map { JSONValue(text: text, range: $0.value, kind: $0.kind) }
    }

    /// Whether the outermost object has a member of this name, be it `null`.
    package func has(_ name: StaticString) -> Bool { member(name) != nil }
}
