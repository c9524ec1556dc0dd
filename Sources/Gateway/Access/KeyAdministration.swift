package import DecisionStore
import RoutingEngine
import WireFormats

/// Keys from the command line, beside a router that may be running.
package struct KeyAdministration {
    private let file: KeyFile
    private let hashing: KeyHashing

    package init(_ configuration: RouterConfiguration) throws {
        file = try KeyFile(path: configuration.store.path)
        hashing = try KeyHashing.load(path: configuration.secretPath)
    }

    /// A key that was just made: its text and what describes it, to show once.
    package struct Made {
        package let text: String
        package let json: [UInt8]
    }

    package func create(
        name: String, scopes: [KeyScope], group: String?, requestsPerMinute: Int?, tokensPerMinute: Int?,
        concurrent: Int?,
        usdPerDay: Double?
    ) throws -> Made {
        let limits = KeyLimits(
            requestsPerMinute: requestsPerMinute, tokensPerMinute: tokensPerMinute, concurrent: concurrent,
            costPerDay: usdPerDay.flatMap(NanoDollars.init(usd:)))
        let (text, key) = hashing.make(
            name: name, scopes: scopes, group: group, limits: limits, createdAt: WallClock.now(), expiresAt: nil)
        try file.insert(key)
        return Made(text: text, json: KeyAnswers.created(key, text: text))
    }

    package func list() throws -> [APIKey] { try file.keys().keys }

    package func listJSON() throws -> [UInt8] { KeyAnswers.list(try list()) }

    /// Returns false where no key in force has the id.
    package func delete(_ id: String) throws -> Bool { try file.delete(id, at: WallClock.now()) }
}

extension RouterConfiguration {
    /// The file of the secret that keys are hashed with.
    package var secretPath: String { server.secretPath ?? store.path + ".secret" }
}
