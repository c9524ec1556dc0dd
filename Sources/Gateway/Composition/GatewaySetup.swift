import BanditCore
import Dialects
import ProviderClient
import QueryCategories
import RoutingEngine
import WireFormats

/// Why a configuration that reads well cannot be served.
package struct SetupError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// What follows from one configuration and is shared by all requests made under it: swapped whole on a reload.
final class GatewaySetup: Sendable {
    let configuration: RouterConfiguration
    let categorizer: Categorizer
    let catalogue: Catalogue
    /// Which pages may ask.
    let origins: OriginPolicy
    /// Names by which this machine is known to others that it trusts, in lower case.
    let hosts: Set<String>
    /// What is no person's word in a turn.
    let harness: HarnessText
    /// What clients call routes and arms.
    let models: ModelNames
    /// By category id.
    let descriptions: [String: String]
    /// Whether some route has a cache.
    let hasCaches: Bool
    /// nil: categories are told by words alone.
    let embeddings: EmbeddingPlan?
    private let connections: [String: ArmConnection]
    /// What some arm's dialect has no words for, by shape: where nothing is, requests are not looked at for it.
    private let unspeakable: [InboundShape: RequestFeatures]
    /// How old a published picture may grow where nothing was learned, microseconds: observations lose weight with time, and a budget by
    /// the day gains room.
    let refresh: Timestamp

    /// What keeps tokens fresh, by provider.
    let paid: [String: PaidProvider]

    /// - Parameters:
    ///   - simulatedURL: base URL of the in-process provider; nil where none runs.
    ///   - old: what was in force before: its tokens are still good.
    init(
        _ configuration: RouterConfiguration, simulatedURL: String?, keeping old: GatewaySetup? = nil
    ) throws(SetupError) {
        self.configuration = configuration
        origins = OriginPolicy(configuration.server.allowedOrigins)
        hosts = Set(configuration.server.allowedHosts.map { $0.lowercased() })
        models = ModelNames(configuration)
        harness = HarnessText(tags: configuration.classifier.harnessTags)
        let minute: Timestamp = 60_000_000
        refresh =
            configuration.routes.contains { $0.budget?.isByDay ?? false }
            ? minute / 60 : configuration.routes.contains { $0.halfLife != nil } ? minute : .max
        do {
            categorizer = try configuration.categorizer()
        } catch {
            throw SetupError(description: error.description)
        }
        do {
            catalogue = try configuration.catalogue(categories: categorizer.ids)
        } catch {
            throw SetupError(description: error.description)
        }
        embeddings = try Self.embeddingPlan(configuration, categorizer, simulatedURL: simulatedURL)
        hasCaches = configuration.routes.contains { $0.cache != nil }
        descriptions = Dictionary(
            configuration.categories.compactMap { category in category.description.map { (category.id, $0) } },
            uniquingKeysWith: { first, _ in first })
        paid = try Self.keepers(configuration, keeping: old)
        connections = try Self.connections(configuration, simulatedURL: simulatedURL, paid)
        var unspeakable: [InboundShape: RequestFeatures] = [:]
        for shape in InboundShape.allCases {
            unspeakable[shape] = connections.values.reduce(RequestFeatures()) {
                $0.union($1.dialect.unspeakable(in: shape))
            }
        }
        self.unspeakable = unspeakable
    }

    /// By arm.
    private static func connections(
        _ configuration: RouterConfiguration, simulatedURL: String?, _ paid: [String: PaidProvider]
    ) throws(SetupError) -> [String: ArmConnection] {
        var providers: [String: ProviderConnection] = [:]
        for provider in configuration.providers {
            if provider.kind == .simulated, simulatedURL == nil {
                throw SetupError(description: "provider '\(provider.id)': the simulated provider does not run")
            }
            providers[provider.id] = ProviderConnection(
                provider, baseURL: provider.kind == .simulated ? simulatedURL : nil, keeper: paid[provider.id]?.keeper,
                signer: try Self.signer(of: provider))
        }
        var connections: [String: ArmConnection] = [:]
        for arm in configuration.arms {
            guard let provider = providers[arm.provider] else {
                throw SetupError(description: "arm '\(arm.id)': there is no provider '\(arm.provider)'")
            }
            let phrasing = configuration.phrasings[arm.id] ?? ArmPhrasing()
            let shape = phrasing.dialect ?? provider.kind.dialects[0]
            guard let dialect = provider.dialect(shape) else {
                throw SetupError(
                    description:
                        "arm '\(arm.id)': a provider of kind \(provider.kind.rawValue) is not asked in the dialect "
                        + shape.rawValue)
            }
            connections[arm.id] = ArmConnection(arm, phrasing, dialect, of: provider)
        }
        return connections
    }

    /// Arms that cannot be paid for now, by id.
    var unpayable: [String: ExclusionReason] {
        guard !paid.isEmpty else { return [:] }
        return connections.compactMapValues { $0.canPay ? nil : .credentials }
    }

    func connection(_ arm: String) -> ArmConnection? { connections[arm] }

    /// The arms that cannot be told of a request in words of their dialects, by id, with what they cannot.
    func unsayable(_ body: JSONDocument, _ shape: InboundShape) -> [String: ExclusionReason] {
        guard let unspeakable = unspeakable[shape], !unspeakable.isEmpty else { return [:] }
        let said = RequestFeatures(body, in: shape).intersection(unspeakable)
        guard !said.isEmpty else { return [:] }
        return connections.compactMapValues { connection in
            said.intersection(connection.dialect.unspeakable(in: shape)).names.first
                .flatMap(ExclusionReason.init(dialectCannot:))
        }
    }

    /// Version of the model that classified, for the log.
    func categoryModel(of category: Categorization) -> String? {
        let version = categorizer.version(usingEmbedding: category.usesEmbedding)
        return version == "none" ? nil : version
    }

    /// The category of a request.
    ///
    /// - Parameter embeddings: what was found of the texts' embeddings.
    func categorize(
        _ chat: ChatHead, embeddings: [String: EmbeddingScores] = [:]
    ) throws(GatewayError) -> Categorization {
        do {
            return try categorizer.classify(chat.features, explicit: chat.category?.id, embeddings: embeddings)
        } catch {
            throw .unknownCategory(chat.category?.id ?? "", param: chat.category?.param ?? "category")
        }
    }
}
