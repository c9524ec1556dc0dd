/// One thing that is wrong with a configuration file.
package struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// The file as it was named on the command line.
    package var file: String
    /// From 1; nil where no line is to blame (a missing file).
    package var line: Int?
    /// Path of the key, `routes[0].policy.kind`; empty where the file as a whole is meant.
    package var key: String
    package var reason: String
    /// The nearest valid key or value, where one is close enough to be meant.
    package var suggestion: String?

    package init(file: String, line: Int?, key: String = "", reason: String, suggestion: String? = nil) {
        self.file = file
        self.line = line
        self.key = key
        self.reason = reason
        self.suggestion = suggestion
    }

    /// `FILE:LINE: key: reason (did you mean “…”?)`, always one line.
    package var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        let subject = key.isEmpty ? "" : "\(key): "
        let hint = suggestion.map { " (did you mean “\($0)”?)" } ?? ""
        return "\(place): \(subject)\(reason)\(hint)"
    }
}

/// A combination that works but is probably not what its author wants.
package struct ConfigurationWarning: Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The logs of a policy that never explores say nothing about other policies.
        case noSupport = "no_support"
        /// The address can be reached from other machines, so the router will not start without a key.
        case needsKeys = "needs_keys"
        /// An arm whose cost is unknown where cost is traded against quality.
        case unknownPrice = "unknown_price"
        /// A provider with an empty key, and so without its arms.
        case providerOff = "provider_off"
        /// A provider's key would cross the network in clear text.
        case keyInClear = "key_in_clear"
        /// A provider on the internet without a key.
        case noKey = "no_key"
        /// No route `auto`: requests that name no model are refused.
        case noDefaultRoute = "no_default_route"
        /// An arm of no route: it can be asked for by name but never learns.
        case unusedArm = "unused_arm"
        /// A simulated arm beside real ones: users would get made-up answers.
        case simulatedArm = "simulated_arm"
        /// A setting that cannot have an effect beside the others.
        case noEffect = "no_effect"
        /// More connections than the process may have files open for, where the file is checked.
        case fewFiles = "few_files"
        /// A capability that the provider's dialect cannot carry, or not in every form.
        case dialectCannot = "dialect_cannot"
    }

    package var code: Code
    package var file: String
    package var line: Int?
    package var key: String
    package var message: String

    package init(code: Code, file: String, line: Int?, key: String, message: String) {
        self.code = code
        self.file = file
        self.line = line
        self.key = key
        self.message = message
    }

    /// `FILE:LINE: key: message`, always one line.
    package var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return "\(place): \(key): \(message)"
    }
}

/// A configuration file that was refused, with everything that is wrong with it in the order of its lines.
package struct ConfigurationFailure: Error, Equatable, CustomStringConvertible {
    /// What the process exits with: bad input.
    package static let exitCode: Int32 = 3

    /// Never empty.
    package var problems: [ConfigurationProblem]

    package init(problems: [ConfigurationProblem]) {
        precondition(!problems.isEmpty, "a failure without a problem")
        self.problems = problems
    }

    /// One problem a line.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
