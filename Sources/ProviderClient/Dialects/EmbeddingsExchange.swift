package import NIOCore
import WireFormats

/// Embeddings that the router itself asks for, over OpenAI's `/v1/embeddings`: the request's body, and what is read of the answer.
package enum EmbeddingsExchange {
    /// The vectors of an answer, in the order of the texts, and what they cost.
    package struct Answer: Sendable, Equatable {
        package let vectors: [[Float]]
        /// `nil`: the provider did not count.
        package let usage: TokenUsage?
    }

    /// Numbers in one vector beyond which an answer is refused.
    package static let maxDimension = 16_384

    /// `{"model": …, "input": [texts]}`.
    package static func body(texts: [String], model: String) -> ByteBuffer {
        var body = ByteBuffer()
        body.reserveCapacity(texts.reduce(64 + model.utf8.count) { $0 + $1.utf8.count + 4 })
        body.writeStaticString(#"{"model":"#)
        JSONString.append(model, to: &body)
        body.writeStaticString(#","input":["#)
        for (position, text) in texts.enumerated() {
            if position > 0 { body.writeStaticString(",") }
            JSONString.append(text, to: &body)
        }
        body.writeStaticString("]}")
        return body
    }

    /// Reads an answer: a vector of finite numbers for every text.
    ///
    /// - Parameter count: texts that were asked for; vectors that carry an `index` may come in any order.
    package static func read(_ answer: UpstreamAnswer, count: Int) -> Result<Answer, UpstreamFault> {
        let document: JSONDocument
        switch AnswerCheck.openAI(answer, expecting: .embeddings) {
        case .failure(let fault): return .failure(fault)
        case .success:
            guard let found = try? JSONDocument(parsing: answer.body) else {
                return .failure(UpstreamFault(.notJSON, "the provider's answer is not a JSON object"))
            }
            document = found
        }
        var vectors = [[Float]?](repeating: nil, count: count)
        var position = 0
        var problem: String?
        document.member("data")?.forEachElement { item in
            let index = item.member("index")?.int ?? position
            position += 1
            guard (0..<count).contains(index), vectors[index] == nil else {
                problem = "the provider's answer has other embeddings than were asked for"
                return false
            }
            guard let vector = item.member("embedding")?.floats(limit: maxDimension), !vector.isEmpty else {
                problem = "an embedding of the provider's answer is not a list of up to \(maxDimension) numbers"
                return false
            }
            vectors[index] = vector
            return true
        }
        let found = vectors.compactMap { $0 }
        if problem == nil, found.count < count { problem = "the provider's answer lacks embeddings" }
        if let problem { return .failure(UpstreamFault(.noChoices, problem)) }
        return .success(Answer(vectors: found, usage: TokenUsage(openAI: document.member("usage"))))
    }
}
