import BanditCore
import Digests
import ProviderClient
import QueryCategories
import RoutingEngine

/// How the embeddings that categories are told by are got under one configuration; prepared once.
final class EmbeddingPlan: Sendable {
    let definition: EmbeddingsDefinition
    let head: EmbeddingHead
    let endpoint: UpstreamEndpoint
    let terms: EmbeddingTerms
    private let price: ArmPrice?

    /// What one call may take while nobody waits for it any longer: it goes on to fill the cache.
    static let longestCall = Duration.seconds(10)

    /// - Parameters:
    ///   - baseURL: with the version path, without a slash at its end.
    ///   - health: when a failing provider is left alone, and for how long.
    init(
        _ definition: EmbeddingsDefinition, head: EmbeddingHead, baseURL: String, apiKey: String?,
        health: HealthDefinition
    ) {
        self.definition = definition
        self.head = head
        endpoint = UpstreamEndpoint(
            url: baseURL + OpenAIDialect.embeddingsPath, headers: OpenAIDialect.headers(apiKey: apiKey))
        terms = EmbeddingTerms(
            identity: "\(definition.provider) \(baseURL) \(definition.model)", health: health,
            cacheEntries: definition.cacheEntries)
        price = definition.inputPerMillionUSD.map { ArmPrice(inputPerMillionUSD: $0, outputPerMillionUSD: 0) }
    }

    /// What a text's scores are known by: texts are long, and are not kept.
    func key(_ text: String) -> EmbeddingKey {
        var hash = SHA256()
        hash.update("\(head.hash) \(terms.identity.utf8.count) \(terms.identity) ".utf8)
        hash.update(text.utf8)
        return EmbeddingKey(digest: hash.finalize())
    }

    func request(_ text: String) -> UpstreamRequest {
        UpstreamRequest(
            endpoint: endpoint, body: EmbeddingsExchange.body(texts: [text], model: definition.model),
            timeouts: UpstreamTimeouts(connect: Self.longestCall, total: Self.longestCall),
            maxBodyBytes: EmbeddingsExchange.maxDimension * 32)
    }

    /// What a call cost; nil where no price is configured.
    func cost(tokens: Int) -> NanoDollars? { price?.cost(promptTokens: tokens, completionTokens: 0) }
}

extension GatewaySetup {
    /// The plan that a configuration asks for; nil where it asks for none.
    ///
    /// - Throws: where the model that classifies was not trained with these embeddings, or the provider has none.
    static func embeddingPlan(
        _ configuration: RouterConfiguration, _ categorizer: Categorizer, simulatedURL: String?
    ) throws(SetupError) -> EmbeddingPlan? {
        guard let definition = configuration.classifier.embeddings else { return nil }
        func failure(_ why: String) -> SetupError { SetupError(description: "classifier.embeddings: \(why)") }
        let file = configuration.classifier.modelPath ?? "none"
        guard let head = categorizer.embeddingHead else {
            throw failure("the model (\(file)) was trained without embeddings (train-categories --embedding-model)")
        }
        guard head.model == definition.model else {
            throw failure(
                "the model (\(file)) was trained with embeddings of '\(head.model)', not '\(definition.model)'")
        }
        guard let provider = configuration.providers.first(where: { $0.id == definition.provider }) else {
            throw failure("there is no provider '\(definition.provider)'")
        }
        let baseURL: String
        switch provider.kind {
        case .openai, .openaiResponses: baseURL = provider.baseURL
        case .anthropic, .gemini, .vertex, .azure, .bedrock:
            throw failure(
                "provider '\(provider.id)' is of kind \(provider.kind.rawValue), which has no embeddings here")
        case .simulated:
            guard let simulatedURL else { throw failure("the simulated provider does not run") }
            baseURL = simulatedURL
        }
        return EmbeddingPlan(
            definition, head: head, baseURL: baseURL, apiKey: provider.apiKey, health: configuration.health)
    }
}
