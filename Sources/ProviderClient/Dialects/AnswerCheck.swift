package import NIOCore
import WireFormats

/// A whole answer that is one, with what the router wants to know of it.
package struct CheckedAnswer: Sendable {
    /// For the client, in OpenAI's shape; the provider's bytes where they have it already.
    package let body: ByteBuffer
    package let id: String?
    package let usage: TokenUsage?

    /// Of the first choice, found by a walk over it.
    package var finishReason: String? {
        var reason: String?
        (try? JSONDocument(parsing: body))?.member("choices")?.forEachElement {
            reason = $0.member("finish_reason")?.string
            return false
        }
        return reason
    }

    /// Bytes of JSON text of what the answer says, all choices together, found by a walk over it: for answers whose provider did not
    /// count tokens.
    package var contentBytes: Int {
        guard let answer = try? JSONDocument(parsing: body) else { return 0 }
        var bytes = 0
        answer.member("choices")?.forEachElement { choice in
            choice.member("message")?.forEachMember { name, value in
                if name != "role", !value.isNull { bytes += max(0, value.range.count - 2) }
                return true
            }
            return true
        }
        return bytes
    }
}

/// Judges whole answers: what counts as a fault of the arm, and what as the client's.
package enum AnswerCheck {
    /// What a 2xx answer must have.
    package enum Expectation: Sendable { case chat, embeddings }

    /// An OpenAI-shaped answer: 2xx, a JSON object, no error in it, and `choices` (embeddings: `data`) a non-empty array.
    package static func openAI(_ answer: UpstreamAnswer, expecting: Expectation) -> Result<CheckedAnswer, UpstreamFault>
    {
        let document: JSONDocument
        switch object(in: answer) {
        case .failure(let fault): return .failure(fault)
        case .success(let found): document = found
        }
        if let error = document.member("error"), !error.isNull {
            return .failure(fault(.errorObject, in: error, head: answer.head))
        }
        let list = document.member(expecting == .chat ? "choices" : "data")
        guard let list, list.kind == .array, !list.isEmpty else {
            let name = expecting == .chat ? "choices" : "data"
            return .failure(UpstreamFault(.noChoices, "the provider's answer has no \(name)"))
        }
        return .success(
            CheckedAnswer(
                body: document.text, id: document.member("id")?.string,
                usage: TokenUsage(openAI: document.member("usage"))))
    }

    /// The JSON object of a 2xx answer; of any other status the fault it is.
    static func object(in answer: UpstreamAnswer) -> Result<JSONDocument, UpstreamFault> {
        guard 200..<300 ~= answer.head.status else { return .failure(fault(ofStatus: answer.head, body: answer.body)) }
        guard answer.body.readableBytes > 0 else {
            return .failure(UpstreamFault(.empty, "the provider answered with an empty body"))
        }
        guard let document = try? JSONDocument(parsing: ByteOrderMark.removed(from: answer.body)), document.isObject
        else {
            let what = answer.head.contentType.map { " (\($0.prefix(60)))" } ?? ""
            return .failure(UpstreamFault(.notJSON, "the provider's answer is not a JSON object\(what)"))
        }
        return .success(document)
    }

    /// The fault a status other than 2xx is, with the provider's own words where its body has the usual shape.
    package static func fault(ofStatus head: UpstreamHead, body: ByteBuffer) -> UpstreamFault {
        let kind: UpstreamFault.Kind = 300..<400 ~= head.status ? .redirect : .status
        guard kind == .status, let document = try? JSONDocument(parsing: body), document.isObject,
            let error = document.member("error") ?? document.member("message") ?? document.member("detail")
        else {
            let what = kind == .redirect ? "a redirect, which is not followed" : "status \(head.status)"
            var fault = UpstreamFault(kind, "the provider answered with \(what)")
            fault.status = head.status
            fault.retryAfter = head.retryAfter
            return fault
        }
        return fault(.status, in: error, head: head)
    }

    /// A fault in the words of an error object (OpenAI's or Anthropic's), or of a plain string in its place.
    static func fault(_ kind: UpstreamFault.Kind, in error: JSONValue, head: UpstreamHead) -> UpstreamFault {
        let words = error.string ?? error.member("message")?.string ?? "the provider answered with an error"
        var fault = UpstreamFault(kind, String(words.prefix(UpstreamFault.maxMessageCharacters)))
        fault.status = head.status
        fault.retryAfter = head.retryAfter
        fault.code = error.member("code").flatMap { $0.string ?? $0.int.map(String.init) }
        fault.type = error.member("type")?.string
        fault.param = error.member("param")?.string
        return fault
    }
}
