import BanditCore
import Gateway
import QueryCategories
import RoutingEngine

/// Turns the tree of a file into a configuration, noting everything that is wrong on the way.
///
/// A section that is wrong still yields a value (with defaults in the place of what is wrong), so that the rest can be
/// read and checked against it; the result counts only where the log has no problem.
struct ConfigurationDecoder {
    let log: ReadingLog
    /// Where things were declared, for what is found wrong with them later.
    var providerLocations: [String: KeyLocation] = [:]
    var armLocations: [String: KeyLocation] = [:]
    var routeLocations: [String: KeyLocation] = [:]
    /// Where the address to listen on stands.
    var serverLocation: KeyLocation?
    /// How arms are asked, by id.
    var phrasings: [String: ArmPhrasing] = [:]
    /// Whether the section could be read: where it could not, nothing is said of references into it.
    var knowsProviders = true
    var knowsArms = true

    mutating func decode(_ root: MappingReader) -> RouterConfiguration {
        serverLocation = root.section("server")?.location(of: "host")
        let providers = decodeProviders(root)
        let arms = decodeArms(root, providers: providers)
        let routes = decodeRoutes(root, arms: arms)
        let privacy = decodePrivacy(root.section("privacy"))
        let feedback = decodeFeedback(root.section("feedback"))
        if feedback.window > privacy.retention {
            let isGiven = root.section("feedback")?.has("window") ?? false
            let reason =
                "feedback.window (\(DurationText.text(microseconds: feedback.window))) must not exceed "
                + "privacy.retention (\(DurationText.text(microseconds: privacy.retention))): "
                + "feedback cannot reach a decision that was pruned"
            // At the key that is given, the window where both are.
            if isGiven, let section = root.section("feedback") {
                section.report("window", reason)
            } else {
                root.section("privacy")?.report("retention", reason)
            }
        }
        var configuration = RouterConfiguration(
            server: decodeServer(root.section("server")), store: decodeStore(root.section("store")),
            providers: providers, arms: arms, categories: decodeCategories(root),
            classifier: decodeClassifier(root.section("classifier"), providers: providers), routes: routes,
            feedback: feedback,
            privacy: privacy, health: decodeHealth(root.section("health")),
            limits: decodeLimits(root.section("limits")),
            logging: decodeLogging(root.section("logging")))
        configuration.aliases = decodeAliases(root, among: routes.map(\.id) + arms.map(\.id))
        configuration.phrasings = phrasings
        checkClasses(root, of: routes)
        return configuration
    }

    /// Reads the id of a section of a list and reports it where another one has it.
    func declare(_ section: MappingReader, what: String, in locations: inout [String: KeyLocation]) -> String {
        guard let id = section.identifier("id") else { return "" }
        if let first = locations[id] {
            section.report("id", "another \(what) on line \(first.line) is called “\(shown(id))”")
        } else {
            locations[id] = section.location(of: "id")
        }
        return id
    }

    /// Reports a name that stands for nothing.
    func checkReference(_ scalar: ReadScalar, to what: String, among names: some Collection<String>) {
        guard !names.contains(scalar.text) else { return }
        let name = scalar.isExpanded ? "of the name that the environment gives" : "“\(shown(scalar.text))”"
        log.report(
            scalar.location, "there is no \(what) \(name)",
            suggestion: scalar.isExpanded ? nil : nearestName(to: scalar.text, among: names.sorted()))
    }
}
