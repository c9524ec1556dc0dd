package import QueryCategories
package import RoutingEngine

/// Everything that one YAML file says, checked and with its defaults filled in.
///
/// It is a value: the file is read whole or refused whole, and a reload swaps one for another.
package struct RouterConfiguration: Sendable, Equatable {
    package var server: ServerDefinition
    package var store: StoreDefinition
    package var providers: [ProviderDefinition]
    package var arms: [ArmDefinition]
    package var categories: [CategoryDefinition]
    package var classifier: ClassifierDefinition
    package var routes: [RouteDefinition]
    package var feedback: FeedbackDefinition
    package var privacy: PrivacyDefinition
    package var health: HealthDefinition
    /// For all requests together, on top of the limits of keys.
    package var limits: KeyLimits
    package var logging: LoggingDefinition
    package var aliases: [ModelAlias] = []
    /// How arms are asked, by id, where that does not follow from their providers.
    package var phrasings: [String: ArmPhrasing] = [:]

    package init(
        server: ServerDefinition = .init(), store: StoreDefinition = .init(), providers: [ProviderDefinition],
        arms: [ArmDefinition], categories: [CategoryDefinition] = [],
        classifier: ClassifierDefinition = .init(), routes: [RouteDefinition],
        feedback: FeedbackDefinition = .init(), privacy: PrivacyDefinition = .init(),
        health: HealthDefinition = .init(),
        limits: KeyLimits = .init(), logging: LoggingDefinition = .init()
    ) {
        self.server = server
        self.store = store
        self.providers = providers
        self.arms = arms
        self.categories = categories
        self.classifier = classifier
        self.routes = routes
        self.feedback = feedback
        self.privacy = privacy
        self.health = health
        self.limits = limits
        self.logging = logging
    }
}

/// How a line of the log is written.
package enum LogFormat: String, Sendable, CaseIterable {
    case text
    /// An object a line.
    case json
}

package struct LoggingDefinition: Sendable, Equatable {
    package var format: LogFormat
    /// Whether every request of the hot path leaves a line.
    package var logsRequests: Bool

    package init(format: LogFormat = .text, logsRequests: Bool = false) {
        self.format = format
        self.logsRequests = logsRequests
    }
}

/// What tells categories apart where the client, rules and patterns do not.
package struct ClassifierDefinition: Sendable, Equatable {
    /// Which categories there are besides the configured ones.
    package enum Taxonomy: String, Sendable, CaseIterable {
        /// None.
        case configured
        /// Those of the built-in taxonomy.
        case `default`
    }

    package var taxonomy: Taxonomy
    /// A file of `train-categories`, relative to the working directory; its labels are categories. nil: the built-in model.
    package var modelPath: String?
    /// Least probability with which the classifier's answer counts, in [0,1]; below it the category is `general`.
    package var threshold: Double
    /// Names of blocks in a user's turn that are no person's words; `*` at the end stands for anything.
    package var harnessTags = HarnessText.usualTags
    /// nil: texts are judged by their words alone, and no text leaves the router for its category.
    package var embeddings: EmbeddingsDefinition?

    package init(
        taxonomy: Taxonomy = .configured, modelPath: String? = nil, threshold: Double = Categorizer.defaultThreshold,
        embeddings: EmbeddingsDefinition? = nil
    ) {
        self.taxonomy = taxonomy
        self.modelPath = modelPath
        self.threshold = threshold
        self.embeddings = embeddings
    }
}

/// A provider's embeddings as features of the classifier, beside words.
package struct EmbeddingsDefinition: Sendable, Equatable {
    /// The provider that users' texts are sent to.
    package var provider: String
    /// The embedding model; the one that the classifier's model was trained with.
    package var model: String
    /// How long a request waits for them; then words decide.
    package var timeout: Duration
    /// Texts whose embeddings are remembered.
    package var cacheEntries: Int
    /// nil: what they cost is not known.
    package var inputPerMillionUSD: Double?

    package static let defaultTimeout = Duration.milliseconds(100)
    package static let defaultCacheEntries = 10_000

    package init(
        provider: String, model: String, timeout: Duration = Self.defaultTimeout,
        cacheEntries: Int = Self.defaultCacheEntries, inputPerMillionUSD: Double? = nil
    ) {
        self.provider = provider
        self.model = model
        self.timeout = timeout
        self.cacheEntries = cacheEntries
        self.inputPerMillionUSD = inputPerMillionUSD
    }
}

/// Where and how the router listens.
package struct ServerDefinition: Sendable, Equatable {
    package var host: String
    package var port: Int
    package var maxBodyBytes: Int
    /// Bytes of bodies in flight, over all connections; by the memory there is where nil.
    package var maxInFlightBodyBytes: Int?
    /// Connections served at the same time; more wait until one ends.
    package var maxConnections: Int
    /// How long a connection may sit between requests, or take to send one.
    package var idleTimeout: Duration
    /// How long the client of a stream is sent nothing before it gets a sign of life; again after the same time.
    package var keepaliveAfter: Duration
    /// How long SIGTERM waits for what is in flight.
    package var shutdownGrace: Duration
    /// File of the secret that keys are hashed with; beside the store where nil.
    package var secretPath: String?
    /// Serves HTTPS; plain HTTP where nil.
    package var tls: TLSDefinition?
    /// Origins of pages that may ask, as `https://app.example`; `*` for all of them.
    package var allowedOrigins: [String]
    /// Names that a router without keys answers to, beside those of this machine.
    package var allowedHosts: [String] = []

    package init(
        host: String = "127.0.0.1", port: Int = 8080, maxBodyBytes: Int = 33_554_432,
        maxInFlightBodyBytes: Int? = nil, maxConnections: Int = 10_000, idleTimeout: Duration = .seconds(75),
        keepaliveAfter: Duration = .seconds(15), shutdownGrace: Duration = .seconds(10), secretPath: String? = nil,
        tls: TLSDefinition? = nil,
        allowedOrigins: [String] = []
    ) {
        self.host = host
        self.port = port
        self.maxBodyBytes = maxBodyBytes
        self.maxInFlightBodyBytes = maxInFlightBodyBytes
        self.maxConnections = maxConnections
        self.idleTimeout = idleTimeout
        self.keepaliveAfter = keepaliveAfter
        self.shutdownGrace = shutdownGrace
        self.secretPath = secretPath
        self.tls = tls
        self.allowedOrigins = allowedOrigins
    }

    /// Whether no other machine can reach the address.
    package var isLoopback: Bool {
        let name = host.lowercased()
        return name == "localhost" || name == "::1" || name == "[::1]" || isIPv4Loopback(name)
    }
}

