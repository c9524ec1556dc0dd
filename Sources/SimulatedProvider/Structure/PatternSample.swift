/// A text that matches a regular expression, for the part of the language that JSON schemas use: literals, classes, groups, alternatives,
/// quantifiers and anchors. Look-around, back-references and properties of characters are not understood.
struct PatternSample {
    private indirect enum Node {
        case one(of: [Character])
        case sequence([Node])
        case alternatives([Node])
        case repeated(Node, least: Int, most: Int?)
    }

    private let root: Node

    private static let maxLength = 4_096
    /// Nodes that are written for one text: repetitions within repetitions multiply, and need not make it any longer.
    private static let maxSteps = 32_768
    private static let maxDepth = 32
    private static let digits = Array("0123456789")
    private static let letters = Array("abcdefghijklmnopqrstuvwxyz")
    private static let words = letters + Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ") + digits + ["_"]
    private static let anything = letters + digits + [" ", "-", ".", ",", "!"]

    /// nil where the pattern has something that is not understood.
    init?(_ pattern: String) {
        var rest = Substring(pattern)
        guard let root = Self.alternatives(&rest, depth: 0), rest.isEmpty else { return nil }
        self.root = root
    }

    /// A match of at least so many characters, where the pattern allows that many.
    func text(least: Int, _ random: inout SeededRandom) -> String {
        let short = text(stretch: 0, &random)
        return short.count >= least ? short : text(stretch: min(least, Self.maxLength), &random)
    }

    private func text(stretch: Int, _ random: inout SeededRandom) -> String {
        var writing = Writing()
        write(root, stretch: stretch, to: &writing, &random)
        return writing.text
    }

    /// A text on its way.
    private struct Writing {
        var text = ""
        var length = 0
        var steps = 0

        /// Whether nothing is repeated any more.
        var isOver: Bool { length >= PatternSample.maxLength || steps >= PatternSample.maxSteps }
    }

    private func write(_ node: Node, stretch: Int, to writing: inout Writing, _ random: inout SeededRandom) {
        guard writing.steps < Self.maxSteps else { return }
        writing.steps += 1
        switch node {
        case .one(let characters):
            guard let character = characters.randomElement(using: &random) else { return }
            writing.text.append(character)
            writing.length += 1
        case .sequence(let nodes): for node in nodes { write(node, stretch: stretch, to: &writing, &random) }
        case .alternatives(let nodes):
            if let node = nodes.randomElement(using: &random) { write(node, stretch: stretch, to: &writing, &random) }
        case .repeated(let node, let least, let most):
            let usual = max(least, min(1, most ?? 1), least == 0 && most == nil ? 3 : 0)
            let count = min(max(usual, stretch), most ?? .max, max(least, Self.maxLength))
            for _ in 0..<count {
                guard !writing.isOver else { return }
                write(node, stretch: 0, to: &writing, &random)
            }
        }
    }

    // MARK: - Reading

    private static func alternatives(_ rest: inout Substring, depth: Int) -> Node? {
        guard depth < maxDepth else { return nil }
        var nodes: [Node] = []
        repeat {
            guard let sequence = sequence(&rest, depth: depth) else { return nil }
            nodes.append(sequence)
        } while take("|", &rest)
        return nodes.count == 1 ? nodes[0] : .alternatives(nodes)
    }

    private static func sequence(_ rest: inout Substring, depth: Int) -> Node? {
        var nodes: [Node] = []
        while let next = rest.first, next != "|", next != ")" {
            if next == "^" || next == "$" {
                rest.removeFirst()
                continue
            }
            guard let atom = atom(&rest, depth: depth), let node = quantified(atom, &rest) else { return nil }
            nodes.append(node)
        }
        return .sequence(nodes)
    }

    private static func atom(_ rest: inout Substring, depth: Int) -> Node? {
        switch rest.removeFirst() {
        case ".": return .one(of: anything)
        case "[": return set(&rest)
        case "\\": return escape(&rest).map { .one(of: $0) }
        case "(":
            if take("?", &rest) {
                if take("<", &rest) {
                    guard let end = rest.firstIndex(of: ">"), rest.first != "=", rest.first != "!" else { return nil }
                    rest = rest[rest.index(after: end)...]
                } else if !take(":", &rest) {
                    return nil
                }
            }
            guard let inner = alternatives(&rest, depth: depth + 1), take(")", &rest) else { return nil }
            return inner
        case "*", "+", "?", "{": return nil
        case let literal: return .one(of: [literal])
        }
    }

    private static func take(_ character: Character, _ rest: inout Substring) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    private static func escape(_ rest: inout Substring) -> [Character]? {
        guard let next = rest.popFirst() else { return nil }
        switch next {
        case "d": return digits
        case "w": return words
        case "s": return [" "]
        case "D": return letters
        case "W": return ["-"]
        case "S": return letters
        case "n": return ["\n"]
        case "t": return ["\t"]
        case "b", "B", "p", "P", "u", "x", "k", "1", "2", "3", "4", "5", "6", "7", "8", "9": return nil
        default: return [next]
        }
    }

    private static func set(_ rest: inout Substring) -> Node? {
        let isNegated = take("^", &rest)
        var members: [Character] = []
        while let next = rest.popFirst(), next != "]" {
            var from = [next]
            if next == "\\" {
                guard let escaped = escape(&rest) else { return nil }
                from = escaped
            }
            guard rest.first == "-", rest.dropFirst().first != "]", from.count == 1,
                let low = from[0].unicodeScalars.first
            else {
                members += from
                continue
            }
            rest.removeFirst()
            guard let end = rest.popFirst(), let high = end.unicodeScalars.first, low.value <= high.value,
                high.value - low.value < 1_000
            else { return nil }
            members += (low.value...high.value).compactMap(Unicode.Scalar.init).map { Character($0) }
        }
        let allowed = isNegated ? (words + ["-", " "]).filter { !members.contains($0) } : members
        return allowed.isEmpty ? nil : .one(of: allowed)
    }

    private static func quantified(_ atom: Node, _ rest: inout Substring) -> Node? {
        var node = atom
        switch rest.first {
        case "*": node = .repeated(atom, least: 0, most: nil)
        case "+": node = .repeated(atom, least: 1, most: nil)
        case "?": node = .repeated(atom, least: 0, most: 1)
        case "{":
            guard let end = rest.firstIndex(of: "}") else { return nil }
            let parts = rest[rest.index(after: rest.startIndex)..<end].split(
                separator: ",", omittingEmptySubsequences: false)
            guard let least = parts.first.flatMap({ Int($0) }), parts.count <= 2 else { return nil }
            let most = parts.count == 1 ? least : Int(parts[1])
            guard least >= 0, most.map({ $0 >= least }) ?? parts[1].isEmpty else { return nil }
            node = .repeated(atom, least: min(least, maxLength), most: most)
            rest = rest[end...]
        default: return node
        }
        rest.removeFirst()
        // Lazy or not is no matter.
        _ = take("?", &rest)
        return node
    }
}
