package import NIOCore

/// A view of one value in a JSON text that was checked whole; nothing is decoded before it is asked for.
///
/// Copying it is cheap: it holds the text's bytes (shared, never copied) and a range. Looking up a member or an element
/// scans the value it is in, once each time.
package struct JSONValue: Sendable {
    package enum Kind: Sendable { case object, array, string, number, boolean, null }

    let text: ByteBuffer
    /// From the text's first byte.
    package let range: Range<Int>
    package let kind: Kind

    init(text: ByteBuffer, range: Range<Int>, kind: Kind) {
        self.text = text
        self.range = range
        self.kind = kind
    }

    private init(_ text: ByteBuffer, _ range: Range<Int>, _ scanner: JSONScanner) {
        self.init(text: text, range: range, kind: scanner.kind(at: range.lowerBound))
    }

    /// Checks a whole text strictly (RFC 8259 in UTF-8, at most 512 levels) and returns its value.
    package init(parsing text: ByteBuffer) throws(JSONError) {
        self = try JSONDocument(parsing: text).root
    }

    package var isNull: Bool { kind == .null }

    /// The value as it stands in the text, digits, escapes and spaces included.
    package var rawBytes: ByteBuffer {
        text.getSlice(at: text.readerIndex + range.lowerBound, length: range.count)!
    }

    package var bool: Bool? {
        guard kind == .boolean else { return nil }
        return withBytes { $0.base[range.lowerBound] == UInt8(ascii: "t") }
    }

    /// The string, unescaped; half of a surrogate pair becomes U+FFFD. `nil` where the value is no string.
    package var string: String? {
        guard kind == .string else { return nil }
        return withBytes { JSONString.decoded($0.base + range.lowerBound + 1, count: range.count - 2) }
    }

    /// Whether the value is this string.
    package func isString(_ other: StaticString) -> Bool {
        kind == .string && withBytes { JSONString.equals($0, range, other) }
    }

    /// The number, rounded to the nearest; `nil` where the value is no number or beyond a double's range.
    package var double: Double? {
        guard kind == .number else { return nil }
        guard let value = Double(String(buffer: rawBytes)), value.isFinite else { return nil }
        return value
    }

    /// The number where it is whole (`2`, `2.0`, `2e3`) and fits.
    package var int: Int? {
        guard kind == .number else { return nil }
        if let count = withBytes({ $0.count(range) }) { return count }
        if let exact = Int(String(buffer: rawBytes)) { return exact }
        return double.flatMap { Int(exactly: $0) }
    }

    // MARK: - Objects and arrays

    /// The value of an object's member; of several with the name the last, as most readers of JSON have it.
    package func member(_ name: StaticString) -> JSONValue? {
        var found: JSONValue?
        forEachMemberRange { scanner, key, value in
            if JSONString.equals(scanner, key, name) { found = JSONValue(text, value, scanner) }
            return true
        }
        return found
    }

    /// The values of an object's members, as of ``member(_:)``, found in one walk.
    package func members(
        _ first: StaticString, _ second: StaticString
    ) -> (first: JSONValue?, second: JSONValue?) {
        var found: (first: JSONValue?, second: JSONValue?)
        forEachMemberRange { scanner, key, value in
            if JSONString.equals(scanner, key, first) {
                found.first = JSONValue(text, value, scanner)
            } else if JSONString.equals(scanner, key, second) {
                found.second = JSONValue(text, value, scanner)
            }
            return true
        }
        return found
    }

    /// Calls the body for each member of an object (of anything else: never), in order, until it returns `false`.
    package func forEachMember(_ body: (_ key: String, _ value: JSONValue) -> Bool) {
        forEachMemberRange { scanner, key, value in
            let name = JSONString.decoded(scanner.base + key.lowerBound + 1, count: key.count - 2)
            return body(name, JSONValue(text, value, scanner))
        }
    }

    /// Calls the body for each element of an array (of anything else: never), in order, until it returns `false`.
    package func forEachElement(_ body: (JSONValue) -> Bool) {
        withBytes { scanner in
            guard scanner.base[range.lowerBound] == UInt8(ascii: "[") else { return }
            var at = scanner.skippingSpace(range.lowerBound + 1)
            while scanner.base[at] != UInt8(ascii: "]") {
                let end = scanner.endOfValue(at)
                guard body(JSONValue(text, at..<end, scanner)) else { return }
                at = scanner.skippingSpace(end)
                if scanner.base[at] == UInt8(ascii: ",") { at = scanner.skippingSpace(at + 1) }
            }
        }
    }

    /// The elements of an array; empty for anything else.
    package var elements: [JSONValue] {
        var elements: [JSONValue] = []
        forEachElement {
            elements.append($0)
            return true
        }
        return elements
    }

    /// The members of an object in order, duplicates included; empty for anything else.
    package var members: [(key: String, value: JSONValue)] {
        var members: [(key: String, value: JSONValue)] = []
        forEachMember {
            members.append(($0, $1))
            return true
        }
        return members
    }

    /// Whether it is `{}` or `[]`.
    package var isEmpty: Bool {
        withBytes { scanner in
            let byte = scanner.base[scanner.skippingSpace(range.lowerBound + 1)]
            return byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
        }
    }

    private func forEachMemberRange(_ body: (JSONScanner, _ key: Range<Int>, _ value: Range<Int>) -> Bool) {
        withBytes { scanner in
            guard scanner.base[range.lowerBound] == UInt8(ascii: "{") else { return }
            var at = scanner.skippingSpace(range.lowerBound + 1)
            while scanner.base[at] != UInt8(ascii: "}") {
                let endOfKey = scanner.endOfString(at)
                let start = scanner.skippingSpace(scanner.skippingSpace(endOfKey) + 1)
                let end = scanner.endOfValue(start)
                guard body(scanner, at..<endOfKey, start..<end) else { return }
                at = scanner.skippingSpace(end)
                if scanner.base[at] == UInt8(ascii: ",") { at = scanner.skippingSpace(at + 1) }
            }
        }
    }

    private func withBytes<Result>(_ body: (JSONScanner) -> Result) -> Result {
        text.withUnsafeReadableBytes { body(JSONScanner($0)) }
    }
}
