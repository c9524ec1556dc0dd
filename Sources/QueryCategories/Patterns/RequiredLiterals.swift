/// Byte strings of which every match of a pattern holds at least one: what tells quickly that a pattern cannot match.
extension PatternNode {
    /// Shorter strings say too little to be looked for.
    private static let minimumBytes = 2
    private static let stringLimit = 16
    private static let memberLimit = 8

    /// One of these stands in every text that the pattern matches, letters of ASCII in lower case; nil where nothing is known
    /// that is worth looking for.
    var requiredLiterals: [[UInt8]]? {
        let found = literals
        return Self.better(found.required, found.exact).flatMap { Self.isUseful($0) ? $0 : nil }
    }

    /// - Returns: `exact`: all that the node can match, where that is a few strings; `required`: strings one of which is in
    ///   everything it matches.
    private var literals: (exact: [[UInt8]]?, required: [[UInt8]]?) {
        switch self {
        case .empty, .assertion: return ([[]], nil)
        case .characters(let set): return (Self.members(of: set), nil)
        case .sequence(let parts):
            var exact: [[UInt8]]? = [[]]
            var run: [[UInt8]] = [[]]
            var best: [[UInt8]]?
            for part in parts {
                let found = part.literals
                best = Self.better(best, found.required)
                if let more = found.exact, more.count * run.count <= Self.stringLimit {
                    run = run.flatMap { head in more.map { head + $0 } }
                } else {
                    best = Self.better(best, run)
                    run = found.exact ?? [[]]
                    exact = nil
                }
            }
            return (exact == nil ? nil : run, Self.better(best, run))
        case .either(let branches):
            var exact: [[UInt8]]? = []
            var required: [[UInt8]]? = []
            for branch in branches {
                let found = branch.literals
                exact = found.exact.flatMap { more in exact.map { $0 + more } }
                required = Self.better(found.required, found.exact).flatMap { more in required.map { $0 + more } }
            }
            if let count = exact?.count, count > Self.stringLimit { exact = nil }
            return (exact, required)
        case .repeated(let body, let atLeast, let atMost):
            let found = body.literals
            if atLeast == 1, atMost == 1 { return found }
            if atLeast == 0 {
                return (atMost == 1 ? found.exact.map { [[]] + $0 } : nil, nil)
            }
            return (nil, Self.better(found.required, found.exact))
        }
    }

    /// The characters of a small set as UTF-8.
    private static func members(of set: ScalarSet) -> [[UInt8]]? {
        var result: [[UInt8]] = []
        for range in set.ranges {
            guard range.count <= memberLimit else { return nil }
            for value in range {
                guard let scalar = Unicode.Scalar(value) else { return nil }
                let bytes = Character(scalar).utf8.map(LiteralScanner.folded)
                if !result.contains(bytes) { result.append(bytes) }
            }
        }
        return result.count <= memberLimit ? result : nil
    }

    private static func isUseful(_ strings: [[UInt8]]) -> Bool {
        !strings.isEmpty && strings.allSatisfy { $0.count >= minimumBytes }
    }

    /// The set whose shortest string is longer: it is found less often by chance.
    private static func better(_ left: [[UInt8]]?, _ right: [[UInt8]]?) -> [[UInt8]]? {
        guard let left else { return right }
        guard let right else { return left }
        func shortest(_ strings: [[UInt8]]) -> Int { strings.map(\.count).min() ?? 0 }
        return shortest(right) > shortest(left) ? right : left
    }
}
