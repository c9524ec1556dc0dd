/// HMAC-SHA256 (RFC 2104) under one key, which is worked in once: half of what a code costs.
package final class HMACSHA256: Sendable {
    /// Neither changes after `init`: a code is made of copies, and copying only reads.
    private nonisolated(unsafe) let inner: DigestContext
    private nonisolated(unsafe) let outer: DigestContext

    /// Of a block of SHA-256, in bytes.
    private static let blockSize = 64

    /// - Parameter key: of any length; longer than 64 bytes, its hash is the key.
    package init(key: [UInt8]) {
        var block = key.count > Self.blockSize ? SHA256.hash(key) : key
        block.append(contentsOf: repeatElement(0, count: Self.blockSize - block.count))
        inner = DigestContext()
        inner.update(block.map { $0 ^ 0x36 })
        outer = DigestContext()
        outer.update(block.map { $0 ^ 0x5c })
    }

    /// 32 bytes.
    package func code(for bytes: some Sequence<UInt8>) -> [UInt8] {
        let message = DigestContext(copying: inner)
        message.update(bytes)
        let whole = DigestContext(copying: outer)
        whole.update(message.finalize())
        return whole.finalize()
    }
}
