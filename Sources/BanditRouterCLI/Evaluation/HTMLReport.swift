import Foundation
import OffPolicy

/// The report as one page without any other file: estimates with intervals, weights, calibration, effective size over the log, value
/// by category, learning curves.
struct HTMLReport {
    private let report: EvaluationReport

    init(_ report: EvaluationReport) { self.report = report }

    var page: String {
        let body = [
            header, headlines, verdicts, companions, estimates, differences, categories, effectiveSizes, weights,
            calibration, learning,
            numbers,
        ]
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">\
            <title>Offline evaluation</title><style>\(Self.style)</style></head>
            <body><main>\(body.joined(separator: "\n"))</main></body></html>

            """
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1f2328;--page:#fff;--card:#f6f8fa;--line:#d0d7de;--ok:#136c2e;--weak:#8a4b00;--refused:#b3261e;
        --c0:#1a63c9;--c1:#b85400;--c2:#13772f;--c3:#8430ce;--c4:#b80672;--c5:#0b7285}
        @media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--page:#0d1117;--card:#161b22;--line:#30363d;--ok:#5fd37f;--weak:#f0b429;
        --refused:#ff8b83;--c0:#79b0ff;--c1:#ffa657;--c2:#6fdd8b;--c3:#cf9fff;--c4:#ff8fc7;--c5:#5fd0dd}}
        *{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;margin:0;background:var(--page);color:var(--ink)}
        main{max-width:860px;margin:0 auto;padding:1.5rem 1rem 3rem}h1{margin:.2em 0}h2{margin:2rem 0 .3rem}code{font-size:.95em}
        .wide{overflow-x:auto;margin:.5rem 0}svg.plot{display:block;width:100%;min-width:600px;height:auto}
        text{font-size:13px;fill:var(--ink)}text.head{font-weight:600}
        .grid{stroke:var(--ink);stroke-opacity:.14}.rule{stroke:var(--ink);stroke-dasharray:4 3;stroke-opacity:.7}
        .bar{stroke-width:3}.line{fill:none!important;stroke-width:2.2}.d1{stroke-dasharray:7 4}.d2{stroke-dasharray:2 3}
        table{border-collapse:collapse;width:100%;font-size:14px}
        td,th{padding:.25rem .6rem .25rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
        .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        .headlines{list-style:none;margin:1rem 0;padding:0}.headlines li{background:var(--card);border-left:5px solid var(--line);
        border-radius:6px;margin:.5rem 0;padding:.6rem .8rem;overflow-wrap:anywhere}
        .headlines .ok{border-color:var(--ok)}.headlines .weak{border-color:var(--weak)}.headlines .refused{border-color:var(--refused)}
        td.ok{color:var(--ok);font-weight:600}td.weak{color:var(--weak);font-weight:600}td.refused{color:var(--refused);font-weight:600}
        td.why{min-width:11rem}.warnings{padding-left:1.2rem}
        \((0..<SVGPlot.colors).map { ".c\($0){fill:var(--c\($0));stroke:var(--c\($0))}" }.joined())
        .key{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin:.5rem 0;font-size:15px}.key span{display:inline-flex;align-items:center;gap:.4rem}
        .key svg{width:26px;height:12px;flex:none}
        @media (max-width:600px){body{font-size:15px}main{padding:1rem .8rem 2rem}h1{font-size:1.5rem}h2{font-size:1.2rem}}
        """

    private var shown: [EvaluationReport.Judgement] { report.judgements }

    private func key(_ names: [String]) -> String {
        let items = names.enumerated().map { index, name in
            "<span><svg viewBox=\"0 0 26 12\"><line class=\"\(SVGPlot.series(index)) bar\" x1=\"1\" x2=\"25\" y1=\"6\" y2=\"6\"/>"
                + "<circle class=\"\(SVGPlot.series(index))\" cx=\"13\" cy=\"6\" r=\"4\"/></svg>\(SVGPlot.escape(name))</span>"
        }
        return "<p class=\"key\">\(items.joined())</p>"
    }

    private static func table(_ head: String, _ rows: [String]) -> String {
        "<div class=\"wide\"><table><tr>\(head)</tr>\(rows.joined())</table></div>"
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

    /// What it comes to, before anything else.
    private var headlines: String {
        let items = zip(shown, Headline(report).sentences).map { judgement, sentence in
            "<li class=\"\(judgement.diagnostics.verdict.rawValue)\">\(Self.code(sentence))</li>"
        }
        let warnings = report.warnings.map { "<li>\(SVGPlot.escape($0))</li>" }
        let gates = report.gates.map { outcome in
            "<li class=\"\(outcome.isShown ? "ok" : "refused")\"><b>\(SVGPlot.escape(outcome.gate.text))</b>: "
                + "\(outcome.isShown ? "shown" : "not shown") by \(outcome.estimator), \(SVGPlot.escape(outcome.reason))</li>"
        }
        return "<ul class=\"headlines\">\(items.joined())\(gates.joined())</ul>"
            + (warnings.isEmpty ? "" : "<ul class=\"warnings\">\(warnings.joined())</ul>")
    }

    /// What stands between backticks is code.
    private static func code(_ text: String) -> String {
        SVGPlot.escape(text).split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, part in
            index % 2 == 1 ? "<code>\(part)</code>" : String(part)
        }.joined()
    }

    private var verdicts: String {
        let rows = shown.map { judgement in
            let found = judgement.diagnostics
            let reasons = found.reasons.map(SVGPlot.escape).joined(separator: "<br>")
            return String(
                format:
                    "<tr><td>%@</td><td class=\"%@\">%@</td><td class=\"why\">%@</td><td class=\"n\">%.1f</td><td class=\"n\">%.4g</td><td class=\"n\">%.6g</td></tr>",
                SVGPlot.escape(judgement.policy), found.verdict.rawValue, found.verdict.rawValue, reasons,
                found.effectiveSampleSize, found.maximumWeight, found.meanWeight)
        }
        return section(
            "Can this log judge them?", "A refused policy has no numbers: the log does not hold the answer.",
            Self.table(
                "<th>policy</th><th>verdict</th><th>why</th><th class=\"n\">effective n</th><th class=\"n\">largest weight</th>"
                    + "<th class=\"n\">mean weight</th>", rows)
        )
    }

    private var estimates: String {
        intervals("Estimates", "Dots are values, bars intervals.", shown.map { ($0.policy, $0.estimates) }, zero: false)
    }

    /// What policies cost and how long they take, where the log knows.
    private var companions: String {
        let rows = shown.flatMap { judgement in
            judgement.companions.map { found in
                String(
                    format:
                        "<tr><td>%@</td><td>%@</td><td class=\"n\">%.5g</td><td class=\"n\">%.5g … %.5g</td><td class=\"n\">%+.5g</td><td class=\"n\">%+.5g … %+.5g</td></tr>",
                    SVGPlot.escape(judgement.policy), found.quantity.rawValue, found.value, found.interval.low,
                    found.interval.high, found.difference, found.differenceInterval.low, found.differenceInterval.high)
            }
        }
        guard !rows.isEmpty else { return "" }
        return section(
            "Cost and latency", "A decision, and less what was logged; rated or not.",
            Self.table(
                "<th>policy</th><th>of</th><th class=\"n\">mean</th><th class=\"n\">interval</th><th class=\"n\">less logged</th>"
                    + "<th class=\"n\">interval</th>", rows))
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
        // A heading a group.
        var count = groups.count
        for estimate in groups.flatMap(\.1) {
            guard let value = estimate.value else { continue }
            ends += [value, estimate.interval?.low, estimate.interval?.high].compactMap { $0 }.filter(\.isFinite)
            count += 1
        }
        guard let low = ends.min(), let high = ends.max(), count > groups.count else {
            return section(title, "Nothing to show: every policy is refused.")
        }
        let pad = max(1e-9, (high - low) * 0.03)
        var plot = SVGPlot(height: Double(count) * 20 + 60, x: (low - pad, high + pad), y: (Double(count) + 0.2, -0.8))
        plot.axes(xTitle: title.lowercased(), yTicks: false)
        if zero { plot.rule(x: 0) }
        var row = 0.0
        for (group, (name, estimates)) in groups.enumerated() {
            plot.heading(row: row, name: name)
            row += 1
            for estimate in estimates {
                guard let value = estimate.value else { continue }
                plot.bar(
                    row: row, name: "\(estimate.estimator) (\(estimate.method))", value: value,
                    low: estimate.interval?.low, high: estimate.interval?.high, color: group)
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
            height: Double(rows.count) * 17 + 60, x: (values.min()!, values.max()!), y: (Double(rows.count) + 0.2, -0.8)
        )
        plot.axes(xTitle: "value by dr", yTicks: false)
        for (row, item) in rows.enumerated() {
            let isFirst = row == 0 || rows[row - 1].0 != item.0
            plot.bar(
                row: Double(row), name: isFirst ? item.0 : "", value: item.2.value,
                low: item.2.value - 1.96 * item.2.standardError,
                high: item.2.value + 1.96 * item.2.standardError, color: item.1)
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
            plot.line(points, color: index)
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
            for bin in bins { plot.column(from: bin.low, to: bin.high, height: bin.share, color: index) }
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
        let tallies = report.log.tallies
        let rows = tallies.indices.map { arm in
            let tally = tallies[arm]
            return String(
                format:
                    "<tr><td>%@</td><td class=\"n\">%d</td><td class=\"n\">%d</td><td class=\"n\">%.1f</td><td class=\"n\">%@</td><td class=\"n\">%d</td></tr>",
                SVGPlot.escape(report.log.names.arms[arm]), tally.eligibleRows, tally.draws, tally.expectedDraws,
                tally.zScore.map { String(format: "%+.1f", $0) } ?? "–", tally.withoutReward)
        }
        return section(
            "Calibration", "Arms should be drawn as often as their probabilities say.", plot.svg,
            Self.table(
                "<th>arm</th><th class=\"n\">eligible</th><th class=\"n\">drawn</th><th class=\"n\">expected</th><th class=\"n\">z</th>"
                    + "<th class=\"n\">without reward</th>", rows)
        )
    }

    private var learning: String {
        shown.enumerated().compactMap { index, judgement in
            guard let learning = judgement.learning, let last = learning.checkpoints.last else { return nil }
            var value = SVGPlot(
                height: 220, x: (0, Double(last.accepted)), y: Self.span(learning.checkpoints.map(\.meanReward)))
            value.axes(xTitle: "accepted rows: mean reward so far")
            value.line(learning.checkpoints.map { (Double($0.accepted), $0.meanReward) }, color: index)
            var shares = SVGPlot(height: 220, x: (0, Double(last.accepted)), y: (0, 1))
            shares.axes(xTitle: "accepted rows: share of each arm")
            for arm in last.shares.indices {
                shares.line(learning.checkpoints.map { (Double($0.accepted), $0.shares[arm]) }, color: arm)
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
            Self.table(
                "<th>policy</th><th>estimator</th><th class=\"n\">value</th><th class=\"n\">± se</th><th class=\"n\">low</th>"
                    + "<th class=\"n\">high</th><th>interval</th>", rows)
        )
    }
}
