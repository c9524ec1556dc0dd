import BanditCore
import RoutingEngine

/// A name for a route or an arm that clients may use as well.
package struct ModelAlias: Sendable, Equatable {
    package var name: String
    /// Id of a route or an arm.
    package var model: String

    package init(name: String, model: String) {
        self.name = name
        self.model = model
    }
}

/// What clients call routes and arms: their ids, aliases, ids in another case, or behind a provider's name (`openai/auto`), as
/// client libraries write them.
struct ModelNames: Sendable {
    private let ids: Set<String>
    private let aliases: [String: String]
    /// By the id in lower case; of several the first.
    private let folded: [String: String]
    /// In the order of the configuration, for hints.
    private let all: [String]

    init(_ configuration: RouterConfiguration) {
        all = configuration.routes.map(\.id) + configuration.arms.map(\.id)
        ids = Set(all)
        aliases = Dictionary(
            configuration.aliases.map { ($0.name.lowercased(), $0.model) }, uniquingKeysWith: { first, _ in first })
        folded = Dictionary(all.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The id that a name stands for.
    ///
    /// - Throws: 404 with the nearest id, where there is one.
    func id(_ name: String) throws(GatewayError) -> String {
        if ids.contains(name) { return name }
        var rest = Substring(name.lowercased())
        while true {
            if let found = aliases[String(rest)] ?? folded[String(rest)] { return found }
            guard let slash = rest.firstIndex(of: "/") else { break }
            rest = rest[rest.index(after: slash)...]
        }
        throw .modelNotFound(name, nearest: NearestWord.meant(by: name, among: all))
    }
}
