import BanditCore
import RoutingEngine

/// A name for a route or an arm that clients may use as well.
package struct ModelAlias: Sendable, Equatable {
    /// With one `*` in it: all names that begin and end so.
    package var name: String
    /// Id of a route or an arm.
    package var model: String

    package init(name: String, model: String) {
        self.name = name
        self.model = model
    }

    package var isGlob: Bool { name.contains("*") }

    /// What stands before and after the star, in lower case.
    fileprivate var ends: (prefix: String, suffix: String) {
        let parts = name.lowercased().split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }

    /// Whether a name may be meant by both, and neither says more of it than the other.
    package func ties(with other: ModelAlias) -> Bool {
        guard isGlob == other.isGlob else { return false }
        guard isGlob else { return name.lowercased() == other.name.lowercased() }
        guard name.utf8.count == other.name.utf8.count, model != other.model else { return false }
        let (mine, theirs) = (ends, other.ends)
        return (mine.prefix.hasPrefix(theirs.prefix) || theirs.prefix.hasPrefix(mine.prefix))
            && (mine.suffix.hasSuffix(theirs.suffix) || theirs.suffix.hasSuffix(mine.suffix))
    }
}

/// What clients call routes and arms: their ids, aliases, ids in another case, or behind a provider's name (`openai/auto`), as
/// client libraries write them.
struct ModelNames: Sendable {
    private let ids: Set<String>
    private let aliases: [String: String]
    /// The longest first.
    private let globs: [(prefix: String, suffix: String, model: String)]
    /// Aliases that are one name each: what clients that list models are shown.
    let listed: [String]
    /// By the id in lower case; of several the first.
    private let folded: [String: String]
    /// In the order of the configuration, for hints.
    private let all: [String]

    init(_ configuration: RouterConfiguration) {
        all = configuration.routes.map(\.id) + configuration.arms.map(\.id)
        ids = Set(all)
        aliases = Dictionary(
            configuration.aliases.filter { !$0.isGlob }.map { ($0.name.lowercased(), $0.model) },
            uniquingKeysWith: { first, _ in first })
        listed = configuration.aliases.filter { !$0.isGlob }.map(\.name)
        globs = configuration.aliases.filter(\.isGlob).sorted { $0.name.utf8.count > $1.name.utf8.count }
            .map { ($0.ends.prefix, $0.ends.suffix, $0.model) }
        folded = Dictionary(all.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func model(byGlob name: String) -> String? {
        globs.first { glob in
            name.utf8.count >= glob.prefix.utf8.count + glob.suffix.utf8.count && name.hasPrefix(glob.prefix)
                && name.hasSuffix(glob.suffix)
        }?.model
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
        if let model = model(byGlob: name.lowercased()) { return model }
        throw .modelNotFound(name, nearest: NearestWord.meant(by: name, among: all))
    }
}
