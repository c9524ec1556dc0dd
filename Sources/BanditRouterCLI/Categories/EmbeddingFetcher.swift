import Foundation
import Gateway
import NIOCore
import ProviderClient
import RoutingEngine
import WireFormats

/// Embeddings of many texts from a configured provider, in batches: for commands, not for the request path.
struct EmbeddingFetcher {
    static let batchSize = 64
    /// Calls for one batch, the first among them.
    static let attempts = 4
    private static let longestWait = Duration.seconds(60)

    let provider: String
    let model: String
    private let endpoint: UpstreamEndpoint

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Throws: where the configuration has no such provider, or it has no embeddings to give.
    init(_ configuration: RouterConfiguration, provider id: String, model: String) throws(Failure) {
        guard let provider = configuration.providers.first(where: { $0.id == id }) else {
            let known = configuration.providers.map(\.id).joined(separator: ", ")
            throw Failure(description: "there is no provider '\(id)'; the providers are \(known)")
        }
        guard provider.kind == .openai else {
            throw Failure(
                description: "provider '\(id)' is of kind \(provider.kind.rawValue); embeddings need kind openai")
        }
        self.provider = id
        self.model = model
        endpoint = UpstreamEndpoint(
            url: provider.baseURL + OpenAIDialect.embeddingsPath,
            headers: OpenAIDialect.headers(apiKey: provider.apiKey))
    }

    /// A vector for every text, in their order; the same text is asked for once.
    ///
    /// - Parameter progress: told the share that is done, in [0,1].
    /// - Returns: `tokens`: what the provider counted; nil where it did not.
    func vectors(
        of texts: [String], progress: (Double) -> Void = { _ in }
    ) async throws(Failure) -> (vectors: [[Float]], tokens: Int?) {
        let transport = ProviderTransport()
        var unique: [String] = []
        var places: [String: Int] = [:]
        for text in texts where places[text] == nil {
            places[text] = unique.count
            unique.append(text)
        }
        var vectors: [[Float]] = []
        var tokens: Int? = 0
        for start in stride(from: 0, to: unique.count, by: Self.batchSize) {
            let batch = Array(unique[start..<min(start + Self.batchSize, unique.count)])
            let answer = try await ask(batch, transport)
            vectors += answer.vectors
            tokens = answer.usage.flatMap { usage in tokens.map { $0 + usage.promptTokens } }
            progress(Double(vectors.count) / Double(unique.count))
        }
        await transport.shutdown()
        return (texts.map { vectors[places[$0] ?? 0] }, tokens)
    }

    private func ask(
        _ texts: [String], _ transport: ProviderTransport
    ) async throws(Failure) -> EmbeddingsExchange.Answer {
        var wait = Duration.seconds(1)
        for attempt in 1...Self.attempts {
            let fault: UpstreamFault
            do throws(UpstreamError) {
                let answer = try await transport.perform(
                    UpstreamRequest(
                        endpoint: endpoint, body: EmbeddingsExchange.body(texts: texts, model: model),
                        timeouts: UpstreamTimeouts(connect: .seconds(10), total: .seconds(120)),
                        maxBodyBytes: EmbeddingsExchange.maxDimension * 32 * texts.count))
                switch EmbeddingsExchange.read(answer, count: texts.count) {
                case .success(let answer): return answer
                case .failure(let found): fault = found
                }
            } catch {
                fault = UpstreamFault(error)
            }
            guard attempt < Self.attempts, Self.mayPass(fault) else {
                throw Failure(description: "provider '\(provider)', embeddings of '\(model)': \(fault.message)")
            }
            let asked = RetryAfter.microseconds(fault.retryAfter, now: WallClock.now()).map {
                Duration.microseconds($0)
            }
            try? await Task.sleep(for: min(asked ?? wait, Self.longestWait))
            wait *= 2
        }
        throw Failure(description: "provider '\(provider)' gave no embeddings")
    }

    /// Whether another attempt may go better.
    private static func mayPass(_ fault: UpstreamFault) -> Bool {
        guard let status = fault.status else { return fault.kind == .transport || fault.kind == .empty }
        return status == 408 || status == 429 || status >= 500
    }
}
