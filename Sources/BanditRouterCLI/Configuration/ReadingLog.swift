import Yams

/// What is found while a file is read: problems, warnings, and the keys that were looked at.
final class ReadingLog {
    let file: String
    let environment: [String: String]
    /// Keys that the schema has but this version does not serve: a setting without effect must not look as if it had
    /// one.
    private let unserved: Set<String>
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var warnings: [ConfigurationWarning] = []
    /// Schema paths of the keys that the decoder asked for.
    private(set) var askedPaths: Set<String> = []
    /// Mappings that may still be merged (`<<`): aliases can multiply a small file beyond measure.
    var mergesLeft = 10_000
    private var seen: Set<String> = []
    /// More than anybody reads; what a file of aliases could multiply has an end.
    private static let problemLimit = 1_000

    init(file: String, environment: [String: String], unserved: Set<String>) {
        self.file = file
        self.environment = environment
        self.unserved = unserved
    }

    /// Notes a problem, once where an alias shows the same place under several paths.
    func report(_ location: KeyLocation, _ reason: String, suggestion: String? = nil) {
        guard problems.count < Self.problemLimit else { return }
        let name = location.path.split(separator: ".").last ?? ""
        guard seen.insert("\(location.line):\(location.column) \(name) \(reason)").inserted else { return }
        problems.append(
            ConfigurationProblem(
                file: file, line: location.line, key: location.path, reason: reason, suggestion: suggestion.map(shown)))
    }

    func warn(_ code: ConfigurationWarning.Code, at location: KeyLocation, _ message: String) {
        warnings.append(
            ConfigurationWarning(
                code: code, file: file, line: location.line, key: location.path, message: message))
    }

    /// Notes that the decoder looked at a key; a given one that is not served is refused.
    func asked(_ schemaPath: String, givenAt location: KeyLocation?) {
        askedPaths.insert(schemaPath)
        if let location { refuseUnserved(schemaPath, at: location) }
    }

    /// Refuses a key that this version does not serve.
    func refuseUnserved(_ schemaPath: String, at location: KeyLocation) {
        guard unserved.contains(schemaPath) else { return }
        report(location, "is not supported by this version of the router; remove it")
    }
}

/// Where a value stands.
struct KeyLocation {
    /// From 1, as is the column.
    var line: Int
    var column: Int
    /// `routes[0].policy.kind`
    var path: String

    init(mark: Mark?, or fallback: KeyLocation? = nil, path: String) {
        line = mark?.line ?? fallback?.line ?? 1
        column = mark?.column ?? fallback?.column ?? 1
        self.path = path
    }
}

/// A scalar with its environment variables replaced.
struct ReadScalar {
    var text: String
    /// Whether it can only be text: quoted, and nothing came from the environment.
    var isQuoted: Bool
    /// Such a value is never shown: it may be a secret.
    var isExpanded: Bool
    var location: KeyLocation

    /// “must be …, not “abc””.
    func mismatch(_ expectation: String) -> String {
        isExpanded
            ? "must be \(expectation); what the environment gives is not"
            : "must be \(expectation), not “\(shown(text))”\(isQuoted ? " in quotes" : "")"
    }
}
