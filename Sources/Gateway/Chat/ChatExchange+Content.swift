import DecisionStore
import NIOCore
import RoutingEngine

/// What a stream's client was sent, gathered for the store where `privacy.store_content` is on.
final class ContentRecording {
    /// nil once it is more than is kept.
    private(set) var stream: ByteBuffer? = ByteBuffer()

    func append(_ bytes: ByteBuffer) {
        guard let count = stream?.readableBytes else { return }
        if count + bytes.readableBytes > DecisionContent.limitBytes {
            stream = nil
        } else {
            stream?.writeImmutableBuffer(bytes)
        }
    }
}

extension ChatExchange {
    /// Notes what the client is sent of a stream.
    func sent(_ bytes: ByteBuffer) {
        filling?.append(bytes)
        recording?.append(bytes)
    }

    /// Gives the store what was said, where it is to be kept; before the outcome, so that the decision is still at hand there.
    ///
    /// - Parameter answer: the body of an answer that was no stream.
    func keepContent(answer: ByteBuffer?) {
        guard let recording, let choice else { return }
        let answer = answer ?? recording.stream.flatMap { $0.readableBytes > 0 ? $0 : nil }
        func kept(_ bytes: ByteBuffer?) -> [UInt8]? {
            bytes.flatMap { $0.readableBytes <= DecisionContent.limitBytes ? Array($0.readableBytesView) : nil }
        }
        service.runtime.store.keep(
            DecisionContent(decisionID: choice.decision.id, request: kept(body), answer: kept(answer)))
    }
}
