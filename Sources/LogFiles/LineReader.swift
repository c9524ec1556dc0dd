import Foundation

/// The lines of a file: LF or CRLF, the last one with or without, a byte order mark at the start left out.
package final class LineReader {
    /// The longest line that is kept, without its end.
    package static let maximumLineBytes = 1 << 20
    private static let chunkBytes = 1 << 18

    /// One line. The bytes live until the next call of ``LineReader/next()``.
    package struct Line {
        /// From 1.
        package let number: Int
        /// Without LF or CRLF; empty when the line is too long.
        package let bytes: UnsafeBufferPointer<UInt8>
        /// Longer than ``LineReader/maximumLineBytes``: the bytes were read over, not kept.
        package let isTooLong: Bool

        /// Nothing but spaces and tabs.
        package var isBlank: Bool { !isTooLong && bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d } }
    }

    private let source: ByteSource
    /// Reads a large file beside the lines' taker; nil for small ones.
    private let ahead: ReadAhead?
    private let buffer: UnsafeMutablePointer<UInt8>
    /// The longest line that is kept.
    package let limit: Int
    // Room for a full line, its end, and one chunk behind it.
    private let capacity: Int
    private var isMarkSkipped = false
    /// What went wrong while looking ahead: told when what came before it is read.
    private var pending: InputError?
    private var start = 0
    private var end = 0
    private var isAtEnd = false
    /// The number of the line that was handed out last.
    package private(set) var lineNumber = 0

    package init(_ source: ByteSource, limit: Int = LineReader.maximumLineBytes) {
        self.source = source
        self.limit = limit
        capacity = limit + 2 + LineReader.chunkBytes
        buffer = .allocate(capacity: capacity)
        ahead = (source.byteCount ?? 0) >= ReadAhead.minimumFileBytes ? ReadAhead(source) : nil
        ahead?.start()
    }

    package convenience init(path: String, limit: Int = LineReader.maximumLineBytes) throws(InputError) {
        self.init(try ByteSource(path: path), limit: limit)
    }

    deinit {
        ahead?.abandon()
        buffer.deallocate()
    }

    package var file: String { source.file }
    /// Share of the file read so far, in [0, 1]; nil for pipes.
    package var progress: Double? {
        source.byteCount.map { $0 > 0 ? min(1, Double(ahead?.bytesConsumed ?? source.bytesConsumed) / Double($0)) : 1 }
    }

    /// The next line, nil at the end. Errors are those of the file (``ByteSource``), never of a line.
    package func next() throws(InputError) -> Line? {
        if !isMarkSkipped { try skipByteOrderMark() }
        var scanned = start
        var isTooLong = false
        while true {
            if scanned < end, let found = memchr(buffer + scanned, 0x0a, end - scanned) {
                let at = UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) - UnsafePointer(buffer)
                let line = makeLine(upTo: at, isTooLong: isTooLong)
                start = at + 1
                return line
            }
            scanned = end
            // One byte more than the limit may be a CR.
            if end - start > limit + 1 {
                isTooLong = true
                start = 0
                end = 0
                scanned = 0
            }
            if try !fill(&scanned) {
                guard start < end || isTooLong else { return nil }
                let line = makeLine(upTo: end, isTooLong: isTooLong)
                start = end
                return line
            }
        }
    }

    private func makeLine(upTo at: Int, isTooLong: Bool) -> Line {
        lineNumber += 1
        let stop = at > start && buffer[at - 1] == 0x0d ? at - 1 : at
        let isTooLong = isTooLong || stop - start > limit
        return Line(
            number: lineNumber, bytes: UnsafeBufferPointer(start: buffer + start, count: isTooLong ? 0 : stop - start),
            isTooLong: isTooLong)
    }

    /// What follows, up to a line's limit, without taking it; for before the first line is read.
    func peek() throws(InputError) -> UnsafeBufferPointer<UInt8> {
        if !isMarkSkipped { try skipByteOrderMark() }
        var scanned = start
        do throws(InputError) { while end - start < limit, try fill(&scanned) {} } catch {
            guard end > start else { throw error }
            pending = error
        }
        return UnsafeBufferPointer(start: buffer + start, count: end - start)
    }

    /// The next byte, for those who read no lines; nil at the end.
    @inline(__always)
    func nextByte() throws(InputError) -> UInt8? {
        if start == end {
            (start, end) = (0, 0)
            var scanned = 0
            guard try fill(&scanned) else { return nil }
        }
        let byte = buffer[start]
        start += 1
        if byte == 0x0a { lineNumber += 1 }
        return byte
    }

    private func skipByteOrderMark() throws(InputError) {
        isMarkSkipped = true
        var scanned = 0
        while end < 3, try fill(&scanned) {}
        if end >= 3, buffer[0] == 0xef, buffer[1] == 0xbb, buffer[2] == 0xbf { start = 3 }
    }

    /// Reads more behind the line begun; moves it to the front first when room is short. False at the end.
    private func fill(_ scanned: inout Int) throws(InputError) -> Bool {
        if isAtEnd { return false }
        if let pending {
            throw InputError(file: pending.file, line: lineNumber + 1, field: pending.field, reason: pending.reason)
        }
        if capacity - end < LineReader.chunkBytes, start > 0 {
            memmove(buffer, buffer + start, end - start)
            end -= start
            scanned -= start
            start = 0
        }
        let room = min(LineReader.chunkBytes, capacity - end)
        let count =
            if let ahead {
                try ahead.read(into: buffer + end, capacity: room, line: lineNumber + 1)
            } else {
                try source.read(into: buffer + end, capacity: room, line: lineNumber + 1)
            }
        end += count
        isAtEnd = count == 0
        return count > 0
    }
}
