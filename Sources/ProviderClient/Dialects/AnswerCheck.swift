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
        // Of a message or a response: what its blocks or items hold.
        for name in ["content", "output"] as [StaticString] {
            guard let list = answer.member(name), list.kind == .array else { continue }
            list.forEachElement { block in
                bytes += max(0, block.range.count - 2)
                return true
            }
        }
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
        let list = document.member(expecting == .chat ? "choices" : "data")
        guard let list, list.kind == .array, !list.isEmpty else {
            let name = expecting == .chat ? "choices" : "data"
            return .failure(nothing(in: document, lacking: name, head: answer.head))
        }
        if expecting == .chat, let fault = fault(inChoices: list, head: answer.head) { return .failure(fault) }
        return .success(
            CheckedAnswer(
                body: document.text, id: document.member("id")?.string,
                usage: TokenUsage(openAI: document.member("usage"))))
    }

    /// The JSON object of a 2xx answer that has no error in it; of any other the fault it is.
    ///
    /// - Parameter isTranslated: whether the provider speaks another dialect than the client.
    static func object(
        in answer: UpstreamAnswer, isTranslated: Bool = false
    ) -> Result<JSONDocument, UpstreamFault> {
        guard 200..<300 ~= answer.head.status else {
            return .failure(fault(ofStatus: answer.head, body: answer.body, isTranslated: isTranslated))
        }
        guard answer.body.readableBytes > 0 else {
            return .failure(UpstreamFault(.empty, "the provider answered with an empty body"))
        }
        guard let document = try? JSONDocument(parsing: ByteOrderMark.removed(from: answer.body)) else {
            let what = answer.head.contentType.map { " (\($0.prefix(60)))" } ?? ""
            return .failure(UpstreamFault(.notJSON, "the provider's answer is not a JSON object\(what)"))
        }
        guard document.isObject else {
            // Google's errors are lists.
            let words = ErrorWords(document.root)
            guard words.message != nil, words.status != nil else {
                return .failure(UpstreamFault(.notJSON, "the provider's answer is not a JSON object"))
            }
            return .failure(inner(words, head: answer.head, isTranslated: isTranslated))
        }
        if let error = document.member("error"), !error.isNull {
            return .failure(fault(in: error, beside: document.root, head: answer.head, isTranslated: isTranslated))
        }
        return .success(document)
    }

    /// The fault a status other than 2xx is, with the provider's own words.
    package static func fault(
        ofStatus head: UpstreamHead, body: ByteBuffer, isTranslated: Bool = false
    ) -> UpstreamFault {
        guard !(300..<400 ~= head.status) else {
            var fault = UpstreamFault(.redirect, "the provider answered with a redirect, which is not followed")
            fault.status = head.status
            return fault
        }
        var fault = UpstreamFault(
            .status, status: head.status, words: ErrorWords(body: body), retryAfter: head.retryAfter,
            isTranslated: isTranslated)
        fault.shouldRetry = head.shouldRetry
        return fault
    }

    /// The fault an error in a 2xx answer or a stream is: as if it had come with the status that its words name.
    ///
    /// - Parameter whole: what the error is a member of, for what is said beside it.
    static func fault(
        in error: JSONValue, beside whole: JSONValue? = nil, head: UpstreamHead, isTranslated: Bool = false
    ) -> UpstreamFault {
        inner(ErrorWords(whole ?? error), head: head, isTranslated: isTranslated)
    }

    /// The fault of a choice that failed: an error beside its message, or the reason `error`.
    static func fault(inChoices choices: JSONValue, head: UpstreamHead) -> UpstreamFault? {
        var fault: UpstreamFault?
        choices.forEachElement { choice in
            fault = self.fault(inChoice: choice, head: head)
            return fault == nil
        }
        return fault
    }

    static func fault(inChoice choice: JSONValue, head: UpstreamHead) -> UpstreamFault? {
        let (error, reason) = choice.members("error", "finish_reason")
        if let error, error.kind == .object || error.kind == .string { return fault(in: error, head: head) }
        guard let reason, reason.isString("error") else { return nil }
        return inner(ErrorWords(message: "the provider's answer ended with an error"), head: head, isTranslated: false)
    }

    private static func inner(_ words: ErrorWords, head: UpstreamHead, isTranslated: Bool) -> UpstreamFault {
        UpstreamFault(
            .errorObject, status: words.status ?? 502, words: words, retryAfter: head.retryAfter,
            isTranslated: isTranslated)
    }

    /// An object that is no answer; it may be an error of a shape of its own.
    static func nothing(in document: JSONDocument, lacking name: String, head: UpstreamHead) -> UpstreamFault {
        let words = ErrorWords(document.root)
        guard words.message != nil, words.status != nil else {
            return UpstreamFault(.noChoices, "the provider's answer has no \(name)")
        }
        return inner(words, head: head, isTranslated: false)
    }
}
