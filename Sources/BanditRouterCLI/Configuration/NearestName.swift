/// The candidate that a mistyped name most likely stands for.
///
/// - Parameters:
///   - name: what was written; compared without regard to case, `-` and `_` being the same.
///   - candidates: the valid names.
/// - Returns: the candidate of least edit distance (restricted Damerau–Levenshtein: insert, delete, replace, swap of
///   neighbours), the first of several; nil where none is within a third of the longer name's length.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
    let written = folded(name)
    guard !written.isEmpty, written.count <= 64 else { return nil }
    var best: (candidate: String, distance: Int)?
    for candidate in candidates where candidate != name {
        let valid = folded(candidate)
        let limit = max(1, max(written.count, valid.count) / 3)
        guard abs(written.count - valid.count) <= limit else { continue }
        let distance = editDistance(written, valid)
        // Two names of which nothing is left are not alike, however short they are.
        guard distance <= limit, distance < max(written.count, valid.count) else { continue }
        if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
    }
    return best?.candidate
}

private func folded(_ name: String) -> [Unicode.Scalar] {
    name.lowercased().unicodeScalars.map { $0 == "-" ? "_" : $0 }
}

private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1] + Array(repeating: 0, count: b.count)
        for j in b.indices {
            row[j + 1] = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1) }
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}
