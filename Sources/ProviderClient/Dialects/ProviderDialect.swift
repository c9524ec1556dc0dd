package import Dialects
package import NIOCore
package import WireFormats

/// How a provider wants to be asked and how it answers: a shape of bodies, answers and streams.
///
/// Clients ask in a shape of their own (``ClientRequest/shape``), and are answered in it. Where to, and with which credentials, is not the
/// dialect's business but the carrier's.
package protocol ProviderDialect: Sendable {
    /// What a request that came in this shape may say and this dialect has no words for: an arm of it is not eligible for one that does.
    func unspeakable(in shape: InboundShape) -> RequestFeatures
    /// Whether a request in this shape goes to the provider as it came, which then may say what is known to that provider alone.
    func speaks(_ shape: InboundShape) -> Bool
    /// The body for the provider.
    /// - Throws: where the request cannot be said in this dialect, which ``unspeakable(in:)`` should have told before an arm was drawn.
    func request(_ request: ClientRequest) throws(DialectError) -> PreparedRequest
    /// Judges a whole answer, which is no event stream, and brings it into the shape of the request.
    func checkWhole(
        _ answer: UpstreamAnswer, to prepared: PreparedRequest, model: String
    ) -> Result<CheckedAnswer, UpstreamFault>
    /// What relays the provider's stream to the client, in the shape of the request.
    func streamRelay(head: UpstreamHead, model: String, prepared: PreparedRequest) -> StreamRelay
}

extension ProviderDialect {
    package func speaks(_ shape: InboundShape) -> Bool { false }

    /// Judges an answer that was to come whole, and brings it into the shape of the request; one that came as an event stream is put
    /// together.
    package func check(
        _ answer: UpstreamAnswer, to prepared: PreparedRequest, model: String
    ) -> Result<CheckedAnswer, UpstreamFault> {
        guard 200..<300 ~= answer.head.status,
            BodyForm(of: answer.body, contentType: answer.head.contentType) == .eventStream
        else { return checkWhole(answer, to: prepared, model: model) }
        var streamed = prepared
        streamed.wantsStream = true
        streamed.hidesUsage = false
        var relay = streamRelay(head: answer.head, model: model, prepared: streamed)
        var frames = ByteBuffer()
        // Nothing has been sent to the client: a stream that breaks off is a fault like any other.
        for action in [relay.receive(answer.body), relay.finish()] {
            switch action {
            case .hold: break
            case .forward(var bytes), .finish(var bytes): frames.writeBuffer(&bytes)
            case .fault(let fault), .abort(_, let fault): return .failure(fault)
            }
        }
        let whole = prepared.shape == .chat ? ChunkFold.whole(frames) : Self.whole(frames, prepared.shape)
        guard let body = whole else {
            return .failure(UpstreamFault(.noChoices, "the provider's answer has no choices"))
        }
        return .success(CheckedAnswer(body: body, id: relay.summary.id, usage: relay.summary.usage))
    }

    private static func whole(_ frames: ByteBuffer, _ shape: InboundShape) -> ByteBuffer? {
        var parser = ServerSentEventParser()
        parser.append(frames)
        var events: [JSONDocument] = []
        while let event = try? parser.next() {
            if let data = event.data, let document = try? JSONDocument(parsing: data), document.isObject {
                events.append(document)
            }
        }
        return shape.whole(ofEvents: events)
    }
}

/// A client's request as an arm is to be asked it.
package struct ClientRequest: Sendable {
    /// As the client sent it.
    package let body: JSONDocument
    package let shape: InboundShape
    package let arm: AskedModel
    /// What ids of answers are made of that have none of the client's shape: the decision's id without its hyphens.
    package let answerID: String

    package init(_ body: JSONDocument, in shape: InboundShape, to arm: AskedModel, answerID: String = "") {
        self.body = body
        self.shape = shape
        self.arm = arm
        self.answerID = answerID
    }

    /// The body for an arm that is asked in the client's own shape: with what the arm's configuration overrules or fills in, and no sealed
    /// value of another arm's; and how many of these there were.
    var ownBody: (body: JSONDocument, foreignSeals: Int) {
        var (own, removed) = (body, 0)
        if let settled = NativeSeals.settled(own, in: shape, realm: arm.realm),
            let document = try? JSONDocument(parsing: settled.body)
        {
            (own, removed) = (document, settled.removed)
        }
        if arm.params != nil || arm.defaults != nil, let filled = ArmSettings(arm).filled(own, in: shape),
            let document = try? JSONDocument(parsing: filled)
        {
            own = document
        }
        return (own, removed)
    }
}

/// What of an arm bears on how a request to it is written.
package struct AskedModel: Sendable {
    /// By which words effort is told, where a dialect has several.
    package typealias Reasoning = ReasoningStyle

    /// The provider's name of the model.
    package var model: String
    /// Whose sealed values the arm understands; arms of one provider and model share them.
    package var realm: String
    /// The most tokens of an answer; nil: not known.
    package var maxOutputTokens: Int?
    /// nil: as the dialect does by itself.
    package var reasoning: Reasoning?
    /// What overrules the client, and what fills in what it does not say: objects in the words of the chat API.
    package var params: JSONDocument?
    package var defaults: JSONDocument?

    /// Whether the configuration says anything of requests to it but whose they are.
    var hasWishes: Bool { params != nil || defaults != nil || reasoning != nil || maxOutputTokens != nil }

    package init(
        _ model: String, realm: String? = nil, maxOutputTokens: Int? = nil, reasoning: Reasoning? = nil
    ) {
        self.model = model
        self.realm = realm ?? model
        self.maxOutputTokens = maxOutputTokens
        self.reasoning = reasoning
    }
}

/// A body for a provider.
package struct PreparedRequest: Sendable {
    package var body: ByteBuffer
    package var wantsStream: Bool
    /// Whether usage was asked for behind the client's back, so that what it causes is kept from the client; or, in a
    /// dialect that always reports usage, whether the client did not ask for it.
    package var hidesUsage: Bool
    /// What of the client's request could not be said as it was, by its names: left out, or made to fit.
    package var adjusted: [String]
    /// The shape that the client is answered in.
    package var shape = InboundShape.chat
    /// The shape of ``body``: tells the carrier which of a provider's addresses it is for.
    package var outbound = OutboundShape.chat
    /// As in ``ClientRequest/answerID``.
    package var answerID = ""
    /// What the answer is written with where it is translated; nil: the client reads the provider's dialect.
    package var translation: AnswerContext?

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
        "prediction", "cache_control", "custom_tool", "is_error", "prompt_cache_key", "tool_result", "truncation",
        "presence_penalty", "frequency_penalty",
    ]

    /// A name of ``adjusted`` as a label: of a bounded set, whatever clients send.
    package static func knownAdjustment(_ name: String) -> String {
        if name.hasPrefix("tool:") { return "tool" }
        if name.hasPrefix("sealed:") { return "sealed" }
        let isKnown =
            otherAdjustments.contains(name) || RequestRepair.allCases.contains { $0.member.description == name }
        return isKnown ? name : "other"
    }
}
