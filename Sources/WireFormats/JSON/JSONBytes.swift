package import NIOCore

/// Writes JSON (RFC 8259) as bytes, in the order it is told.
///
/// The answers of the API have a pinned order of members and nulls that `JSONEncoder` leaves out or reorders, and are written on
/// event loops; this writer escapes and formats, nothing more.
package struct JSONBytes {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    package mutating func object(_ members: (inout JSONBytes) throws -> Void) rethrows {
        separate()
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
        try members(&self)
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    package mutating func array(_ elements: (inout JSONBytes) throws -> Void) rethrows {
        separate()
        bytes.append(UInt8(ascii: "["))
        needsComma = false
        try elements(&self)
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    package mutating func key(_ name: String) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func value(_ text: String?) {
        guard let text else { return null() }
        separate()
        string(text)
        needsComma = true
    }

    package mutating func value(_ number: Int64?) {
        guard let number else { return null() }
        raw(String(number))
    }

    package mutating func value(_ number: Int?) { value(number.map(Int64.init)) }

    /// A number that JSON cannot hold is written as null.
    package mutating func value(_ number: Double?) {
        guard let number, number.isFinite else { return null() }
        if number == number.rounded(), abs(number) < 1e15 {
            raw(String(Int64(saturating: number)))
        } else {
            raw(number.description)
        }
    }

    package mutating func value(_ flag: Bool?) {
        guard let flag else { return null() }
        raw(flag ? "true" : "false")
    }

    package mutating func null() { raw("null") }

    package mutating func member(_ name: String, _ text: String?) {
        key(name)
        value(text)
    }

    package mutating func member(_ name: String, _ number: Int?) {
        key(name)
        value(number)
    }

    package mutating func member(_ name: String, _ number: Int64?) {
        key(name)
        value(number)
    }

    package mutating func member(_ name: String, _ number: Double?) {
        key(name)
        value(number)
    }

    package mutating func member(_ name: String, _ flag: Bool?) {
        key(name)
        value(flag)
    }

    package mutating func member(_ name: String, _ texts: [String]) {
        key(name)
        array { for text in texts { $0.value(text) } }
    }

    package mutating func member(_ name: String, _ numbers: [Double]) {
        key(name)
        array { for number in numbers { $0.value(number) } }
    }

    /// Appends text that is JSON already.
    package mutating func raw(_ json: String) {
        separate()
        bytes.append(contentsOf: json.utf8)
        needsComma = true
    }

    /// Appends bytes that are JSON already.
    package mutating func raw(_ json: ByteBuffer) {
        separate()
        json.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
        needsComma = true
    }

    package mutating func member(_ name: String, raw json: ByteBuffer) {
        key(name)
        raw(json)
    }

    /// Appends a string of which the pieces are escaped already, as they stand between quotes.
    package mutating func value(escaped pieces: ByteBuffer...) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for piece in pieces { piece.withUnsafeReadableBytes { bytes.append(contentsOf: $0) } }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    package mutating func member(_ name: String, escaped piece: ByteBuffer) {
        key(name)
        value(escaped: piece)
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func string(_ text: String) { JSONString.append(text, to: &bytes) }
}
