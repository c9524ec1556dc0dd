import CZlib
import NIOCore

/// Bodies that come compressed.
enum ContentCoding {
    private static let names: Set<String> = ["gzip", "x-gzip"]
    private static let pieceBytes = 65_536

    /// Whether a `Content-Encoding` names gzip; identity, or none, is no coding.
    static func isZipped(_ field: String?) -> Bool { field.map { names.contains($0.lowercased()) } ?? false }

    /// The body as it was before it was compressed; several gzip members are one body (RFC 1952, 2.2).
    ///
    /// - Parameters:
    ///   - limit: bytes that come out at the most: what is sent says nothing of how much it stands for.
    ///   - take: asked for room for so many bytes more, beside those that are out already.
    /// - Throws: 413 beyond the limit, 400 where it is no gzip, 503 where there is no room.
    static func inflated(
        _ body: ByteBuffer, limit: Int, take: (_ bytes: Int, _ before: Int) -> Bool
    ) throws(GatewayError) -> ByteBuffer {
        var stream = z_stream()
        // 16: gzip, and nothing else.
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .bodiesExceedMemory
        }
        defer { inflateEnd(&stream) }
        var input = body
        var output = ByteBuffer()
        var status = Z_OK
        while true {
            let before = output.readableBytes
            guard before <= limit else { throw .tooLarge(limit) }
            let left = input.readableBytes
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: pieceBytes) { free in
                input.readWithUnsafeReadableBytes { given in
                    stream.next_in = UnsafeMutablePointer(
                        mutating: given.bindMemory(to: UInt8.self).baseAddress)
                    stream.avail_in = UInt32(clamping: given.count)
                    stream.next_out = free.bindMemory(to: UInt8.self).baseAddress
                    stream.avail_out = UInt32(clamping: min(free.count, pieceBytes))
                    let room = Int(stream.avail_out)
                    status = inflate(&stream, Z_NO_FLUSH)
                    return (given.count - Int(stream.avail_in), room - Int(stream.avail_out))
                }
            }
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw .malformedGzip }
            let written = output.readableBytes - before
            guard output.readableBytes <= limit else { throw .tooLarge(limit) }
            if written > 0, !take(written, before) { throw .bodiesExceedMemory }
            if status == Z_STREAM_END {
                guard input.readableBytes > 0 else { return output }
                inflateReset(&stream)
                status = Z_OK
            } else if written == 0, input.readableBytes == left {
                // Nothing goes in and nothing comes out: it was cut off.
                throw .malformedGzip
            }
        }
    }
}

extension GatewayError {
    fileprivate static let malformedGzip = GatewayError(
        400, "invalid_content_encoding", "The body is said to be gzip and is not, or was cut off.")
}