private func isIPv4Loopback(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
}

/// Files of the server's identity, PEM.
package struct TLSDefinition: Sendable, Equatable {
    /// The certificate, followed by those that lead to a trusted one.
    package var certificatePath: String
    package var privateKeyPath: String

    package init(certificatePath: String, privateKeyPath: String) {
        self.certificatePath = certificatePath
        self.privateKeyPath = privateKeyPath
    }
}

package struct StoreDefinition: Sendable, Equatable {
    /// The SQLite file; relative to the working directory.
    package var path: String

    package init(path: String = "data/bandit-router.sqlite") { self.path = path }
}

/// How a provider is spoken to.
package enum ProviderKind: String, Sendable, CaseIterable {
    /// Any server with OpenAI's HTTP interface.
    case openai
    /// The same, asked in the dialect of responses.
    case openaiResponses = "openai-responses"
    case anthropic
    /// Google's own API.
    case gemini
    case vertex
    case azure
    case bedrock
    /// Answers made up in this process: for demonstrations and tests.
    case simulated
}

package struct ProviderDefinition: Sendable, Equatable {
    package var id: String
    package var kind: ProviderKind
    /// Includes the version path (`…/v1`); empty for `simulated`.
    package var baseURL: String
    /// nil: requests carry no `Authorization` (a local server), or what ``credentials`` give.
    package var apiKey: String?
    /// Of Azure's interface with deployments in its paths; nil: the one without.
    package var apiVersion: String?
    /// Of Google's cloud.
    package var project: String?
    package var location: String?
    /// Of Amazon's.
    package var region: String?
    /// What requests are paid with, where that is no key that stays the same.
    package var credentials: CredentialsDefinition?

    package init(id: String, kind: ProviderKind, baseURL: String = "", apiKey: String? = nil) {
        self.id = id
        self.kind = kind
        self.baseURL = baseURL
        self.apiKey = apiKey
    }
}

/// A key must not reach a log by way of a value that is printed.
extension ProviderDefinition: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        let key = apiKey == nil ? "none" : "***"
        return "ProviderDefinition(id: \(id), kind: \(kind.rawValue), baseURL: \(baseURL), apiKey: \(key))"
    }

    package var debugDescription: String { description }
}

package struct FeedbackDefinition: Sendable, Equatable {
    /// Age of a decision past which feedback is `expired`, microseconds.
    package var window: Timestamp
    /// Never empty; the first is the default.
    package var metrics: [FeedbackMetric]
    /// Decisions per cell and day (UTC) that one key's feedback may influence.
    package var influenceCap: Int
    /// The same for all keys of a group together.
    package var groupInfluenceCap: Int
    /// The part of an observation, in (0, 1], that one of a decision counts for which the router only made (`POST /v1/decisions`).
    package var decideOnlyWeight: Double
    /// Whether the router itself says that a provider failed: reward 0 for the arm that was drawn.
    package var countsProviderFailures: Bool
    /// Time within which the same request of the same key and session says that the answer before it was no good, microseconds; nil: it
    /// says nothing.
    package var regeneratedWithin: Timestamp?

    package init(
        window: Timestamp = 7 * 86_400 * 1_000_000,
        metrics: [FeedbackMetric] = [FeedbackMetric(id: "satisfaction", kind: .boolean)], influenceCap: Int = 200,
        groupInfluenceCap: Int = 500, decideOnlyWeight: Double = 0.25,
        countsProviderFailures: Bool = false, regeneratedWithin: Timestamp? = nil
    ) {
        self.window = window
        self.metrics = metrics
        self.influenceCap = influenceCap
        self.groupInfluenceCap = groupInfluenceCap
        self.decideOnlyWeight = decideOnlyWeight
        self.countsProviderFailures = countsProviderFailures
        self.regeneratedWithin = regeneratedWithin
    }

    /// Metrics in which the router itself speaks.
    package var implicitMetrics: [FeedbackMetric] {
        (countsProviderFailures ? [.answered] : []) + (regeneratedWithin == nil ? [] : [.kept])
    }

    /// All that can be said: the configured metrics, then the implicit ones.
    package var allMetrics: [FeedbackMetric] { metrics + implicitMetrics }
}

package struct PrivacyDefinition: Sendable, Equatable {
    package var storeContent: Bool
    /// Age past which events are folded and pruned, microseconds.
    package var retention: Timestamp

    package init(storeContent: Bool = false, retention: Timestamp = 90 * 86_400 * 1_000_000) {
        self.storeContent = storeContent
        self.retention = retention
    }
}
