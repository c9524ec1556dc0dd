/// Why a policy cannot be made from what was asked for.
package struct PolicyError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case unknownKind, unknownParameter, invalidParameter, missingArm, unknownArm, unexpectedArm
    }

    package let code: Code
    package let message: String
    package var description: String { message }

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}

/// The word a user may have meant.
package enum NearestWord {
    /// The candidate that a mistyped name most likely stands for.
    ///
    /// - Parameters:
    ///   - name: what was written; compared without regard to case, `-` and `_` being the same.
    ///   - candidates: the valid names.
    /// - Returns: the candidate of least edit distance (restricted Damerau–Levenshtein: insert, delete, replace, swap of
    ///   neighbours), the first of several; nil where none is within a third of the longer name's length.
    package static func meant(by name: String, among candidates: some Sequence<String>) -> String? {
        let written = folded(name)
        guard !written.isEmpty, written.count <= 64 else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates where candidate != name {
            let valid = folded(candidate)
            let limit = max(1, max(written.count, valid.count) / 3)
            guard abs(written.count - valid.count) <= limit else { continue }
            let distance = distance(written, valid)
            // Two names of which nothing is left are not alike, however short they are.
            guard distance <= limit, distance < max(written.count, valid.count) else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.candidate
    }

    private static func folded(_ name: String) -> String { String(name.lowercased().map { $0 == "-" ? "_" : $0 }) }

    /// Fewest insertions, deletions, replacements and neighbour swaps that turn one word into the other.
    package static func distance(_ left: String, _ right: String) -> Int {
        let (a, b) = (Array(left), Array(right))
        if a.isEmpty || b.isEmpty { return a.count + b.count }
        var rows = [[Int](), Array(0...b.count), [Int](repeating: 0, count: b.count + 1)]
        rows[0] = rows[1]
        for i in 1...a.count {
            rows[2][0] = i
            for j in 1...b.count {
                var best = Swift.min(
                    rows[1][j] + 1, rows[2][j - 1] + 1, rows[1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    best = Swift.min(best, rows[0][j - 2] + 1)
                }
                rows[2][j] = best
            }
            rows.swapAt(0, 1)
            rows.swapAt(1, 2)
        }
        return rows[1][b.count]
    }

    /// The nearest of the words; the first of equals; nil for no words.
    package static func nearest(to word: String, among words: some Sequence<String>) -> String? {
        words.map { ($0, distance(word, $0)) }.min { $0.1 < $1.1 }?.0
    }
}
