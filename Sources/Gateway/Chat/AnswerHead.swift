import NIOCore
import NIOHTTP1
import RoutingEngine

/// The head of an answer of the hot path, written straight into the bytes that leave.
///
/// NIO's encoder wants each field as two strings and sends head and body in separate buffers; here most values are numbers and
/// names known beforehand, and an answer leaves in one piece. How the body is framed is added by `ExchangeHandler`, which knows
/// the request's version.
struct AnswerHead {
    fileprivate var bytes: ByteBuffer

    /// Enough for every head of ours with a short body; longer ones make the buffer grow.
    private static let usualBytes = 2048

    init(status: Int) {
        bytes = ByteBufferAllocator().buffer(capacity: Self.usualBytes)
        if status == 200 {
            bytes.writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            let reason = HTTPResponseStatus(statusCode: status).reasonPhrase
            bytes.writeString("HTTP/1.1 \(status) \(reason)\r\n")
        }
    }

    mutating func field(_ name: StaticString, constant value: StaticString) {
        begin(name)
        bytes.writeStaticString(value)
        end()
    }

    /// A field whose value may be anything: what a header cannot hold is percent-encoded, so that no value can end its line.
    mutating func field(_ name: StaticString, _ value: String) {
        begin(name)
        bytes.writeString(HeaderText.printable(value))
        end()
    }

    mutating func field(_ name: StaticString, _ value: Int) {
        begin(name)
        bytes.writeString(String(value))
        end()
    }

    private mutating func begin(_ name: StaticString) {
        bytes.writeStaticString(name)
        bytes.writeStaticString(": ")
    }

    private mutating func end() { bytes.writeStaticString("\r\n") }

    /// Ends the head.
    consuming func finished() -> ByteBuffer {
        end()
        return bytes
    }
}
