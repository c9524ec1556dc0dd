package import NIOCore

/// A frame of AWS's event streams (`application/vnd.amazon.eventstream`).
package struct EventStreamFrame: Sendable, Equatable {
    /// Those that are texts, which all are that Bedrock sends.
    package var headers: [String: String]
    package var payload: ByteBuffer

    package init(headers: [String: String], payload: ByteBuffer) {
        self.headers = headers
        self.payload = payload
    }
}

/// Bytes that are no event stream of AWS's.
package struct EventStreamError: Error, Sendable, Equatable {
    package let reason: String
}

/// Cuts AWS's event streams into frames, however the bytes are split; both sums of each frame are checked.
///
/// A frame: its length and that of its headers (4 bytes each, the highest first), the CRC-32 of these 8, the headers, the payload, the
/// CRC-32 of all before it.
package struct EventStreamDecoder: Sendable {
    private var bytes = ByteBuffer()

    /// As AWS's own clients have it.
    package static let maxPayloadBytes = 24 << 20
    private static let maxHeaderBytes = 128 << 10
    private static let overhead = 16

    package init() {}

    package mutating func append(_ more: ByteBuffer) {
        guard bytes.readableBytes > 0 else {
            bytes = more
            return
        }
        // What was read is let go of, or a stream whose frames never end with a piece would be kept whole.
        if bytes.readerIndex >= bytes.readableBytes { bytes.discardReadBytes() }
        bytes.writeImmutableBuffer(more)
    }

    /// Whether a frame has begun that is not complete.
    package var hasIncompleteFrame: Bool { bytes.readableBytes > 0 }

    /// The next frame; nil: more bytes are needed.
    package mutating func next() throws(EventStreamError) -> EventStreamFrame? {
        let start = bytes.readerIndex
        guard let total: UInt32 = bytes.getInteger(at: start), let headers: UInt32 = bytes.getInteger(at: start + 4),
            let sum: UInt32 = bytes.getInteger(at: start + 8)
        else { return nil }
        guard sum == CRC32.sum(bytes, start, 8) else {
            throw EventStreamError(reason: "the sum of a frame's beginning is wrong")
        }
        let length = Int(total)
        let headerLength = Int(headers)
        guard headerLength <= Self.maxHeaderBytes, length >= headerLength + Self.overhead,
            length - headerLength - Self.overhead <= Self.maxPayloadBytes
        else { throw EventStreamError(reason: "a frame's lengths are beyond what is taken") }
        guard bytes.readableBytes >= length, let whole: UInt32 = bytes.getInteger(at: start + length - 4) else {
            return nil
        }
        guard whole == CRC32.sum(bytes, start, length - 4) else {
            throw EventStreamError(reason: "the sum of a frame is wrong")
        }
        guard let headerBytes = bytes.getSlice(at: start + 12, length: headerLength),
            let payload = bytes.getSlice(
                at: start + 12 + headerLength, length: length - headerLength - Self.overhead)
        else { return nil }
        bytes.moveReaderIndex(forwardBy: length)
        return EventStreamFrame(headers: try Self.headers(headerBytes), payload: payload)
    }

    private static func headers(_ bytes: ByteBuffer) throws(EventStreamError) -> [String: String] {
        var bytes = bytes
        var headers: [String: String] = [:]
        while bytes.readableBytes > 0 {
            guard let nameLength: UInt8 = bytes.readInteger(), let name = bytes.readString(length: Int(nameLength)),
                let type: UInt8 = bytes.readInteger()
            else { throw EventStreamError(reason: "a frame's header is cut off") }
            let length: Int
            switch type {
            case 0, 1: length = 0
            case 2: length = 1
            case 3: length = 2
            case 4: length = 4
            case 5, 8: length = 8
            case 6, 7:
                guard let said: UInt16 = bytes.readInteger() else {
                    throw EventStreamError(reason: "a frame's header is cut off")
                }
                length = Int(said)
            case 9: length = 16
            default: throw EventStreamError(reason: "a frame's header is of no known type")
            }
            guard let value = bytes.readSlice(length: length) else {
                throw EventStreamError(reason: "a frame's header is cut off")
            }
            if type == 7 { headers[name] = String(buffer: value) }
        }
        return headers
    }
}

extension EventStreamFrame {
    /// The frame as bytes: for tests and simulations.
    package var encoded: ByteBuffer {
        var names = ByteBuffer()
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            names.writeInteger(UInt8(truncatingIfNeeded: name.utf8.count))
            names.writeString(name)
            names.writeInteger(7 as UInt8)
            names.writeInteger(UInt16(truncatingIfNeeded: value.utf8.count))
            names.writeString(value)
        }
        var frame = ByteBuffer()
        frame.writeInteger(UInt32(truncatingIfNeeded: names.readableBytes + payload.readableBytes + 16))
        frame.writeInteger(UInt32(truncatingIfNeeded: names.readableBytes))
        frame.writeInteger(CRC32.sum(frame, 0, 8))
        frame.writeImmutableBuffer(names)
        frame.writeImmutableBuffer(payload)
        frame.writeInteger(CRC32.sum(frame, 0, frame.readableBytes))
        return frame
    }

    /// The same as a frame of an event stream of the web: what reads those reads both.
    package var serverSentEvent: ByteBuffer {
        let name = headers[":exception-type"] ?? headers[":event-type"] ?? headers[":message-type"] ?? "error"
        var event = ByteBufferAllocator().buffer(capacity: payload.readableBytes + 64)
        event.writeString("event: \(name.filter { $0 != "\n" && $0 != "\r" })\ndata: ")
        guard payload.readableBytesView.contains(where: { $0 == 0x0A || $0 == 0x0D }) else {
            event.writeImmutableBuffer(payload)
            event.writeStaticString("\n\n")
            return event
        }
        // Line feeds in JSON are between its words.
        for byte in payload.readableBytesView {
            switch byte {
            case 0x0A, 0x0D: event.writeStaticString("\ndata: ")
            default: event.writeInteger(byte)
            }
        }
        event.writeStaticString("\n\n")
        return event
    }
}

/// The sum of zlib and AWS's event streams.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(index as UInt32) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ (sum >> 1) : sum >> 1 }
    }

    static func sum(_ bytes: ByteBuffer, _ start: Int, _ length: Int) -> UInt32 {
        guard let slice = bytes.getSlice(at: start, length: length) else { return 0 }
        return slice.withUnsafeReadableBytes { bytes in
            table.withUnsafeBufferPointer { table in
                ~bytes.reduce(UInt32.max) { sum, byte in table[Int((sum ^ UInt32(byte)) & 0xFF)] ^ (sum >> 8) }
            }
        }
    }
}
