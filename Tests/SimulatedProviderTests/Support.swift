import NIOCore
import ProviderClient
import SimulatedProvider
import WireFormats

/// A running simulated provider and a transport to it, for the time of the body.
func withProvider(
    models: [SimulatedModel] = [SimulatedModel(id: "m", answerTokens: 6...6)], seed: UInt64 = 1, apiKey: String? = nil,
    _ body: (SimulatedProvider, Client) async throws -> Void
) async throws {
    let provider = SimulatedProvider(models: models, seed: seed, apiKey: apiKey)
    let port = try await provider.start()
    let transport = ProviderTransport()
    do {
        try await body(provider, Client(transport: transport, base: "http://127.0.0.1:\(port)"))
    } catch {
        await transport.shutdown()
        await provider.stop()
        throw error
    }
    await transport.shutdown()
    await provider.stop()
}

/// What a gateway does with an arm: one attempt, through the dialect, judged.
struct Client {
    let transport: ProviderTransport
    let base: String

    enum Outcome {
        /// The answer, or all bytes of the stream, for the client.
        case answer(String, StreamSummary)
        /// Another arm may be asked.
        case fault(UpstreamFault)
        /// What the client has got, then the error.
        case aborted(String, UpstreamFault)
    }

    static let timeouts = UpstreamTimeouts(
        firstByte: .seconds(300), betweenChunks: .milliseconds(150), total: .seconds(300))

    func raw(_ method: String, _ path: String, _ body: String = "", headers: [(String, String)] = []) async throws
        -> UpstreamAnswer
    {
        try await transport.perform(
            UpstreamRequest(url: base + path, method: method, headers: headers, body: ByteBuffer(string: body)))
    }

    private static func headers(_ outbound: OutboundShape, _ apiKey: String?) -> [(String, String)] {
        guard outbound == .messages else { return OpenAIDialect.headers(apiKey: apiKey) }
        let fixed = [("Content-Type", "application/json"), ("anthropic-version", "2023-06-01")]
        return fixed + (apiKey.map { [("x-api-key", $0)] } ?? [])
    }

    func chat(
        _ dialect: any ProviderDialect, model: String, body: String, apiKey: String? = "key",
        timeouts: UpstreamTimeouts = Self.timeouts
    ) async throws -> Outcome {
        let document = try JSONDocument(parsing: ByteBuffer(string: body))
        let prepared = try dialect.chatRequest(document, model: model)
        let request = UpstreamRequest(
            url: base + (prepared.outbound == .messages ? "/v1/messages" : "/v1/chat/completions"),
            headers: Self.headers(prepared.outbound, apiKey), body: prepared.body, timeouts: timeouts)
        return prepared.wantsStream
            ? await stream(request, dialect, model: model, prepared) : await whole(request, dialect, model: model)
    }

    private func whole(_ request: UpstreamRequest, _ dialect: any ProviderDialect, model: String) async -> Outcome {
        let answer: UpstreamAnswer
        do throws(UpstreamError) { answer = try await transport.perform(request) } catch {
            return .fault(UpstreamFault(error))
        }
        switch dialect.checkChat(answer, model: model) {
        case .failure(let fault): return .fault(fault)
        case .success(let checked):
            return .answer(
                String(buffer: checked.body),
                StreamSummary(id: checked.id, usage: checked.usage, finishReason: checked.finishReason))
        }
    }

    private func stream(
        _ request: UpstreamRequest, _ dialect: any ProviderDialect, model: String, _ prepared: PreparedRequest
    ) async -> Outcome {
        let stream: UpstreamStream
        do throws(UpstreamError) { stream = try await transport.stream(request) } catch {
            return .fault(UpstreamFault(error))
        }
        var relay = dialect.streamRelay(head: stream.head, model: model, prepared: prepared)
        var sent = ""
        while true {
            var isEnd = false
            let action: StreamAction
            do throws(UpstreamError) {
                if let bytes = try await stream.next() {
                    action = relay.receive(bytes)
                } else {
                    isEnd = true
                    action = relay.finish()
                }
            } catch {
                isEnd = true
                action = relay.fail(error)
            }
            switch action {
            case .hold: precondition(!isEnd, "a stream's end must have a consequence")
            case .forward(let bytes): sent += String(buffer: bytes)
            case .finish(let bytes): return .answer(sent + String(buffer: bytes), relay.summary)
            case .fault(let fault): return .fault(fault)
            case .abort(let bytes, let fault): return .aborted(sent + String(buffer: bytes), fault)
            }
        }
    }
}
