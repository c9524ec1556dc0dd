extension OutcomeTable {
    /// The given rows, in the given order.
    package func selecting(rows: [Int]) -> OutcomeTable {
        func cells(_ matrix: [Double]) -> [Double] {
            rows.flatMap { matrix[$0 * models.count..<($0 + 1) * models.count] }
        }
        return OutcomeTable(
            promptIDs: rows.map { promptIDs[$0] }, categories: categories.map { all in rows.map { all[$0] } },
            subcategories: subcategories.map { all in rows.map { all[$0] } },
            promptCharacters: promptCharacters.map { all in rows.map { all[$0] } },
            prompts: prompts.map { all in rows.map { all[$0] } }, models: models, scores: cells(scores),
            costsUSD: costsUSD.map(cells), promptTokens: promptTokens.map(cells),
            completionTokens: completionTokens.map(cells), latencyMS: latencyMS.map(cells))
    }

    /// The given columns, in the given order; nil: a model that nothing is known of, named by `names`.
    package func selecting(models columns: [Int?], names: [String]) -> OutcomeTable {
        precondition(columns.count == names.count, "a name a column")
        func cells(_ matrix: [Double]) -> [Double] {
            (0..<rowCount).flatMap { row in columns.map { $0.map { matrix[row * models.count + $0] } ?? .nan } }
        }
        return OutcomeTable(
            promptIDs: promptIDs, categories: categories, subcategories: subcategories,
            promptCharacters: promptCharacters, prompts: prompts, models: names, scores: cells(scores),
            costsUSD: costsUSD.map(cells), promptTokens: promptTokens.map(cells),
            completionTokens: completionTokens.map(cells), latencyMS: latencyMS.map(cells))
    }

    /// Whether any known score is neither 0 nor 1.
    package var isGraded: Bool { scores.contains { !$0.isNaN && $0 != 0 && $0 != 1 } }
}
