import NIOCore

/// Bodies that come compressed.
extension ExchangeHandler {
    /// The body as it was before it was compressed, in the memory set aside for bodies.
    func inflated(_ body: ByteBuffer, _ fields: RequestFields) throws(GatewayError) -> ByteBuffer {
        guard ContentCoding.isZipped(fields.contentEncoding), body.readableBytes > 0 else { return body }
        let bodies = service.runtime.bodies
        let held = body.readableBytes
        let inflated = try ContentCoding.inflated(body, limit: service.maxBodyBytes) { bytes, before in
            guard bodies.take(bytes, held: before) else { return false }
            heldBytes += bytes
            return true
        }
        // What came is gone.
        bodies.give(held)
        heldBytes -= held
        return inflated
    }
}
