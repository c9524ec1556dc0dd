package import QueryCategories
package import RoutingEngine

/// Everything that one YAML file says, checked and with its defaults filled in.
///
/// It is a value: the file is read whole or refused whole, and a reload swaps one for another.
package struct RouterConfiguration: Sendable {
    package var server: ServerDefinition
    package var store: StoreDefinition
    package var providers: [ProviderDefinition]
    package var arms: [ArmDefinition]
    package var categories: [CategoryDefinition]
    package var routes: [RouteDefinition]
    package var feedback: FeedbackDefinition
    package var privacy: PrivacyDefinition
    package var health: HealthDefinition

    package init(
        server: ServerDefinition = .init(), store: StoreDefinition = .init(), providers: [ProviderDefinition],
        arms: [ArmDefinition], categories: [CategoryDefinition] = [], routes: [RouteDefinition],
        feedback: FeedbackDefinition = .init(), privacy: PrivacyDefinition = .init(), health: HealthDefinition = .init()
    ) {
        self.server = server
        self.store = store
        self.providers = providers
        self.arms = arms
        self.categories = categories
        self.routes = routes
        self.feedback = feedback
        self.privacy = privacy
        self.health = health
    }
}

/// Where and how the router listens.
package struct ServerDefinition: Sendable, Equatable {
    package var host: String
    package var port: Int
    package var maxBodyBytes: Int
    /// How long SIGTERM waits for what is in flight.
    package var shutdownGrace: Duration
    /// File of the secret that keys are hashed with; beside the store where nil.
    package var secretPath: String?

    package init(
        host: String = "127.0.0.1", port: Int = 8080, maxBodyBytes: Int = 33_554_432,
        shutdownGrace: Duration = .seconds(10), secretPath: String? = nil
    ) {
        self.host = host
        self.port = port
        self.maxBodyBytes = maxBodyBytes
        self.shutdownGrace = shutdownGrace
        self.secretPath = secretPath
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
    case anthropic
    /// Answers made up in this process: for demonstrations and tests.
    case simulated
}

package struct ProviderDefinition: Sendable, Equatable {
    package var id: String
    package var kind: ProviderKind
    /// Includes the version path (`…/v1`); empty for `simulated`.
    package var baseURL: String
    package var apiKey: String?

    package init(id: String, kind: ProviderKind, baseURL: String = "", apiKey: String? = nil) {
        self.id = id
        self.kind = kind
        self.baseURL = baseURL
        self.apiKey = apiKey
    }
}

package struct FeedbackDefinition: Sendable, Equatable {
    /// Age of a decision past which feedback is `expired`, microseconds.
    package var window: Timestamp
    /// Never empty; the first is the default.
    package var metrics: [FeedbackMetric]

    package init(
        window: Timestamp = 7 * 86_400 * 1_000_000,
        metrics: [FeedbackMetric] = [FeedbackMetric(id: "satisfaction", kind: .boolean)]
    ) {
        self.window = window
        self.metrics = metrics
    }
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
