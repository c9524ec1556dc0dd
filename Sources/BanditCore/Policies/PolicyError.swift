/// Why a policy cannot be made from what was asked for.
package struct PolicyError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case unknownKind, unknownParameter, invalidParameter, missingArm, unknownArm, unexpectedArm, needsContext
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
