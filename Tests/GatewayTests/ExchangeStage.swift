import BanditCore
import Gateway
import NIOCore
import ProviderClient
import RoutingEngine
import Testing
import WireFormats

/// An exchange on its own: no socket, no store, no libcurl. What it is told is written by the test, what it says is noted.
final class ExchangeStage {
    private var exchange = ChatExchange(ChatInbound())
    private var actions = ExchangeActions()
    /// What it said since the last look, in words.
    private(set) var said: [String] = []
    private(set) var all: [String] = []
    /// All that was written to the client.
    private(set) var sent = ""
    private(set) var most = 0
    private(set) var lastChoice: NextArm?
    private(set) var lastEnding: ExchangeEnding?
    private(set) var lastAttempt: AttemptEnd?
    let decided: DecidedRequest

    init(_ decided: DecidedRequest) { self.decided = decided }

    var awaits: ChatExchange.Awaited { exchange.awaits }

    /// Tells it what happened; the words for what it wants done are returned.
    @discardableResult
    func tell(_ event: ExchangeEvent) -> [String] {
        said = []
        exchange.handle(event, into: &actions)
        most = max(most, actions.count)
        while let action = actions.next() { note(action) }
        all += said
        return said
    }

    private func note(_ action: ExchangeAction) {
        switch action {
        case .refuse(let error): said.append("refuse \(error.code ?? "-")")
        case .give(let hit): said.append("give \(hit.answer.servedArm)")
        case .leave: said.append("leave")
        case .record: said.append("record")
        case .choose(_, let next):
            lastChoice = next
            switch next {
            case .drawn: said.append("choose drawn")
            case .fallback(let tried, let failures):
                said.append("choose fallback \(tried.map(String.init).joined(separator: ",")) \(failures)")
            case .lastResort(let tried):
                said.append("choose last \(tried.map(String.init).joined(separator: ","))")
            case .again(let arm, let position, _): said.append("choose again \(arm.armID) \(position)")
            }
        case .end(let end):
            lastAttempt = end
            said.append("end \(end.arm.armID) \(Self.word(end.result))")
        case .announce(_, let arm, let id): said.append("announce \(arm)\(id.map { " " + $0 } ?? "")")
        case .awaitLog: said.append("await")
        case .cancel(let arm): said.append("cancel \(arm.armID)")
        case .pause(let arm): said.append("pause \(arm.armID)")
        case .resume(let arm): said.append("resume \(arm.armID)")
        case .keepAlive(_, let isFirst): said.append(isFirst ? "head, alive" : "alive")
        case .beginStream(_, let arm, _, let announces, let isHeadOut):
            said.append("\(isHeadOut ? "settled" : "head") \(arm.armID)\(announces ? " announced" : "")")
        case .write(let bytes):
            sent += String(buffer: bytes)
            said.append("write")
        case .flush: said.append("flush")
        case .finish(_, let ending):
            lastEnding = ending
            said.append("finish \(Self.word(ending))")
        }
    }

    static func word(_ result: AttemptEnd.Result) -> String {
        switch result {
        case .answered: "ok"
        case .streamed: "streamed"
        case .broke(_, let fault): "broke \(fault.kind.rawValue)"
        case .failed(let fault): "failed \(fault.kind.rawValue)"
        case .cancelled: "cancelled"
        }
    }

    static func word(_ ending: ExchangeEnding) -> String {
        switch ending {
        case .answer(_, let arm): "answer \(arm)"
        case .stream(let status, let arm, _): "stream \(status.rawValue) \(arm)"
        case .refusal(let error): "refusal \(error.status) \(error.code ?? "-")"
        case .brokenSilence(let error): "broken \(error.status) \(error.code ?? "-")"
        case .left(let arm, _): "left\(arm.map { " " + $0 } ?? "")"
        }
    }

    // MARK: - What is told

