package import NIOCore
package import WireFormats

/// How a provider wants to be asked and how it answers. Clients always speak OpenAI's chat API.
package protocol ProviderDialect: Sendable {
    /// Appended to the provider's `base_url`, which includes the version.
    var chatPath: String { get }
    /// `nil`: no embeddings in this dialect.
    var embeddingsPath: String? { get }
    /// What this dialect has no words for: an arm of it is not eligible for a request that says one of these.
    var unspeakable: RequestFeatures { get }
    /// The headers of every request; nothing of the client's is among them.
    func headers(apiKey: String?) -> [(String, String)]
    /// The body for the provider, from a client's chat body.
    /// - Throws: where the body cannot be said in this dialect; the client's fault.
    func chatRequest(_ body: JSONDocument, model: String) throws(DialectError) -> PreparedRequest
    /// Judges a whole answer to a chat, which is no event stream, and brings it into OpenAI's shape.
    func checkWhole(_ answer: UpstreamAnswer, model: String) -> Result<CheckedAnswer, UpstreamFault>
    /// What relays the provider's stream to the client.
    func streamRelay(head: UpstreamHead, model: String, prepared: PreparedRequest) -> StreamRelay
}

extension ProviderDialect {
    /// Judges an answer to a chat that was to come whole, and brings it into OpenAI's shape; one that came as an event stream is put
    /// together.
    package func checkChat(_ answer: UpstreamAnswer, model: String) -> Result<CheckedAnswer, UpstreamFault> {
        guard 200..<300 ~= answer.head.status,
            BodyForm(of: answer.body, contentType: answer.head.contentType) == .eventStream
        else { return checkWhole(answer, model: model) }
        let prepared = PreparedRequest(body: ByteBuffer(), wantsStream: true, hidesUsage: false)
        var relay = streamRelay(head: answer.head, model: model, prepared: prepared)
        var frames = ByteBuffer()
        // Nothing has been sent to the client: a stream that breaks off is a fault like any other.
        for action in [relay.receive(answer.body), relay.finish()] {
            switch action {
            case .hold: break
            case .forward(var bytes), .finish(var bytes): frames.writeBuffer(&bytes)
            case .fault(let fault), .abort(_, let fault): return .failure(fault)
            }
        }
        guard let body = ChunkFold.whole(frames) else {
            return .failure(UpstreamFault(.noChoices, "the provider's answer has no choices"))
        }
        return .success(CheckedAnswer(body: body, id: relay.summary.id, usage: relay.summary.usage))
    }
}

/// A body for a provider.
package struct PreparedRequest: Sendable {
    package var body: ByteBuffer
    package let wantsStream: Bool
    /// Whether usage was asked for behind the client's back, so that what it causes is kept from the client; or, in a
    /// dialect that always reports usage, whether the client did not ask for it.
    package let hidesUsage: Bool
    /// What of the client's request could not be said as it was, by its names: left out, or made to fit.
    package var adjusted: [String]

    package init(body: ByteBuffer, wantsStream: Bool, hidesUsage: Bool, adjusted: [String] = []) {
        self.body = body
        self.wantsStream = wantsStream
        self.hidesUsage = hidesUsage
        self.adjusted = adjusted
    }
}

extension PreparedRequest {
    /// Names beside those of repairs that ``adjusted`` may have; anything else is a member of the client's own making.
    private static let otherAdjustments: Set<String> = [
        "arguments", "content", "messages", "system", "tool_calls", "tool_call_id", "stop", "thinking", "top_k", "seed",
        "prediction",
    ]

    /// A name of ``adjusted`` as a label: of a bounded set, whatever clients send.
    package static func knownAdjustment(_ name: String) -> String {
        if name.hasPrefix("tool:") { return "tool" }
        let isKnown =
            otherAdjustments.contains(name) || RequestRepair.allCases.contains { $0.member.description == name }
        return isKnown ? name : "other"
    }
}

/// A client's request that cannot be said in a provider's dialect.
package struct DialectError: Error, Sendable, Equatable {
    package let message: String
    /// The member at fault (`messages[2].content`).
    package let param: String?

    package init(_ message: String, param: String?) {
        self.message = message
        self.param = param
    }
}
