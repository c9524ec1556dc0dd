import BanditCore
import Yams

/// The problems of one scenario file, and where it stands.
final class ScenarioLog {
    let file: String
    private(set) var problems: [ConfigurationProblem] = []

    init(file: String) { self.file = file }

    func report(_ line: Int?, _ key: String, _ reason: String, suggestion: String? = nil) {
        problems.append(
            ConfigurationProblem(file: file, line: line, key: key, reason: reason, suggestion: suggestion))
    }

    /// In the order of their lines.
    var failure: ConfigurationFailure? {
        guard !problems.isEmpty else { return nil }
        let ordered = problems.enumerated().sorted {
            ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
        }
        return ConfigurationFailure(problems: ordered.map(\.element))
    }
}

/// A value with its place in the file.
struct StrictNode {
    let node: Node
    let path: String
    let log: ScenarioLog

    var line: Int? { node.mark?.line }

    func report(_ reason: String, suggestion: String? = nil) { log.report(line, path, reason, suggestion: suggestion) }

    /// “must be …, not …”
    func mismatch(_ expectation: String) {
        let found =
            switch node {
            case .scalar(let scalar): "“\(shown(scalar.string))”"
            case .mapping: "a section of keys"
            case .sequence: "a list"
            case .alias: "an alias"
            }
        report("must be \(expectation), not \(found)")
    }

    /// The scalar's text where it is plain (not quoted) or may be quoted.
    func text(allowsQuotes: Bool = true) -> String? {
        guard case .scalar(let scalar) = node, allowsQuotes || scalar.style == .plain else { return nil }
        return scalar.string
    }

    /// A decimal number within a range; otherwise nil, and a problem.
    func number(in range: ClosedRange<Double>, _ expectation: String) -> Double? {
        guard let text = text(allowsQuotes: false), text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
            let number = Double(text), number.isFinite, range.contains(number)
        else {
            mismatch(expectation)
            return nil
        }
        return number
    }

    /// A whole number within a range; otherwise nil, and a problem.
    func integer(in range: ClosedRange<Int>, _ expectation: String) -> Int? {
        guard let text = text(allowsQuotes: false), let number = Int(text), range.contains(number) else {
            mismatch(expectation)
            return nil
        }
        return number
    }

    /// A text that is not empty; otherwise nil, and a problem.
    func string(_ expectation: String = "a text") -> String? {
        guard let text = text(), !text.isEmpty else {
            mismatch(expectation)
            return nil
        }
        return text
    }

    /// One of the given words; otherwise nil, and a problem with the nearest.
    func choice(_ words: [String]) -> String? {
        guard let text = text() else {
            mismatch("one of \(words.joined(separator: ", "))")
            return nil
        }
        if words.contains(text) { return text }
        report(
            "must be one of \(words.joined(separator: ", ")), not “\(shown(text))”",
            suggestion: nearestName(to: text, among: words))
        return nil
    }

    /// The items of a list; otherwise nil, and a problem.
    func items(_ expectation: String) -> [StrictNode]? {
        guard case .sequence(let sequence) = node else {
            mismatch(expectation)
            return nil
        }
        return sequence.enumerated().map { StrictNode(node: $1, path: "\(path)[\($0)]", log: log) }
    }

    /// The section's keys, which must be among those given; otherwise nil, and a problem.
    func section(keys: [String]) -> StrictMapping? { StrictMapping(self, keys: keys) }

    /// The section's keys, whatever their names.
    func openSection(_ expectation: String) -> [(key: String, value: StrictNode)]? {
        guard case .mapping(let mapping) = node else {
            mismatch(expectation)
            return nil
        }
        return mapping.compactMap { key, value in
            guard let name = key.string else {
                log.report(key.mark?.line, path, "has a key that is no name")
                return nil
            }
            return (name, StrictNode(node: value, path: "\(path).\(name)", log: log))
        }
    }

    var isMapping: Bool { if case .mapping = node { true } else { false } }
    var isScalar: Bool { if case .scalar = node { true } else { false } }
}

/// A section of a scenario whose keys are all known.
struct StrictMapping {
    let path: String
    let line: Int?
    let log: ScenarioLog
    private var entries: [String: StrictNode] = [:]

    /// nil, and a problem, where the node is no section; unknown and repeated keys are problems, too.
    init?(_ node: StrictNode, keys: [String]) {
        path = node.path
        line = node.line
        log = node.log
        guard case .mapping(let mapping) = node.node else {
            node.mismatch("a section of keys (\(keys.prefix(4).joined(separator: ", "))…)")
            return nil
        }
        for (key, value) in mapping {
            guard let marked = key.string else {
                log.report(key.mark?.line, path, "has a key that is no name")
                continue
            }
            let mark = YAMLDocument.repetitionMark
            let name = String(String.UnicodeScalarView(marked.unicodeScalars.drop { $0 == mark }))
            let own = path.isEmpty ? name : "\(path).\(name)"
            if !keys.contains(name) {
                let nearest = nearestName(to: name, among: keys)
                let hint = nearest == nil ? "; known here: \(keys.joined(separator: ", "))" : ""
                log.report(key.mark?.line, own, "unknown key\(hint)", suggestion: nearest)
            } else if entries[name] != nil || name != marked {
                log.report(key.mark?.line, own, "is given more than once")
            } else {
                entries[name] = StrictNode(node: value, path: own, log: log)
            }
        }
    }

    subscript(key: String) -> StrictNode? { entries[key] }

    /// The value, or nil and a problem.
    func required(_ key: String) -> StrictNode? {
        if let entry = entries[key] { return entry }
        log.report(line, path.isEmpty ? key : "\(path).\(key)", "is missing")
        return nil
    }

    func report(_ key: String, _ reason: String, suggestion: String? = nil) {
        log.report(entries[key]?.line ?? line, path.isEmpty ? key : "\(path).\(key)", reason, suggestion: suggestion)
    }
}

extension StrictNode {
    func boolean() -> Bool? {
        switch text(allowsQuotes: false) {
        case "true": return true
        case "false": return false
        default:
            mismatch("true or false")
            return nil
        }
    }

    func positive(_ what: String = "a number above 0") -> Double? {
        number(in: Double.leastNormalMagnitude...Double.greatestFiniteMagnitude, what)
    }

    func concentration() -> Concentration? {
        guard let concentration = Concentration(text: text(allowsQuotes: true) ?? "") else {
            mismatch(Concentration.expectation)
            return nil
        }
        return concentration
    }

    func atLeastZero() -> Double? { number(in: 0...1e12, "a number of at least 0 and at most 1e12") }
    func share() -> Double? { number(in: 0...1, "a number from 0 to 1") }
}
