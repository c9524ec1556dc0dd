import CZlib
import Foundation

/// Writes a file, zipped when its name ends in `.gz`. Call ``close()``: a file that was not closed is not complete.
package final class GzipWriter {
    private static let bufferBytes = 1 << 16

    private let file: String
    private let descriptor: Int32
    private let isZipped: Bool
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let output = UnsafeMutablePointer<UInt8>.allocate(capacity: GzipWriter.bufferBytes)
    private var pending: [UInt8] = []
    private var isClosed = false
    /// Size of the file so far.
    private var bytesWritten: Int64 = 0
    /// Whether nothing was written since the last gzip member ended.
    private var isMemberEmpty = true

    /// Creates or empties `path`.
    ///
    /// - Parameters:
    ///   - level: zlib's 1 (fast) … 9 (small).
    ///   - isZipped: nil = told by the name.
    ///   - kept: bytes at the beginning of an existing file to keep and write behind: what ``checkpoint()`` returned.
    ///   - mode: permissions of a file that is made.
    package init(
        path: String, level: Int32 = 6, isZipped: Bool? = nil, keeping kept: Int64 = 0, mode: UInt32 = 0o644
    ) throws(InputError) {
        file = path
        self.isZipped = isZipped ?? path.hasSuffix(".gz")
        stream.initialize(to: z_stream())
        descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode)
        guard descriptor >= 0, ftruncate(descriptor, off_t(kept)) == 0 || errno == EINVAL,
            kept == 0 || lseek(descriptor, off_t(kept), SEEK_SET) == kept
        else {
            throw InputError(file: path, field: "file", reason: String(cString: strerror(errno)))
        }
        bytesWritten = kept
        pending.reserveCapacity(GzipWriter.bufferBytes)
        guard self.isZipped else { return }
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "deflateInit2 takes these parameters")
    }

    deinit {
        if isZipped, descriptor >= 0 { deflateEnd(stream) }
        if descriptor >= 0, !isClosed { _ = Foundation.close(descriptor) }
        stream.deallocate()
        output.deallocate()
    }

    package func write(_ bytes: some Sequence<UInt8>) throws(InputError) {
        pending.append(contentsOf: bytes)
        isMemberEmpty = false
        if pending.count >= GzipWriter.bufferBytes { try drain(isLast: false) }
    }

    package func write(_ text: String) throws(InputError) { try write(text.utf8) }

    /// Brings everything to the disk, ending the gzip member: what stands there by then can be written behind later on.
    ///
    /// - Returns: the size of the file.
    package func checkpoint() throws(InputError) -> Int64 {
        try drain(isLast: true)
        if isZipped { deflateReset(stream) }
        isMemberEmpty = true
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw InputError(file: file, field: "file", reason: String(cString: strerror(errno)))
        }
        return bytesWritten
    }

    /// Writes what is left and the end of the gzip member.
    package func close() throws(InputError) {
        guard !isClosed else { return }
        // A file of no bytes is no gzip file; behind other members an empty one is not needed.
        if !isMemberEmpty || bytesWritten == 0 { try drain(isLast: true) }
        isClosed = true
        if Foundation.close(descriptor) != 0 {
            throw InputError(file: file, field: "file", reason: String(cString: strerror(errno)))
        }
    }

    private func drain(isLast: Bool) throws(InputError) {
        let bytes = pending
        pending.removeAll(keepingCapacity: true)
        let failure = bytes.withUnsafeBufferPointer { isZipped ? deflateAll($0, isLast: isLast) : writeAll($0) }
        if let failure { throw failure }
    }

    private func deflateAll(_ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool) -> InputError? {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
        repeat {
            stream.pointee.next_out = output
            stream.pointee.avail_out = UInt32(GzipWriter.bufferBytes)
            deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
            let count = GzipWriter.bufferBytes - Int(stream.pointee.avail_out)
            if let failure = writeAll(UnsafeBufferPointer(start: output, count: count)) { return failure }
        } while stream.pointee.avail_out == 0
        return nil
    }

    private func writeAll(_ bytes: UnsafeBufferPointer<UInt8>) -> InputError? {
        var written = 0
        while written < bytes.count {
            let count = Foundation.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return InputError(file: file, field: "file", reason: String(cString: strerror(errno))) }
            written += count
        }
        bytesWritten += Int64(written)
        return nil
    }
}
