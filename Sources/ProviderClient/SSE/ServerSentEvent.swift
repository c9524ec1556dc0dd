package import NIOCore

/// One frame of an event stream, up to and including the blank line that ends it.
package struct ServerSentEvent: Sendable, Equatable {
    /// The frame's bytes in `ServerSentEventParser.text`, as they came.
    package let range: Range<Int>
    /// The data lines' values, joined by line feeds; `nil` for a frame without any (a comment, a keep-alive). A slice of the
    /// text where there is one data line.
    package let data: ByteBuffer?
    /// The value of the single data line in the text; `nil` where there is none or more than one.
    package let dataRange: Range<Int>?
    /// The value of the `event` line, if there is one.
    package let event: ByteBuffer?
}

/// An event stream that cannot be read on.
package enum ServerSentEventError: Error, Sendable, Equatable {
    /// A frame longer than the parser takes.
    case frameTooLong(limitBytes: Int)
}
