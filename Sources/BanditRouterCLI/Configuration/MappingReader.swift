import Yams

/// Reads one mapping of the file against the keys that the schema allows there.
///
/// No reading stops at a problem: it is reported, and a default or nil returned, so that all problems are found at
/// once.
struct MappingReader {
    let log: ReadingLog
    let location: KeyLocation
    private let schemaPath: String
    private let schema: [SchemaKey]
    private var entries: [String: (key: Mark?, value: Node)] = [:]

    /// Most items of any list.
    static let listLimit = 10_000

    /// The mapping of the whole file.
    init?(root: Node, log: ReadingLog) {
        self.init(
            node: root, location: KeyLocation(mark: root.mark, path: ""), schemaPath: "",
            schema: ConfigurationSchema.root, log: log)
    }

    /// nil, and a problem, where the node is no mapping.
    private init?(node: Node, location: KeyLocation, schemaPath: String, schema: [SchemaKey], log: ReadingLog) {
        self.log = log
        self.location = location
        self.schemaPath = schemaPath
        self.schema = schema
        switch node {
        // A section whose keys are all commented out is the same as none.
        case .scalar(let scalar) where isNull(scalar): break
        case .mapping(let mapping): collect(mapping, isMerged: false)
        default:
            let keys = schema.prefix(4).map(\.name).joined(separator: ", ")
            log.report(location, "must be a section of keys (\(keys)…), not \(kind(of: node))")
            return nil
        }
    }

    /// Whether the key is given, however wrong its value.
    func has(_ key: String) -> Bool { entries[key] != nil }

    /// Whether the key's value is a list without items.
    func isEmptyList(_ key: String) -> Bool { entries[key]?.value.sequence?.isEmpty ?? false }

    /// Where the key's value stands, or where it is missing.
    func location(of key: String) -> KeyLocation {
        KeyLocation(mark: entries[key].flatMap { $0.value.mark ?? $0.key }, or: location, path: path(of: key))
    }

    func report(_ key: String, _ reason: String, suggestion: String? = nil) {
        log.report(location(of: key), reason, suggestion: suggestion)
    }

    /// nil where the key is not given or its value is no scalar; the latter is reported, and so is a missing key that
    /// is required.
    func scalar(_ key: String) -> ReadScalar? {
        guard let node = value(of: key) else { return nil }
        return scalar(node, at: location(of: key))
    }

    /// The sections of a list; empty where it is not given.
    func sections(_ key: String, allowsSingle: Bool = false) -> [MappingReader] {
        guard let node = value(of: key) else { return [] }
        if allowsSingle, case .mapping = node {
            return item(node, of: key, at: location(of: key)).map { [$0] } ?? []
        }
        return items(node, of: key).compactMap { item($0.node, of: key, at: $0.location) }
    }

    /// The scalars of a list; empty where it is not given.
    func scalars(_ key: String) -> [ReadScalar] {
        guard let node = value(of: key) else { return [] }
        return items(node, of: key).compactMap { scalar($0.node, at: $0.location) }
    }

    /// The section under a key; nil where it is not given or no section.
    func section(_ key: String) -> MappingReader? {
        guard let node = value(of: key) else { return nil }
        return item(node, of: key, at: location(of: key))
    }

    // MARK: Nodes

    private func path(of key: String) -> String { location.path.isEmpty ? key : "\(location.path).\(key)" }

    private func schemaPath(of key: String) -> String { schemaPath.isEmpty ? key : "\(schemaPath).\(key)" }

    private func value(of key: String) -> Node? {
        guard let known = schema.first(where: { $0.name == key }) else {
            preconditionFailure("the decoder asks for a key that the schema does not have: \(schemaPath(of: key))")
        }
        log.asked(schemaPath(of: key), givenAt: has(key) ? location(of: key) : nil)
        let value = entries[key]?.value
        if value == nil, known.isRequired {
            report(key, "is missing (\(known.type))")
        }
        return value
    }

    private func item(_ node: Node, of key: String, at location: KeyLocation) -> MappingReader? {
        guard let known = schema.first(where: { $0.name == key }) else { preconditionFailure("no key \(key)") }
        let isList = if case .sections = known.shape { true } else { false }
        return MappingReader(
            node: node, location: location, schemaPath: schemaPath(of: key) + (isList ? "[]" : ""),
            schema: known.children, log: log)
    }

