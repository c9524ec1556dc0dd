package import NIOCore
package import WireFormats

/// What stands between the quotes of a JSON string, escaped as it came: carried from one body into another without being decoded.
///
/// A piece of a stream's text may end within a pair of surrogates; joined again it is whole.
package struct EscapedText: Sendable, Hashable {
    package private(set) var bytes: ByteBuffer

    package init() { bytes = ByteBuffer() }

    /// A slice of the value's text; nil where it is no string.
    package init?(_ value: JSONValue?) {
        guard let value, value.kind == .string else { return nil }
        let quoted = value.rawBytes
        bytes = quoted.getSlice(at: quoted.readerIndex + 1, length: quoted.readableBytes - 2) ?? ByteBuffer()
    }

    package init(_ text: some StringProtocol) {
        var quoted = ByteBuffer()
        JSONString.append(text, to: &quoted)
        bytes = quoted.getSlice(at: 1, length: quoted.readableBytes - 2) ?? ByteBuffer()
    }

    /// The JSON text of a value, as a text.
    init(json value: JSONValue) { self.init(String(buffer: value.rawBytes)) }

    /// - Parameter bytes: escaped already.
    init(escaped bytes: ByteBuffer) { self.bytes = bytes }

    package var isEmpty: Bool { bytes.readableBytes == 0 }

    /// Of its JSON text.
    package var byteCount: Int { bytes.readableBytes }

    /// Unescaped.
    package var string: String {
        guard bytes.readableBytesView.contains(UInt8(ascii: "\\")) else { return String(buffer: bytes) }
        return (try? JSONValue(parsing: quoted))?.string ?? String(buffer: bytes)
    }

    /// As a JSON string.
    package var quoted: ByteBuffer {
        var quoted = ByteBufferAllocator().buffer(capacity: bytes.readableBytes + 2)
        quoted.writeStaticString("\"")
        quoted.writeImmutableBuffer(bytes)
        quoted.writeStaticString("\"")
        return quoted
    }

    package mutating func append(_ other: EscapedText) { bytes.writeImmutableBuffer(other.bytes) }

    /// Whether it is white space only, which some providers refuse as a text.
    var isBlank: Bool {
        // Long texts have a word in them.
        byteCount < 1_024 && string.allSatisfy(\.isWhitespace)
    }
}

extension JSONBytes {
    mutating func value(_ text: EscapedText) { value(escaped: text.bytes) }
    mutating func member(_ name: String, _ text: EscapedText) { member(name, escaped: text.bytes) }
    /// Nothing is written where the value is none, or null.
    mutating func member(_ name: String, _ value: JSONValue?) {
        if let value, !value.isNull { member(name, raw: value.rawBytes) }
    }
    mutating func value(_ value: JSONValue) { raw(value.rawBytes) }
    var buffer: ByteBuffer { ByteBuffer(bytes: bytes) }
}
