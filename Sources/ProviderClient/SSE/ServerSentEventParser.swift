package import NIOCore

/// Cuts a byte stream into the frames of an event stream (WHATWG HTML, 9.2.6), however the bytes are split.
///
/// Lines may end in LF, CR or CRLF, mixed; comments, other fields, a missing space after the colon and a byte-order mark are
/// understood. Nothing is copied but the beginning of a frame that came in pieces, and data of several lines. Use: `append`,
/// then `next` until it returns `nil`. Ranges and slices refer to `text` as it is until the next `append`.
package struct ServerSentEventParser: Sendable {
    /// Bytes appended and not yet cut into frames before the last `append`, and those appended then.
    package private(set) var text = ByteBuffer()
    private let maxFrameBytes: Int

    /// Where the frame that is not complete yet begins in the text.
    private var frameStart = 0
    private var lineStart = 0
    private var scanned = 0
    /// The last byte looked at was a CR that ended a line; a LF right after it belongs to it.
    private var skipsLineFeed = false
    private var isAtBeginning = true
    private var hasLines = false
    private var eventLine: Range<Int>?
    private var dataLine: Range<Int>?
    private var moreDataLines: [Range<Int>] = []

    /// Of a frame that is taken: an image or a document in one of them may be long.
    package static let usualMaxFrameBytes = 24 * 1_024 * 1_024

    package init(maxFrameBytes: Int = ServerSentEventParser.usualMaxFrameBytes) {
        self.maxFrameBytes = maxFrameBytes
    }

    /// Takes the next bytes of the stream.
    package mutating func append(_ bytes: ByteBuffer) {
        let left = text.readableBytes - frameStart
        guard left > 0 else {
            text = bytes.slice()
            shift(by: frameStart)
            return
        }
        // A long frame in many pieces: the room for it doubles, so that its bytes are copied a few times, not once a piece.
        guard frameStart > 0 else {
            text.writeImmutableBuffer(bytes)
            return
        }
        var joined = ByteBufferAllocator().buffer(capacity: left + bytes.readableBytes)
        joined.writeImmutableBuffer(text.getSlice(at: text.readerIndex + frameStart, length: left)!)
        joined.writeImmutableBuffer(bytes)
        text = joined
        shift(by: frameStart)
    }

    /// Says that the stream is over: a last frame that lacks its blank line is given one.
    package mutating func finish() {
        guard text.readableBytes > frameStart else { return }
        append(ByteBuffer(staticString: "\n\n"))
    }

    /// Where in the text the next frame begins, if nothing of it has been looked at yet.
    var nextFrame: Int? {
        let isUntouched =
            !hasLines && !skipsLineFeed && !isAtBeginning && lineStart == frameStart && scanned == frameStart
        return isUntouched ? frameStart : nil
    }

    /// Passes over whole frames, which end in a line feed at `end`.
    mutating func pass(to end: Int) {
        frameStart = end
        lineStart = end
        scanned = end
    }

    /// A frame's bytes, or any stretch of whole frames.
    package func bytes(_ range: Range<Int>) -> ByteBuffer {
        text.getSlice(at: text.readerIndex + range.lowerBound, length: range.count)!
    }

    /// The next complete frame; `nil`: more bytes are needed.
    package mutating func next() throws(ServerSentEventError) -> ServerSentEvent? {
        while let line = nextLine() {
            if line.isEmpty {
                guard hasLines else { continue }
                return takeFrame()
            }
            hasLines = true
            read(line)
        }
        guard text.readableBytes - frameStart <= maxFrameBytes else { throw .frameTooLong(limitBytes: maxFrameBytes) }
        return nil
    }

    private mutating func shift(by amount: Int) {
        guard amount > 0 else { return }
        frameStart -= amount
        lineStart -= amount
        scanned -= amount
        eventLine = eventLine.map { $0.lowerBound - amount..<$0.upperBound - amount }
        dataLine = dataLine.map { $0.lowerBound - amount..<$0.upperBound - amount }
        moreDataLines = moreDataLines.map { $0.lowerBound - amount..<$0.upperBound - amount }
    }

    /// The next line that is complete, without what ends it.
    private mutating func nextLine() -> Range<Int>? {
        var at = scanned
        var skipsLineFeed = skipsLineFeed
        var start = lineStart
        let isAtBeginning = isAtBeginning
        var passedBeginning = false
        let line = text.withUnsafeReadableBytes { bytes -> Range<Int>? in
            let count = bytes.count
            if isAtBeginning {
                let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
                let length = min(3, count)
                if bytes.prefix(length).elementsEqual(mark.prefix(length)) {
                    guard count >= 3 else { return nil }
                    start = 3
                    at = 3
                }
                guard count > 0 else { return nil }
                passedBeginning = true
            }
            if skipsLineFeed, at < count {
                if bytes[at] == 0x0A {
                    at += 1
                    start = at
                }
                skipsLineFeed = false
            }
            while at < count {
                let byte = bytes[at]
                guard byte == 0x0A || byte == 0x0D else {
                    at &+= 1
                    continue
                }
                let line = start..<at
                at += 1
                if byte == 0x0D {
                    if at < count { if bytes[at] == 0x0A { at += 1 } } else { skipsLineFeed = true }
                }
                return line
            }
            return nil
        }
        if passedBeginning { self.isAtBeginning = false }
        scanned = at
        self.skipsLineFeed = skipsLineFeed
        lineStart = line == nil ? start : at
        return line
    }

    private mutating func read(_ line: Range<Int>) {
        enum Field { case data, event, other }
        let (field, value) = text.withUnsafeReadableBytes { bytes -> (Field, Range<Int>) in
            let text = UnsafeRawBufferPointer(rebasing: bytes[line])
            let colon = text.firstIndex(of: UInt8(ascii: ":")) ?? text.count
            var start = min(colon + 1, text.count)
            if start < text.count, text[start] == 0x20 { start += 1 }
            let value = line.lowerBound + start..<line.upperBound
            let name = text[..<colon]
            if name.elementsEqual("data".utf8) { return (.data, value) }
            if name.elementsEqual("event".utf8) { return (.event, value) }
            return (.other, value)
        }
        switch field {
        case .data: if dataLine == nil { dataLine = value } else { moreDataLines.append(value) }
        case .event: eventLine = value
        case .other: break
        }
    }

    private mutating func takeFrame() -> ServerSentEvent {
        defer {
            frameStart = scanned
            hasLines = false
            eventLine = nil
            dataLine = nil
            moreDataLines.removeAll()
        }
        var data = dataLine.map { bytes($0) }
        if !moreDataLines.isEmpty {
            for line in moreDataLines {
                data?.writeInteger(0x0A as UInt8)
                data?.writeImmutableBuffer(bytes(line))
            }
        }
        return ServerSentEvent(
            range: frameStart..<scanned, data: data, dataRange: moreDataLines.isEmpty ? dataLine : nil,
            event: eventLine.map { bytes($0) })
    }
}
