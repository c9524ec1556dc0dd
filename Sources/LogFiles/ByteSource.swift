import CZlib
import Foundation

/// The bytes of a file, unzipped on the way when the content (not the name) says gzip.
///
/// Several gzip members one after another are one stream (RFC 1952, 2.2). A member that is cut short, damaged or followed by
/// bytes that are no member is an ``InputError`` with field `gzip`; the bytes before it have been handed out by then. A file that is no
/// UTF-8 text by its first bytes is an ``InputError`` that says what it is and what makes text of it (``FileMagic``).
package final class ByteSource {
    /// Compressed bytes read from the file at a time.
    private static let inputCapacity = 1 << 18

    package let file: String
    private let descriptor: Int32
    private let input = UnsafeMutablePointer<UInt8>.allocate(capacity: ByteSource.inputCapacity)
    private var inputStart = 0
    private var inputEnd = 0
    private var isZipped = false
    private var isInMember = false
    private var isOver = false
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    /// The first bytes, held back until it is known that they are text; empty once they are handed out.
    private var beginning: [UInt8] = []
    private var isBegun = false

    /// Bytes taken from the file so far (compressed where it is), for a progress bar.
    package private(set) var bytesConsumed: Int64 = 0
    /// The size of the file; nil for pipes.
    package let byteCount: Int64?

    package init(path: String) throws(InputError) {
        file = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        stream.initialize(to: z_stream())
        guard descriptor >= 0 else {
            byteCount = nil
            throw InputError(file: path, field: "file", reason: String(cString: strerror(errno)))
        }
        var status = stat()
        byteCount = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
        // Two bytes tell gzip; a pipe may hand them over one at a time.
        while inputEnd < 2, try fill(line: nil) {}
        if inputEnd >= 2, input[0] == 0x1f, input[1] == 0x8b {
            isZipped = true
            // 15: the largest window; + 16: a gzip header, checked together with the CRC and the length at the end.
            guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
                throw InputError(file: path, field: "gzip", reason: "zlib cannot be started")
            }
            isInMember = true
        }
    }

    deinit {
        if isZipped { inflateEnd(stream) }
        if descriptor >= 0 { close(descriptor) }
        stream.deallocate()
        input.deallocate()
    }

    /// Reads up to `capacity` bytes (≥ 1); 0 only at the end. `line` is the line being read, for the error.
    package func read(into target: UnsafeMutablePointer<UInt8>, capacity: Int, line: Int? = nil) throws(InputError)
        -> Int
    {
        if !isBegun { try begin(line) }
        if !beginning.isEmpty {
            let count = min(capacity, beginning.count)
            for index in 0..<count { target[index] = beginning[index] }
            beginning.removeFirst(count)
            return count
        }
        return try readOn(into: target, capacity, line)
    }

    private func readOn(into target: UnsafeMutablePointer<UInt8>, _ capacity: Int, _ line: Int?) throws(InputError)
        -> Int
    {
        if isOver { return 0 }
        return isZipped ? try unzip(target, capacity, line) : try copy(target, capacity, line)
    }

    private func begin(_ line: Int?) throws(InputError) {
        isBegun = true
        let start = UnsafeMutablePointer<UInt8>.allocate(capacity: FileMagic.byteCount)
        defer { start.deallocate() }
        var count = 0
        while count < FileMagic.byteCount {
            let more = try readOn(into: start + count, FileMagic.byteCount - count, line)
            if more == 0 { break }
            count += more
        }
        let bytes = UnsafeBufferPointer(start: start, count: count)
        if let refusal = FileMagic.refusal(bytes) { throw InputError(file: file, field: "file", reason: refusal) }
        beginning = Array(bytes)
    }

    private func copy(_ target: UnsafeMutablePointer<UInt8>, _ capacity: Int, _ line: Int?) throws(InputError) -> Int {
        if inputStart == inputEnd, try !fill(line: line) {
            isOver = true
            return 0
        }
        let count = min(capacity, inputEnd - inputStart)
        target.update(from: input + inputStart, count: count)
        inputStart += count
        return count
    }

    private func unzip(_ target: UnsafeMutablePointer<UInt8>, _ capacity: Int, _ line: Int?) throws(InputError) -> Int {
        while true {
            if inputStart == inputEnd, try !fill(line: line) {
                isOver = true
                if isInMember {
                    throw InputError(
                        file: file, line: line, field: "gzip",
                        reason: "the file ends in the middle of the compressed data")
                }
                return 0
            }
            if !isInMember, try !startMember(line: line) { continue }
            stream.pointee.next_in = input + inputStart
            stream.pointee.avail_in = UInt32(inputEnd - inputStart)
            stream.pointee.next_out = target
            stream.pointee.avail_out = UInt32(min(capacity, Int(Int32.max)))
            let offered = Int(stream.pointee.avail_out)
            let status = inflate(stream, Z_NO_FLUSH)
            inputStart = inputEnd - Int(stream.pointee.avail_in)
            let written = offered - Int(stream.pointee.avail_out)
            switch status {
            case Z_STREAM_END: isInMember = false
            case Z_OK, Z_BUF_ERROR: break
            default:
                isOver = true
                let detail = stream.pointee.msg.map { String(cString: $0) } ?? "code \(status)"
                throw InputError(
                    file: file, line: line, field: "gzip", reason: "the compressed data is damaged (\(detail))")
            }
            if written > 0 { return written }
        }
    }

    /// Between members: padding of zeros is skipped (false: look again), another member is begun, anything else is an error.
    private func startMember(line: Int?) throws(InputError) -> Bool {
        while inputStart < inputEnd, input[inputStart] == 0 { inputStart += 1 }
        guard inputStart < inputEnd else { return false }
        guard input[inputStart] == 0x1f else {
            isOver = true
            throw InputError(
                file: file, line: line, field: "gzip", reason: "bytes that are not gzip follow the compressed data")
        }
        guard inflateReset(stream) == Z_OK else {
            throw InputError(file: file, line: line, field: "gzip", reason: "zlib cannot be restarted")
        }
        isInMember = true
        return true
    }

    /// Reads more of the file behind what is left; false at its end.
    private func fill(line: Int?) throws(InputError) -> Bool {
        if inputStart == inputEnd {
            inputStart = 0
            inputEnd = 0
        }
        while true {
            let count = Foundation.read(descriptor, input + inputEnd, ByteSource.inputCapacity - inputEnd)
            if count >= 0 {
                inputEnd += count
                bytesConsumed += Int64(count)
                return count > 0
            }
            if errno != EINTR {
                throw InputError(file: file, line: line, field: "file", reason: String(cString: strerror(errno)))
            }
        }
    }
}
