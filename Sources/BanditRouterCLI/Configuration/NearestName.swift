import BanditCore

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
        let distance = NearestWord.distance(written, valid)
        // Two names of which nothing is left are not alike, however short they are.
        guard distance <= limit, distance < max(written.count, valid.count) else { continue }
        if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
    }
    return best?.candidate
}

private func folded(_ name: String) -> String { String(name.lowercased().map { $0 == "-" ? "_" : $0 }) }
