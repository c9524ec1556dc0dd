import Dialects
import NIOCore
package import WireFormats

/// For a chat, where nothing else of the arm or the decision matters.
extension ProviderDialect {
    package func chatRequest(_ body: JSONDocument, model: String) throws(DialectError) -> PreparedRequest {
        try request(ClientRequest(body, in: .chat, to: AskedModel(model)))
    }

    package func checkChat(_ answer: UpstreamAnswer, model: String) -> Result<CheckedAnswer, UpstreamFault> {
        check(
            answer, to: PreparedRequest(body: ByteBuffer(), wantsStream: false, hidesUsage: false), model: model)
    }
}
