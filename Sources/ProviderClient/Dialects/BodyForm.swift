package import NIOCore

/// What a provider's body is, told by how it begins: content types are not to be relied on.
package enum BodyForm: Sendable, Equatable {
    /// Too little has come to tell.
    case undecided
    case eventStream
    /// An object or an array.
    case json
    case other

    private static let fieldNames: [StaticString] = ["data", "event", "id", "retry"]

    /// - Parameter contentType: of the answer's head; where it names event streams, everything is one that is not plainly something
    ///   else.
    package init(of bytes: ByteBuffer, contentType: String?) {
        let isDeclared = Self.isEventStream(contentType)
        self = bytes.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            if rest.starts(with: ByteOrderMark.bytes) {
                rest = rest.dropFirst(ByteOrderMark.bytes.count)
            } else if rest.count < ByteOrderMark.bytes.count, ByteOrderMark.bytes.starts(with: rest) {
                return .undecided
            }
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
            switch rest.first {
            case nil: return .undecided
            case UInt8(ascii: "{"), UInt8(ascii: "["): return .json
            case UInt8(ascii: "<"): return .other
            case UInt8(ascii: ":"): return .eventStream
            default: break
            }
            if isDeclared { return .eventStream }
            for name in Self.fieldNames {
                let name = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
                if rest.starts(with: name) {
                    let next = rest.dropFirst(name.count).first
                    if next == UInt8(ascii: ":") { return .eventStream }
                    if next == nil { return .undecided }
                } else if name.starts(with: rest) {
                    return .undecided
                }
            }
            return .other
        }
    }

    /// Whether a content type names event streams.
    package static func isEventStream(_ contentType: String?) -> Bool {
        contentType.map { $0.lowercased().hasPrefix("text/event-stream") } ?? false
    }
}

/// What some servers put before a text in UTF-8.
package enum ByteOrderMark {
    static let bytes: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The bytes without a mark before them; nothing is copied.
    package static func removed(from bytes: ByteBuffer) -> ByteBuffer {
        guard bytes.readableBytesView.starts(with: Self.bytes) else { return bytes }
        return bytes.getSlice(
            at: bytes.readerIndex + Self.bytes.count, length: bytes.readableBytes - Self.bytes.count) ?? bytes
    }
}
