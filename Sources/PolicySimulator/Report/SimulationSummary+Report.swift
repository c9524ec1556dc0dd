extension SimulationSummary {
    /// Categories whose arm shares are drawn: the busiest.
    private static let categoriesDrawn = 6

    /// `report.html`: everything in one file, nothing loaded from elsewhere.
    package func html() -> String {
        let title = SVG.escape(labels.title)
        let counts =
            "\(labels.rounds) rounds × \(labels.replications) replications, \(labels.arms.count) arms, "
            + "\(labels.categories.count) \(labels.categories.count == 1 ? "category" : "categories"), seed \(labels.seed)"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(title)</title>
            <style>
            body { font: 15px/1.45 system-ui, sans-serif; color: #222; background: #fff; max-width: 1180px; margin: 2em auto; padding: 0 1em }
            h1 { font-size: 1.5em; margin-bottom: 0 } h2 { font-size: 1.15em; margin: 1.8em 0 .4em } p { margin: .3em 0; color: #555 }
            table { border-collapse: collapse; margin: 1em 0 } td, th { padding: .25em .8em; text-align: right; border-bottom: 1px solid #ddd }
            td:first-child, th:first-child { text-align: left } .row { display: flex; flex-wrap: wrap; gap: 14px }
            .key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .35em 0 1em }
            svg text { font-family: system-ui, sans-serif; fill: #333 } .title { font-size: 14px; font-weight: 600 }
            .tick { font-size: 11px } .label { font-size: 12px } .grid { stroke: #e8e8e8 } .level { stroke: #888; stroke-dasharray: 5 4 }
            </style></head><body>
            <h1>\(title)</h1><p>\(counts)</p>
            \(table())
            <p>\(legend(labels.policies))</p>
            <div class="row">\(plots().map { $0.svg() }.joined(separator: "\n"))</div>
            \(shares())
            </body></html>

            """
    }

    private func legend(_ names: [String]) -> String {
        names.enumerated().map {
            "<span class=\"key\" style=\"background:\(Plot.color($0))\"></span>\(SVG.escape($1))"
        }.joined()
    }

    private func table() -> String {
        func cell(_ estimate: MeanEstimate?, _ text: (Double) -> String) -> String {
            guard let estimate else { return "<td>–</td>" }
            let error = labels.replications > 1 ? " ± \(text(estimate.standardError))" : ""
            return "<td>\(text(estimate.mean))\(error)</td>"
        }
        func fixed(_ value: Double) -> String { NumberText.fixed(value, 4) }
        let rows = policies.map { policy in
            "<tr><td>\(SVG.escape(policy.id))</td>\(cell(policy.estimate(\.meanReward), fixed))"
                + cell(policy.estimate(\.meanRewardLastQuarter), fixed)
                + cell(policy.estimate(\.meanCostUSD), NumberText.short) + cell(policy.estimate(\.meanUtility), fixed)
                + cell(policy.estimate(\.cumulativeRegret)) { NumberText.fixed($0, 1) } + "</tr>"
        }
        return "<table><tr><th>policy</th><th>mean reward</th><th>last quarter</th><th>USD/request</th>"
            + "<th>mean utility</th><th>cumulative regret</th></tr>\(rows.joined(separator: "\n"))</table>"
    }

    private func plots() -> [Plot] {
        var plots: [Plot] = []
        if policies.allSatisfy({ $0.curves.last?.regret != nil }) {
            var plot = Plot(
                title: "Cumulative regret (mean, 10–90 % of replications)", xLabel: "round", yLabel: "regret")
            plot.fromZero = true
            plot.lines = lines { $0.regret }
            plots.append(plot)
        }
        var reward = Plot(title: "Mean reward so far", xLabel: "round", yLabel: "reward")
        reward.isLogarithmicX = true
        reward.lines = lines { $0.reward.divided(by: $0.round) }
        plots.append(reward)
        if policies.allSatisfy({ $0.curves.last?.costUSD != nil }) { plots += moneyPlots() }
        return plots
    }

    private func moneyPlots() -> [Plot] {
        var frontier = Plot(
            title: "Reward against cost (± 2 standard errors)", xLabel: "USD a request", yLabel: "mean reward")
        for (index, policy) in policies.enumerated() {
            guard let cost = policy.estimate(\.meanCostUSD), let reward = policy.estimate(\.meanReward) else { continue }
            frontier.marks.append(
                Plot.Mark(
                    name: policy.id, color: index, x: cost.mean, y: reward.mean, errorX: 2 * cost.standardError,
                    errorY: 2 * reward.standardError))
        }
        let costs = frontier.marks.map(\.x).filter { $0 > 0 }
        frontier.isLogarithmicX = costs.count == policies.count && (costs.max() ?? 1) > 20 * (costs.min() ?? 1)
        if frontier.isLogarithmicX {
            for index in frontier.marks.indices { frontier.marks[index].errorX = 0 }
        }
        var spend = Plot(title: "Spend so far", xLabel: "round", yLabel: "USD a request")
        spend.fromZero = true
        spend.lines = lines { $0.costUSD?.divided(by: $0.round) }
        if let budget = labels.budgetUSDPerRequest { spend.level = ("budget", budget) }
        var plots = [frontier, spend]
        if policies.contains(where: { $0.curves.last?.shadowPrice != nil }) {
            var price = Plot(
                title: "Shadow price of the budget", xLabel: "round", yLabel: "points of quality per USD")
            price.fromZero = true
            price.lines = lines { $0.shadowPrice }.filter { !$0.points.isEmpty }
            plots.append(price)
        }
        return plots
    }

    private func lines(_ value: (PolicySummary.Curve) -> CurvePoint?) -> [Plot.Line] {
        policies.enumerated().map { index, policy in
            var line = Plot.Line(name: policy.id, color: index, points: [])
            for curve in policy.curves {
                guard let point = value(curve) else { continue }
                line.points.append((Double(curve.round), point.mean))
                line.band.append((point.low, point.high))
            }
            if labels.replications < 2 { line.band = [] }
            return line
        }
    }

    private func shares() -> String {
        let (rows, columns) = (labels.categories.count, labels.arms.count)
        var traffic = [Int](repeating: 0, count: rows)
        for (index, count) in (policies.first?.choices ?? []).enumerated() { traffic[index / columns % rows] += count }
        let busiest = (0..<rows).sorted { (-traffic[$0], $0) < (-traffic[$1], $1) }.prefix(Self.categoriesDrawn)
        var body = "<h2>Arms chosen over time</h2><p>\(legend(labels.arms))</p>"
        if busiest.count < rows { body += "<p>The \(busiest.count) busiest of \(rows) categories.</p>" }
        for policy in policies {
            body += "<h2>\(SVG.escape(policy.id))</h2><div class=\"row\">"
            for category in busiest {
                let counts = (0..<CheckpointSchedule.bins).map { bin in
                    (0..<columns).map { policy.choices[(bin * rows + category) * columns + $0] }
                }
                body += SharePlot(title: labels.categories[category], counts: counts).svg()
            }
            body += "</div>"
        }
        return body
    }
}

extension CurvePoint {
    func divided(by rounds: Int) -> CurvePoint {
        var result = self
        let count = Double(rounds)
        result.mean /= count
        result.low /= count
        result.median /= count
        result.high /= count
        return result
    }
}
