/// Which arms a policy chose over time in one category: stacked areas, as inline SVG.
struct SharePlot {
    var title: String
    /// `[bin][arm]`.
    var counts: [[Int]]
    var width = 276.0
    var height = 120.0

    func svg() -> String {
        let top = 20.0
        let bottom = height - 6
        var body = "<text x=\"2\" y=\"13\" class=\"tick\">\(SVG.escape(title))</text>"
        // Stretches without a round of this category are left out.
        let filled = counts.enumerated().filter { $0.element.contains { $0 > 0 } }
        guard let arms = counts.first?.count, filled.count > 1 else {
            return SVG.root(width: width, height: height, title: title, body: body)
        }
        func x(_ bin: Int) -> Double { 2 + (width - 4) * (Double(bin) + 0.5) / Double(counts.count) }
        var below = [Double](repeating: 0, count: filled.count)
        for arm in 0..<arms {
            let shares = filled.map { Double($0.element[arm]) / Double($0.element.reduce(0, +)) }
            let above = zip(below, shares).map { $0 + $1 }
            if shares.contains(where: { $0 > 0.001 }) {
                let upper = filled.indices.map { point(x(filled[$0].offset), bottom - above[$0] * (bottom - top)) }
                let lower = filled.indices.reversed().map { point(x(filled[$0].offset), bottom - below[$0] * (bottom - top)) }
                body += "<polygon points=\"\((upper + lower).joined(separator: " "))\" fill=\"\(Plot.color(arm))\"/>"
            }
            below = above
        }
        return SVG.root(width: width, height: height, title: title, body: body)
    }

    private func point(_ x: Double, _ y: Double) -> String { "\(Plot.pixel(x)),\(Plot.pixel(y))" }
}
