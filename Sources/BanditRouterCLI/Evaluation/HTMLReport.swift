import Foundation
import OffPolicy

/// The report as one page without any other file: estimates with intervals, weights, calibration, effective size over the log, value
/// by category, learning curves.
struct HTMLReport {
    private let report: EvaluationReport

    init(_ report: EvaluationReport) { self.report = report }

    var page: String {
        let body = [
            header, verdicts, estimates, differences, categories, effectiveSizes, weights, calibration, learning,
            numbers,
        ]
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>Offline evaluation</title><style>\(Self.style)</style></head>
            <body><main>\(body.joined(separator: "\n"))</main></body></html>

            """
    }

    private static let style = """
        :root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:0;background:Canvas;color:CanvasText}
        main{max-width:780px;margin:2rem auto;padding:0 1rem}svg{width:100%;height:auto}text{font-size:11px;fill:currentColor}
        .grid{stroke:currentColor;stroke-opacity:.12}.rule{stroke:currentColor;stroke-dasharray:4 3;stroke-opacity:.6}
        .bar{stroke-width:2.5}.line{fill:none!important;stroke-width:1.8}table{border-collapse:collapse;width:100%;font-size:13px}
        td,th{padding:.2rem .5rem;text-align:left;border-bottom:1px solid color-mix(in srgb,currentColor 15%,transparent)}
        .n{text-align:right;font-variant-numeric:tabular-nums}.refused{color:#c5221f}.weak{color:#b06000}.ok{color:#188038}
        .c0{fill:#1a73e8;stroke:#1a73e8}.c1{fill:#e8710a;stroke:#e8710a}.c2{fill:#188038;stroke:#188038}.c3{fill:#9334e6;stroke:#9334e6}
        .c4{fill:#d01884;stroke:#d01884}.c5{fill:#129eaf;stroke:#129eaf}.key span{margin-right:1rem}.key svg{width:10px;height:10px}
        """

    private var shown: [EvaluationReport.Judgement] { report.judgements }

    private func key(_ names: [String]) -> String {
        let items = names.enumerated().map { index, name in
            "<span><svg viewBox=\"0 0 10 10\"><circle class=\"c\(index % 6)\" cx=\"5\" cy=\"5\" r=\"4\"/></svg> \(SVGPlot.escape(name))</span>"
        }
        return "<p class=\"key\">\(items.joined())</p>"
    }

    private func section(_ title: String, _ text: String, _ parts: String...) -> String {
        "<h2>\(title)</h2><p>\(text)</p>" + parts.joined()
    }

    private var header: String {
        let counts = report.log.counts
        return """
            <h1>Offline evaluation</h1><p>\(SVGPlot.escape((report.call.log as NSString).lastPathComponent)): \(counts.rows) decisions, \
            \(report.range.count) used; \(counts.sticky) sticky, \(counts.pinned) pinned, \(counts.withoutReward) without a reward and \
            \(counts.skippedInvalid) invalid left out. \(report.log.names.arms.count) arms, \(report.log.names.categories.count) categories.</p>\
            \(report.log.notes.map { "<p>\(SVGPlot.escape($0))</p>" }.joined())
            """
    }

    private var verdicts: String {
        let rows = shown.map { judgement in
            let found = judgement.diagnostics
            let reasons = found.reasons.map(SVGPlot.escape).joined(separator: "<br>")
            return String(
                format:
                    "<tr><td>%@</td><td class=\"%@\">%@</td><td class=\"n\">%.1f</td><td class=\"n\">%.4g</td><td class=\"n\">%.4f</td><td>%@</td></tr>",
                SVGPlot.escape(judgement.policy), found.verdict.rawValue, found.verdict.rawValue,
                found.effectiveSampleSize,
                found.maximumWeight, found.meanWeight, reasons)
        }
        return section(
            "Can this log judge them?", "A refused policy has no numbers: the log does not hold the answer.",
            "<table><tr><th>policy</th><th>verdict</th><th class=\"n\">effective n</th><th class=\"n\">largest weight</th><th class=\"n\">mean weight</th><th>why</th></tr>\(rows.joined())</table>"
        )
    }

    private var estimates: String {
        intervals("Estimates", "Dots are values, bars intervals.", shown.map { ($0.policy, $0.estimates) }, zero: false)
    }

    private var differences: String {
        guard !report.comparisons.isEmpty else { return "" }
        return intervals(
            "Differences", "Rows are paired; the dashed line is no difference.",
            report.comparisons.map { ("\($0.policy) − \($0.baseline)", $0.estimates) }, zero: true)
    }

    private func intervals(
        _ title: String, _ text: String, _ groups: [(String, [EvaluationReport.Estimate])], zero: Bool
    ) -> String {
        var ends: [Double] = zero ? [0] : []
        var count = 0
        for estimate in groups.flatMap(\.1) {
            guard let value = estimate.value else { continue }
            ends += [value, estimate.interval?.low, estimate.interval?.high].compactMap { $0 }.filter(\.isFinite)
            count += 1
        }
        guard let low = ends.min(), let high = ends.max(), count > 0 else {
            return section(title, "Nothing to show: every policy is refused.")
        }
        let pad = max(1e-9, (high - low) * 0.03)
        var plot = SVGPlot(height: Double(count) * 17 + 60, x: (low - pad, high + pad), y: (Double(count) + 0.2, -0.8))
        plot.axes(xTitle: title.lowercased(), yTicks: false)
        if zero { plot.rule(x: 0) }
        var row = 0.0
        for (group, (_, estimates)) in groups.enumerated() {
            for estimate in estimates {
                guard let value = estimate.value else { continue }
                plot.bar(
                    row: row, name: "\(estimate.estimator) (\(estimate.method))", value: value,
                    low: estimate.interval?.low, high: estimate.interval?.high,
                    color: group % 6)
                row += 1
            }
        }
        return section(title, text, key(groups.map(\.0)), plot.svg)
    }

    private var evaluated: [(index: Int, evaluation: PolicyEvaluation)] {
        shown.enumerated().compactMap { index, judgement in
            judgement.isRefused && !report.call.printsRefused ? nil : judgement.evaluation.map { (index, $0) }
        }
    }

    private var categories: String {
        guard report.log.names.categories.count > 1 else { return "" }
        var rows: [(String, Int, CategoryValue)] = []
        for (index, evaluation) in evaluated {
            for value in CategoryValue.all(evaluation) {
                rows.append((report.log.names.categories[value.category], index, value))
            }
        }
        rows.sort { ($0.0, $0.1) < ($1.0, $1.1) }
        guard rows.count > 1, rows.count <= 600 else { return "" }
        let values = rows.flatMap { [$0.2.value - 2 * $0.2.standardError, $0.2.value + 2 * $0.2.standardError] }
        var plot = SVGPlot(
            height: Double(rows.count) * 14 + 60, x: (values.min()!, values.max()!), y: (Double(rows.count) + 0.2, -0.8)
        )
        plot.axes(xTitle: "value by dr", yTicks: false)
        for (row, item) in rows.enumerated() {
            let isFirst = row == 0 || rows[row - 1].0 != item.0
            plot.bar(
                row: Double(row), name: isFirst ? item.0 : "", value: item.2.value,
                low: item.2.value - 1.96 * item.2.standardError,
                high: item.2.value + 1.96 * item.2.standardError, color: item.1 % 6)
        }
        return section("Value by category", "By dr, with normal 95 % intervals.", key(shown.map(\.policy)), plot.svg)
    }

    private var effectiveSizes: String {
        let all = evaluated
        guard let rows = all.first?.evaluation.range.count else { return "" }
        var plot = SVGPlot(height: 240, x: (0, Double(rows)), y: (0, 1.02))
        plot.axes(xTitle: "rows of the log")
        for (index, evaluation) in all {
            let points = LogFigures.effectiveShares(evaluation.weights.values, points: 100).map {
                (Double($0.rows), $0.share)
            }
            plot.line(points, color: index % 6)
        }
        return section(
            "Effective sample size over the log",
            "As a share of the rows so far. A fall is a stretch of the log that says little about the policy.",
            key(shown.map(\.policy)), plot.svg)
    }

    private var weights: String {
        let parts = evaluated.filter { $0.evaluation.weights.largest > 1.000001 }.map { index, evaluation in
            let bins = LogFigures.weightHistogram(evaluation.weights.values)
            var plot = SVGPlot(
                height: 170, x: (bins.first?.low ?? 0, bins.last?.high ?? 1), y: (0, bins.map(\.share).max() ?? 1))
            plot.axes(xTitle: "weight, \(shown[index].policy) (logarithm to base 10; zeros at the left)")
            for bin in bins { plot.column(from: bin.low, to: bin.high, height: bin.share, color: index % 6) }
            return plot.svg
        }
        return parts.isEmpty ? "" : section("Weights", "Share of the rows by importance weight.", parts.joined())
    }

    private var calibration: String {
        let bins = report.log.calibration.filter { $0.count > 0 }
        guard !bins.isEmpty else {
            return section("Calibration", "The log has no probabilities of the arms that were not drawn.")
        }
        var plot = SVGPlot(height: 300, x: (0, 1), y: (0, 1))
        plot.axes(xTitle: "logged probability (tenths) against share drawn")
        plot.line([(0, 0), (1, 1)], color: 5)
        plot.line(bins.map { ($0.probability / $0.count, $0.drawn / $0.count) }, color: 0)
        let rows = report.log.tallies.indices.map { arm in
            let tally = report.log.tallies[arm]
            return String(
                format:
                    "<tr><td>%@</td><td class=\"n\">%d</td><td class=\"n\">%d</td><td class=\"n\">%.1f</td><td class=\"n\">%@</td><td class=\"n\">%d</td></tr>",
                SVGPlot.escape(report.log.names.arms[arm]), tally.eligibleRows, tally.draws, tally.expectedDraws,
                tally.zScore.map { String(format: "%+.1f", $0) } ?? "–", tally.withoutReward)
        }
        return section(
            "Calibration", "Arms should be drawn as often as their probabilities say.", plot.svg,
            "<table><tr><th>arm</th><th class=\"n\">eligible</th><th class=\"n\">drawn</th><th class=\"n\">expected</th><th class=\"n\">z</th><th class=\"n\">without reward</th></tr>\(rows.joined())</table>"
        )
    }

    private var learning: String {
        shown.enumerated().compactMap { index, judgement in
            guard let learning = judgement.learning, let last = learning.checkpoints.last else { return nil }
            var value = SVGPlot(
                height: 220, x: (0, Double(last.accepted)), y: Self.span(learning.checkpoints.map(\.meanReward)))
            value.axes(xTitle: "accepted rows: mean reward so far")
            value.line(learning.checkpoints.map { (Double($0.accepted), $0.meanReward) }, color: index % 6)
            var shares = SVGPlot(height: 220, x: (0, Double(last.accepted)), y: (0, 1))
            shares.axes(xTitle: "accepted rows: share of each arm")
            for arm in last.shares.indices {
                shares.line(learning.checkpoints.map { (Double($0.accepted), $0.shares[arm]) }, color: arm % 6)
            }
            return section(
                "\(SVGPlot.escape(judgement.policy)), learning", "The first of \(learning.replays.count) replays.",
                value.svg, key(report.log.names.arms), shares.svg)
        }.joined()
    }

    private static func span(_ values: [Double]) -> (Double, Double) { (values.min() ?? 0, values.max() ?? 1) }

    private var numbers: String {
        let rows = shown.flatMap { judgement in
            judgement.estimates.map { estimate in
                func text(_ value: Double?) -> String { value.map { String(format: "%.5f", $0) } ?? "–" }
                return
                    "<tr><td>\(SVGPlot.escape(judgement.policy))</td><td>\(estimate.estimator)</td><td class=\"n\">\(text(estimate.value))</td><td class=\"n\">\(text(estimate.standardError))</td><td class=\"n\">\(text(estimate.interval?.low))</td><td class=\"n\">\(text(estimate.interval?.high))</td><td>\(estimate.method)\(estimate.caveat.map { "; " + SVGPlot.escape($0) } ?? "")</td></tr>"
            }
        }
        return section(
            "All numbers", "Confidence \(report.call.settings.confidence).",
            "<table><tr><th>policy</th><th>estimator</th><th class=\"n\">value</th><th class=\"n\">± se</th><th class=\"n\">low</th><th class=\"n\">high</th><th>interval</th></tr>\(rows.joined())</table>"
        )
    }
}