    static let body = ByteBuffer(string: #"{"id":"c1","choices":[{"message":{"content":"yes"}}],"usage":null}"#)
    private static let timings = UpstreamTimings(
        firstByteNanoseconds: 1, totalNanoseconds: 2, reusedConnection: false)

    static func answer(_ status: Int = 200, _ body: ByteBuffer = body) -> UpstreamEvent {
        .complete(UpstreamHead(status: status, contentType: "application/json"), body, timings)
    }

    static func error(_ status: Int) -> UpstreamEvent {
        answer(status, ByteBuffer(string: #"{"error":{"message":"no","code":"c\#(status)"}}"#))
    }

    /// A refusal in these words.
    static func refusal(_ status: Int, _ words: String, code: String? = nil) -> UpstreamEvent {
        let code = code.map { "\"\($0)\"" } ?? "null"
        return answer(status, ByteBuffer(string: #"{"error":{"message":"\#(words)","code":\#(code)}}"#))
    }

    static let unsupported = refusal(400, "Unrecognized request argument supplied: stream_options")
    static let head = UpstreamEvent.head(UpstreamHead(status: 200, contentType: "text/event-stream"))
    static let end = UpstreamEvent.end(timings)
    static let reset = UpstreamEvent.failed(UpstreamError(.reset, "gone"))
    static let role = frame(#"{"role":"assistant"}"#)
    static let word = frame(#"{"content":"he"}"#)
    static let stop = frame("{}", finish: #""stop""#)
    static let done = UpstreamEvent.body(ByteBuffer(string: "data: [DONE]\n\n"))
    static let comment = UpstreamEvent.body(ByteBuffer(string: ": processing\n\n"))
    static let garbage = UpstreamEvent.body(ByteBuffer(string: "data: {\n\n"))

    static func frame(_ delta: String, finish: String = "null") -> UpstreamEvent {
        .body(
            ByteBuffer(
                string: #"data: {"id":"s1","choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}]}"#
                    + "\n\n"))
    }
}

/// An arm that is asked, in OpenAI's dialect; the test speaks for it.
final class StageArm: AskedArm {
    let armID: String
    let definition: ArmDefinition
    let startedAt: Int64 = 5
    let answeredAt: Int64? = nil

    let wantsStream: Bool

    init(_ id: String, wantsStream: Bool = true) {
        armID = id
        definition = ArmDefinition(id: id, provider: "p", model: id)
        self.wantsStream = wantsStream
    }

    func check(_ answer: UpstreamAnswer) -> Result<CheckedAnswer, UpstreamFault> {
        OpenAIDialect().checkChat(answer, model: "m")
    }

    func relay(_ head: UpstreamHead) -> StreamRelay {
        let prepared = PreparedRequest(body: ByteBuffer(), wantsStream: true, hidesUsage: true)
        return OpenAIDialect().streamRelay(head: head, model: "m", prepared: prepared)
    }

    func cost(of usage: TokenUsage?) -> NanoDollars? { nil }
    func learns(from fault: UpstreamFault) -> Bool { false }
    func cancel() {}
    func pause() {}
    func resume() {}
}

/// Decisions of a real engine over arms `a`, `b`, `c` and a last resort `z`.
enum StageDecision {
    /// - Parameter windows: context windows of the four arms.
    static func engine(maxAttempts: Int = 3, windows: [Int?] = [nil, nil, nil, nil]) throws -> RoutingEngine {
        let arms = zip(["a", "b", "c", "z"], windows).map {
            ArmDefinition(id: $0, provider: "p", model: $0, contextWindow: $1)
        }
        let route = RouteDefinition(id: "auto", arms: ["a", "b", "c"], maxAttempts: maxAttempts, lastResort: "z")
        let catalogue = try Catalogue(arms: arms, routes: [route], categories: ["general"])
        return RoutingEngine(
            published: Published(catalogue: catalogue, state: LearnerState(), asOf: 0),
            health: ArmHealth(HealthDefinition()))
    }

    /// A decision for `arm`.
    ///
    /// - Parameter model: the arm's name, for a decision that is pinned.
    static func make(
        _ arm: String = "a", model: String = "auto", maxAttempts: Int = 3,
        windows: [Int?] = [nil, nil, nil, nil]
    ) throws -> DecidedRequest {
        let engine = try engine(maxAttempts: maxAttempts, windows: windows)
        for random in 0..<1_000 as Range<UInt64> {
            let choice = try engine.decide(DecisionRequest(model: model, category: "general"), at: 1, random: random)
            if choice.decision.arm == arm { return try request(choice) }
        }
        throw GatewayError.notFound
    }

    /// A decision for the last resort: all arms of the route are out of service.
    static func ofLastResort() throws -> DecidedRequest {
        let engine = try engine()
        for arm in ["a", "b", "c"] { engine.health.failed(arm, retryAfter: 1_000_000_000) }
        return try request(engine.decide(DecisionRequest(model: "auto", category: "general"), at: 2, random: 1))
    }

    private static func request(_ choice: Choice) throws -> DecidedRequest {
        DecidedRequest(choice, document: try JSONDocument(parsing: ByteBuffer(string: "{}")), admission: .free)
    }
}
