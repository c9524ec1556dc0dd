/// What every arm would have earned on every prompt: `[row][model]` matrices, row-major, NaN where a cell is unknown.
///
/// The file format is DESIGN §9, "Outcome table"; `LogFiles` reads it.
package struct OutcomeTable: Sendable {
    /// Distinct, non-empty.
    package var promptIDs: [String]
    /// Per row; nil when the table has no such column.
    package var categories: [String]?
    package var subcategories: [String]?
    /// Length of each prompt in characters; `nil` entries are unknown.
    package var promptCharacters: [Int?]?
    package var prompts: [String]?
    /// The arms, in the order of their score columns.
    package var models: [String]
    /// In [0, 1].
    package var scores: [Double]
    /// US dollars a request, ≥ 0. Nil when no model has such a column; NaN for the models that lack it.
    package var costsUSD: [Double]?
    package var promptTokens: [Double]?
    package var completionTokens: [Double]?
    package var latencyMS: [Double]?
    /// Columns of the file that look as if they should be read and are not: `latency|MODEL`, `Category`.
    package var ignoredColumns: [String] = []

    package init(
        promptIDs: [String], categories: [String]? = nil, subcategories: [String]? = nil,
        promptCharacters: [Int?]? = nil,
        prompts: [String]? = nil, models: [String], scores: [Double], costsUSD: [Double]? = nil,
        promptTokens: [Double]? = nil, completionTokens: [Double]? = nil, latencyMS: [Double]? = nil
    ) {
        let cells = promptIDs.count * models.count
        precondition(scores.count == cells, "scores are [row][model]")
        for matrix in [costsUSD, promptTokens, completionTokens, latencyMS] {
            precondition(matrix == nil || matrix!.count == cells, "every matrix is [row][model]")
        }
        self.promptIDs = promptIDs
        self.categories = categories
        self.subcategories = subcategories
        self.promptCharacters = promptCharacters
        self.prompts = prompts
        self.models = models
        self.scores = scores
        self.costsUSD = costsUSD
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.latencyMS = latencyMS
    }

    package var rowCount: Int { promptIDs.count }
    package var modelCount: Int { models.count }

    /// Whether some prompt has a known score of two models or more: without, nothing can be compared.
    package var hasComparisons: Bool {
        (0..<rowCount).contains { row in
            scores[row * modelCount..<(row + 1) * modelCount].count { !$0.isNaN } > 1
        }
    }

    /// NaN when unknown.
    package func score(row: Int, model: Int) -> Double { scores[row * models.count + model] }

    /// US dollars; NaN when unknown.
    package func costUSD(row: Int, model: Int) -> Double { costsUSD?[row * models.count + model] ?? .nan }

    /// Milliseconds; NaN when unknown.
    package func latencyMS(row: Int, model: Int) -> Double { latencyMS?[row * models.count + model] ?? .nan }
}
