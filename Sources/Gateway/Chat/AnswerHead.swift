package import NIOCore
import NIOHTTP1
import RoutingEngine

/// The head of an answer of the hot path, written straight into the bytes that leave.
///
/// NIO's encoder wants each field as two strings and sends head and body in separate buffers; here most values are numbers and
/// names known beforehand, and an answer leaves in one piece. How the body is framed is added by `ExchangeHandler`, which knows
/// the request's version.
package struct AnswerHead {
    private var bytes: ByteBuffer

    /// Enough for every head of ours with a short body; longer ones make the buffer grow.
    private static let usualBytes = 2048

    package init(status: Int) {
        bytes = ByteBufferAllocator().buffer(capacity: Self.usualBytes)
        if status == 200 {
            bytes.writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            let reason = HTTPResponseStatus(statusCode: status).reasonPhrase
            bytes.writeString("HTTP/1.1 \(status) \(reason)\r\n")
        }
    }

    mutating func field(_ name: StaticString, constant value: StaticString) {
        line(name, UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    /// A field whose value may be anything: what a header cannot hold is percent-encoded, so that no value can end its line.
    package mutating func field(_ name: StaticString, _ value: String) {
        text(name, value, from: 0x20)
    }

    /// As ``field(_:_:)``, with spaces percent-encoded as well: for names that a client may split a field at.
    package mutating func field(_ name: StaticString, visible value: String) {
        text(name, value, from: 0x21)
    }

    mutating func field(_ name: StaticString, _ value: Int) {
        text(name, String(value), from: 0x20)
    }

    /// What is left of the caller's limits, by OpenAI's names.
    mutating func limits(_ status: RateLimitStatus) {
        if let requests = status.requests {
            field("x-ratelimit-limit-requests", requests.limit)
            field("x-ratelimit-remaining-requests", requests.remaining)
            field("x-ratelimit-reset-requests", RateLimitStatus.duration(requests.resetSeconds))
        }
        if let tokens = status.tokens {
            field("x-ratelimit-limit-tokens", tokens.limit)
            field("x-ratelimit-remaining-tokens", tokens.remaining)
            field("x-ratelimit-reset-tokens", RateLimitStatus.duration(tokens.resetSeconds))
        }
    }

    /// - Parameter lowest: the first character that may stand as it is.
    private mutating func text(_ name: StaticString, _ value: String, from lowest: UInt8) {
        var value = value
        let isWritten = value.withUTF8 { bytes in
            var strange: UInt8 = 0
            for byte in bytes { strange |= byte &- lowest < 0x7F - lowest ? 0 : 1 }
            if strange == 0 { line(name, bytes) }
            return strange == 0
        }
        guard !isWritten else { return }
        var encoded = HeaderText.visible(value)
        encoded.withUTF8 { line(name, $0) }
    }

    /// A whole line in one write: each costs a check of exclusive access.
    private mutating func line(_ name: StaticString, _ value: UnsafeBufferPointer<UInt8>) {
        let nameBytes = name.utf8CodeUnitCount
        let count = nameBytes + value.count + 4
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { output in
            guard let start = output.baseAddress else { return 0 }
            start.copyMemory(from: name.utf8Start, byteCount: nameBytes)
            Self.put(":", " ", at: start + nameBytes)
            if let first = value.baseAddress {
                (start + nameBytes + 2).copyMemory(from: first, byteCount: value.count)
            }
            Self.put("\r", "\n", at: start + count - 2)
            return count
        }
    }

    private static func put(_ first: Unicode.Scalar, _ second: Unicode.Scalar, at place: UnsafeMutableRawPointer) {
        place.storeBytes(of: UInt8(ascii: first), as: UInt8.self)
        (place + 1).storeBytes(of: UInt8(ascii: second), as: UInt8.self)
    }

    /// Ends the head.
    package consuming func finished() -> ByteBuffer {
        bytes.writeStaticString("\r\n")
        return bytes
    }
}
