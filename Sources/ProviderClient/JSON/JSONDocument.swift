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
    }

    package let text: ByteBuffer
    let outermost: [Member]
    private let rootRange: Range<Int>

    /// Checks the readable bytes strictly: RFC 8259 in UTF-8, at most 512 levels, no byte-order mark.
    package init(parsing text: ByteBuffer) throws(JSONError) {
        var members: [Member] = []
        members.reserveCapacity(8)
        var failure: JSONError?
        let range = text.withUnsafeReadableBytes { bytes -> Range<Int> in
            let scanner = JSONScanner(bytes)
            do throws(JSONError) {
                try scanner.check { key, value in members.append(Member(key: key, value: value)) }
            } catch {
                failure = error
                return 0..<0
            }
            var end = bytes.count
            while end > 0, bytes[end - 1] <= 0x20 { end -= 1 }
            return scanner.skippingSpace(0)..<end
        }
        if let failure { throw failure }
        self.text = text
        outermost = members
        rootRange = range
    }

    package var root: JSONValue { JSONValue(text: text, range: rootRange) }

    package var isObject: Bool { root.kind == .object }

    /// The value of a member of the outermost object; of several with the name the last.
    package func member(_ name: StaticString) -> JSONValue? {
        text.withUnsafeReadableBytes { bytes in
            let scanner = JSONScanner(bytes)
            return outermost.last { JSONString.equals(scanner, $0.key, name) }
        }.map { JSONValue(text: text, range: $0.value) }
    }

    /// Whether the outermost object has a member of this name, be it `null`.
    package func has(_ name: StaticString) -> Bool { member(name) != nil }
}
