import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension SimulatedProvider {
    func makeRouter() -> Router<SimulatedContext> {
        let router = Router(context: SimulatedContext.self)
        router.post("/v1/chat/completions") { request, context in
            try await self.chat(request, context) { OpenAIShape(includesUsage: $0.includesUsage) }
        }
        router.post("/v1/messages") { request, context in
            try await self.chat(request, context) { _ in AnthropicShape() }
        }
        router.post("/v1/responses") { request, context in
            try await self.chat(request, context) { _ in ResponsesShape() }
        }
        router.post("/v1/embeddings") { request, context in try await self.embeddings(request, context) }
        router.get("/v1/models") { request, _ in
            let list = self.models.map {
                #"{"id":\#(jsonString($0.id)),"object":"model","created":1760000000,"owned_by":"simulated"}"#
            }
            return Self.json(.ok, #"{"object":"list","data":[\#(list.joined(separator: ","))]}"#)
        }
        router.post("/_script") { request, context in try await self.takeScript(request, context) }
        router.delete("/_script") { _, _ in
            self.clearScripts()
            return Response(status: .noContent)
        }
        router.post("/_quality") { request, context in try await self.takeQuality(request, context) }
        router.delete("/_quality") { _, _ in
            self.resetQuality()
            return Response(status: .noContent)
        }
        router.get("/_calls") { _, _ in Self.json(.ok, self.describeCalls()) }
        router.delete("/_calls") { _, _ in
            self.forgetCalls()
            return Response(status: .noContent)
        }
        return router
    }

    static func json(_ status: HTTPResponse.Status, _ text: String, headers: [String: String] = [:]) -> Response {
        var fields = HTTPFields()
        fields[.contentType] = "application/json"
        for (name, value) in headers { HTTPField.Name(name).map { fields[$0] = value } }
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    // MARK: - Calls

    private func chat(
        _ request: Request, _ context: SimulatedContext, shape: (SimulatedRequest) -> any AnswerShape
    ) async throws -> Response {
        let (asked, index, refusal) = try await accept(request, context)
        let (name, suffix) = Self.split(asked?.model ?? "")
        let fallback = OpenAIShape(includesUsage: false)
        guard let asked, refusal == nil else {
            log.end(index, as: .complete)
            return Self.json(
                refusal?.status ?? .badRequest,
                fallback.error(status: Int(refusal?.status.code ?? 400), message: refusal?.message ?? ""))
        }
        let shape = shape(asked)
        guard let model = models.first(where: { $0.id == name }) else {
            log.end(index, as: .complete)
            return Self.json(.notFound, shape.error(status: 404, message: "no simulated model has the name \(name)"))
        }
        let (scripted, turn) = log.next(for: asked.model)
        guard let plan = scripted ?? (suffix.isEmpty ? FaultPlan() : FaultPlan(suffix: suffix)) else {
            log.end(index, as: .complete)
            return Self.json(.notFound, shape.error(status: 404, message: "there is no fault \(suffix)"))
        }
        let answer = SimulatedAnswer(
            to: asked, model: model, plan: plan, seed: seed, turn: turn, timeScale: timeScale)
        let performance = Performance(
            answer: answer, shape: shape, plan: plan, isStream: asked.isStream, context: context, log: log, index: index
        )
        return try await performance.response()
    }

    private func embeddings(_ request: Request, _ context: SimulatedContext) async throws -> Response {
        let (asked, index, refusal) = try await accept(request, context)
        defer { log.end(index, as: .complete) }
        let shape = OpenAIShape(includesUsage: false)
        guard let asked, refusal == nil else {
            return Self.json(
                refusal?.status ?? .badRequest,
                shape.error(status: Int(refusal?.status.code ?? 400), message: refusal?.message ?? ""))
        }
        guard !asked.inputs.isEmpty else {
            return Self.json(.badRequest, shape.error(status: 400, message: "input is missing"))
        }
        let (scripted, _) = log.next(for: asked.model)
        if let status = scripted?.status {
            return Self.json(
                HTTPResponse.Status(code: status), shape.error(status: status, message: "scripted"),
                headers: scripted?.headers ?? [:])
        }
        let data = asked.inputs.enumerated().map { position, text in
            var random = SeededRandom(seed: SeededRandom.hash(text.utf8, from: seed))
            let numbers = (0..<asked.dimensions).map { _ in random.normal() }
            let norm = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let vector = numbers.map { String($0 / norm) }.joined(separator: ",")
            return #"{"object":"embedding","index":\#(position),"embedding":[\#(vector)]}"#
        }
        let tokens = max(1, asked.inputs.reduce(0) { $0 + $1.utf8.count } / 4)
        return Self.json(
            .ok,
            #"{"object":"list","data":[\#(data.joined(separator: ","))],"model":\#(jsonString(asked.model)),"#
                + #""usage":{"prompt_tokens":\#(tokens),"total_tokens":\#(tokens)}}"#)
    }

    private struct Refusal {
        let status: HTTPResponse.Status
        let message: String
    }

    /// Reads and records a request; a refusal where it cannot be answered.
    private func accept(
        _ request: Request, _ context: SimulatedContext
    ) async throws -> (request: SimulatedRequest?, index: Int, refusal: Refusal?) {
        let body = try await request.body.collect(upTo: context.maxUploadSize)
        let parsed = Result { () throws(SimulatedRequest.Malformed) in try SimulatedRequest(body: body) }
        let asked = try? parsed.get()
        let index = log.record(
            path: request.uri.path,
            headers: request.headers.map { ($0.name.canonicalName, $0.value) }
                + (request.head.authority.map { [("host", $0)] } ?? []),
            body: body, model: asked?.model ?? "", isStream: asked?.isStream ?? false)
        // A client that goes away is seen here, whatever the answer is doing.
        context.connection.closeFuture.whenComplete { [log] _ in log.end(index, as: .disconnected) }
        let key =
            request.headers[.authorization].map { $0.replacing("Bearer ", with: "") } ?? Self.anthropicKey(request)
        if let apiKey, key != apiKey {
            return (
                nil, index, Refusal(status: .unauthorized, message: "this is not the key of the simulated provider")
            )
        }
        if case .failure(let error) = parsed {
            return (nil, index, Refusal(status: .badRequest, message: error.message))
        }
        return (asked, index, nil)
    }

    private static func anthropicKey(_ request: Request) -> String? {
        HTTPField.Name("x-api-key").flatMap { request.headers[$0] }
    }

    /// A model's name and the fault behind it.
    private static func split(_ model: String) -> (name: String, suffix: Substring) {
        guard let mark = model.firstIndex(of: "!") else { return (model, "") }
        return (String(model[..<mark]), model[model.index(after: mark)...])
    }

    // MARK: - Scripts and records

    private struct Script: Decodable {
        let model: String
        let plans: [FaultPlan]
    }

    private func takeScript(_ request: Request, _ context: SimulatedContext) async throws -> Response {
        let body = try await request.body.collect(upTo: context.maxUploadSize)
        do {
            let script = try JSONDecoder().decode(Script.self, from: Data(body.readableBytesView))
            self.script(script.plans, for: script.model)
            return Response(status: .noContent)
        } catch {
            let shape = OpenAIShape(includesUsage: false)
            return Self.json(.badRequest, shape.error(status: 400, message: "not a script: \(error)"))
        }
    }

    private struct Quality: Decodable {
        let model: String
        let category: String?
        let quality: Double
    }

    private func takeQuality(_ request: Request, _ context: SimulatedContext) async throws -> Response {
        let body = try await request.body.collect(upTo: context.maxUploadSize)
        let shape = OpenAIShape(includesUsage: false)
        do {
            let change = try JSONDecoder().decode(Quality.self, from: Data(body.readableBytesView))
            guard 0...1 ~= change.quality else {
                return Self.json(.badRequest, shape.error(status: 400, message: "quality must be in [0, 1]"))
            }
            guard models.contains(where: { $0.id == change.model }) else {
                return Self.json(
                    .notFound, shape.error(status: 404, message: "no simulated model has the name \(change.model)"))
            }
            setQuality(change.quality, of: change.model, category: change.category)
            return Response(status: .noContent)
        } catch {
            return Self.json(.badRequest, shape.error(status: 400, message: "not a quality: \(error)"))
        }
    }

    private func describeCalls() -> String {
        let list = calls.map { call in
            let headers = call.headers.map { "[\(jsonString($0.name)),\(jsonString($0.value))]" }.joined(separator: ",")
            return #"{"index":\#(call.index),"path":\#(jsonString(call.path)),"model":\#(jsonString(call.model)),"#
                + #""stream":\#(call.isStream),"state":"\#(call.state.rawValue)","headers":[\#(headers)],"#
                + #""body":\#(jsonString(String(buffer: call.body)))}"#
        }
        return #"{"calls":[\#(list.joined(separator: ","))]}"#
    }
}
