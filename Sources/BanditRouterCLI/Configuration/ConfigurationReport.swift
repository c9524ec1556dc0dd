import Gateway

/// What `check` has to say about a file.
package struct ConfigurationReport: Sendable {
    package let path: String
    /// Empty exactly where there is a configuration.
    package let problems: [ConfigurationProblem]
    package let warnings: [ConfigurationWarning]
    /// With defaults filled in and secrets masked.
    package let tree: ConfigurationTree?

    package init(path: String, environment: [String: String]) {
        self.path = path
        do throws(ConfigurationFailure) {
            let (configuration, warnings) = try loadConfiguration(path: path, environment: environment)
            problems = []
            let files = FileBudget(configuration, raised: true).warning.map {
                ConfigurationWarning(code: .fewFiles, file: path, line: nil, key: "server.max_connections", message: $0)
            }
            self.warnings = warnings + (files.map { [$0] } ?? [])
            tree = configuration.tree()
        } catch {
            problems = error.problems
            warnings = []
            tree = nil
        }
    }

    /// Problems and warnings for people, a line each.
    package var messages: String {
        (problems.map(\.description) + warnings.map { "warning: \($0)" }).map { $0 + "\n" }.joined()
    }

    /// The effective configuration; empty where the file is bad.
    package var yaml: String { tree?.yaml ?? "" }

    /// `{"file","valid","problems":[…],"warnings":[…],"configuration":{…}}`
    package var json: String {
        let problems = problems.map { problem in
            entry(line: problem.line, key: problem.key) + [("reason", .text(problem.reason))]
                + (problem.suggestion.map { [("suggestion", .text($0))] } ?? [])
        }
        let warnings = warnings.map { warning in
            entry(line: warning.line, key: warning.key)
                + [("code", .text(warning.code.rawValue)), ("message", .text(warning.message))]
        }
        let report: [(key: String, value: ConfigurationTree)] =
            [
                ("file", .text(path)), ("valid", .literal(tree == nil ? "false" : "true")),
                ("problems", .list(problems.map { .section($0) })), ("warnings", .list(warnings.map { .section($0) })),
            ] + (tree.map { [("configuration", $0)] } ?? [])
        return ConfigurationTree.section(report).json
    }

    private func entry(line: Int?, key: String) -> [(key: String, value: ConfigurationTree)] {
        [("file", .text(path))] + (line.map { [("line", .literal(String($0)))] } ?? []) + [("key", .text(key))]
    }
}