    private func items(_ node: Node, of key: String) -> [(node: Node, location: KeyLocation)] {
        guard case .sequence(let sequence) = node else {
            report(key, "must be a list, not \(kind(of: node))")
            return []
        }
        guard sequence.count <= Self.listLimit else {
            report(key, "has \(sequence.count) items, more than the \(Self.listLimit) a list may have")
            return []
        }
        let list = location(of: key)
        return sequence.enumerated().map { index, node in
            (node, KeyLocation(mark: node.mark, or: list, path: "\(path(of: key))[\(index)]"))
        }
    }

    private func scalar(_ node: Node, at location: KeyLocation) -> ReadScalar? {
        guard case .scalar(let scalar) = node else {
            log.report(location, "must be a single value, not \(kind(of: node))")
            return nil
        }
        guard !isNull(scalar) else {
            log.report(location, "has no value (leave the key out for its default)")
            return nil
        }
        let tag = scalar.tag.description
        let isText = tag == "tag:yaml.org,2002:str"
        guard tag.isEmpty || isText || tag == "!" else {
            // Not what it says: it may be a secret that begins with an exclamation mark.
            log.report(location, "has a YAML tag, which is not used here (a value that begins with “!” needs quotes)")
            return nil
        }
        do {
            let (text, isExpanded) = try expandEnvironment(in: scalar.string, environment: log.environment)
            let isQuoted = (isText || scalar.style != .plain) && !isExpanded
            return ReadScalar(text: text, isQuoted: isQuoted, isExpanded: isExpanded, location: location)
        } catch {
            log.report(location, error.reason, suggestion: error.suggestion)
            return nil
        }
    }

    // MARK: Keys

    private mutating func collect(_ mapping: Node.Mapping, isMerged: Bool) {
        var merges: [Node] = []
        var marks: [String: [Mark]] = [:]
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                log.report(
                    KeyLocation(mark: key.mark, or: location, path: location.path),
                    "has a key that is \(kind(of: key)) instead of a name")
                continue
            }
            let name = String(
                String.UnicodeScalarView(scalar.string.unicodeScalars.drop { $0 == YAMLDocument.repetitionMark }))
            if let mark = key.mark { marks[name, default: []].append(mark) }
            if name == "<<", scalar.style == .plain {
                merges.append(value)
            } else if schema.contains(where: { $0.name == name }) {
                // What is written out beats what is merged; of several merged ones the first counts.
                if !isMerged || entries[name] == nil { entries[name] = (key.mark, value) }
            } else if !(schemaPath.isEmpty && name.hasPrefix("x-")) {
                reportUnknown(name, mark: key.mark)
            }
        }
        for (name, marks) in marks.sorted(by: { $0.key < $1.key }) where marks.count > 1 {
            let marks = marks.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
            for mark in marks.dropFirst() {
                let repeated = KeyLocation(mark: mark, path: path(of: shown(name)))
                log.report(repeated, "is given more than once (first on line \(marks[0].line))")
            }
        }
        for node in merges { merge(node) }
    }

    private mutating func merge(_ node: Node) {
        guard log.mergesLeft > 0 else {
            return log.report(location, "merges more mappings than a file may")
        }
        log.mergesLeft -= 1
        switch node {
        case .mapping(let mapping): collect(mapping, isMerged: true)
        case .sequence(let sequence) where sequence.allSatisfy { $0.mapping != nil }:
            for item in sequence { merge(item) }
        default:
            log.report(
                KeyLocation(mark: node.mark, or: location, path: path(of: "<<")),
                "must be an alias of a mapping or a list of such, not \(kind(of: node))")
        }
    }

    private func reportUnknown(_ name: String, mark: Mark?) {
        let names = schema.map(\.name)
        // A key that exists one level deeper is misplaced rather than misspelt.
        let nested = schema.flatMap { section in section.children.map { (section: section.name, key: $0.name) } }
        let suggestion =
            nearestName(to: name, among: names)
            ?? nested.first { $0.key == name }.map { "\($0.section).\($0.key)" }
            ?? (schemaPath.isEmpty ? nil : ConfigurationSchema.root.first { $0.name == name }?.name)
        let known = names.count <= 8 && suggestion == nil ? "; known here: \(names.joined(separator: ", "))" : ""
        log.report(
            KeyLocation(mark: mark, or: location, path: path(of: shown(name))), "unknown key\(known)",
            suggestion: suggestion)
    }
}

private func isNull(_ scalar: Node.Scalar) -> Bool {
    scalar.style == .plain && scalar.tag.description.isEmpty
        && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
}

private func kind(of node: Node) -> String {
    switch node {
    case .scalar(let scalar): isNull(scalar) ? "nothing" : "a single value"
    case .mapping: "a section of keys"
    case .sequence: "a list"
    case .alias: "an alias"
    }
}
