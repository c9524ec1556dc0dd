import OffPolicy

/// A page with the report's figures.
struct HTMLReport {
    private let report: EvaluationReport

    init(_ report: EvaluationReport) { self.report = report }

    var page: String { "<!doctype html>" }
}
