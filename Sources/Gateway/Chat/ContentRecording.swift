package import DecisionStore
package import NIOCore
package import RoutingEngine

/// What a stream's client was sent, gathered for the store where `privacy.store_content` is on.
package final class ContentRecording {
    /// nil once it is more than is kept.
    private var stream: ByteBuffer? = ByteBuffer()

    package init() {}

    package func append(_ bytes: ByteBuffer) {
        guard let count = stream?.readableBytes else { return }
        if count + bytes.readableBytes > DecisionContent.limitBytes {
            stream = nil
        } else {
            stream?.writeImmutableBuffer(bytes)
        }
    }

    /// What the store is given.
    ///
    /// - Parameter answer: the body of an answer that was no stream.
    package func content(of decision: DecisionID, request: ByteBuffer, answer: ByteBuffer?) -> DecisionContent {
        let answer = answer ?? stream.flatMap { $0.readableBytes > 0 ? $0 : nil }
        func kept(_ bytes: ByteBuffer?) -> [UInt8]? {
            bytes.flatMap { $0.readableBytes <= DecisionContent.limitBytes ? Array($0.readableBytesView) : nil }
        }
        return DecisionContent(decisionID: decision, request: kept(request), answer: kept(answer))
    }
}
