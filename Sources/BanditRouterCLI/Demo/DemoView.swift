import RoutingEngine

/// One arm in one category, as the demo shows it.
struct DemoCell: Sendable {
    var arm: String
    /// Share of the category's recent requests that the arm served, in [0, 1].
    var share: Double
    /// Posterior mean of the reward and its 95 % credible interval.
    var mean: Double
    var interval: (low: Double, high: Double)
    /// Satisfied answers so far, and answers judged.
    var observations: Double
    /// Expected utility: reward less priced cost and latency.
    var utility: Double
}

/// What the demo shows of one category.
struct DemoRow: Sendable {
    var category: String
    var requests: Int
    var cells: [DemoCell]
    /// The arm with the best true utility, which only the simulation knows.
    var bestArm: String
}

/// Everything on the screen at one moment.
struct DemoScreen: Sendable {
    var rows: [DemoRow]
    var requests: Int
    var feedbacks: Int
    var failures: Int
    var costUSD: Double
    var seconds: Double
    /// Share of the last requests that went to the truly best arm of their category.
    var bestShare: Double
    var address: String
}

/// Draws the demo's state as text: a frame for terminals, one line for everything else.
enum DemoView {
    /// A whole frame, without cursor movements.
    ///
    /// - Parameter columns: width of the terminal; from 80 on no line is longer.
    static func frame(_ screen: DemoScreen, colour: Bool, columns: Int = 110) -> [String] {
        let barWidth = min(24, max(4, columns - 74))
        var lines: [String] = []
        let bold = colour ? "\u{1B}[1m" : ""
        let dim = colour ? "\u{1B}[2m" : ""
        let green = colour ? "\u{1B}[32m" : ""
        let off = colour ? "\u{1B}[0m" : ""
        lines.append(
            "\(bold)BanditRouter learns\(off)  \(dim)\(screen.address) · Ctrl-C ends · the store remembers\(off)")
        lines.append(
            "\(number(screen.requests)) requests  \(number(screen.feedbacks)) feedbacks  \(screen.failures) failures  "
                + "$\(fixed(screen.costUSD, 4)) spent  \(fixed(screen.seconds, 0)) s")
        lines.append(
            "\(bold)\(percent(screen.bestShare))\(off) of the last requests went to the best arm of their category")
        lines.append("")
        for row in screen.rows {
            lines.append("\(bold)\(row.category)\(off) \(dim)(\(number(row.requests)) requests)\(off)")
            for cell in row.cells {
                let isBest = cell.arm == row.bestArm
                let mark = isBest ? "\(green)★\(off)" : " "
                let bar = bar(cell.share, width: barWidth)
                lines.append(
                    "  \(mark) \(pad(cell.arm, 12)) \(isBest ? green : "")\(bar)\(off) \(pad(percent(cell.share), 5, right: true))"
                        + "   reward \(fixed(cell.mean, 2)) [\(fixed(cell.interval.low, 2)), \(fixed(cell.interval.high, 2))]"
                        + "  utility \(fixed(cell.utility, 2))  \(dim)n \(number(Int(saturating: cell.observations)))\(off)"
                )
            }
        }
        lines.append("")
        let legend =
            columns < 108
            ? "★ truly best (only the simulation knows) · bars: last 200 requests a category"
            : "★ the arm that is truly best (known to the simulation only) · bars: share of the last 200 requests a category"
        lines.append(dim + legend + off)
        return lines
    }

    /// Where to look and what to try, with commands that work as they stand.
    static func hints(router: String, provider: String) -> [String] {
        let json = "-H 'Content-Type: application/json' -d"
        let question = #"{"messages": [{"role": "user", "content": "Solve 3x + 4 = 19"}]}"#
        return [
            "Dashboard            \(router)/dashboard",
            #"Make a model worse   curl \#(provider)/_quality -d '{"model": "sim-large", "quality": 0.2}'"#,
            "  and good again     curl -X DELETE \(provider)/_quality",
            "Take a model down    curl \(provider)/_script -d "
                + #"'{"model": "sim-large", "plans": [{"status": 503, "times": 0}]}'"#,
            "  and up again       curl -X DELETE \(provider)/_script",
            "Ask yourself         curl -i \(router)/v1/chat/completions \(json) '\(question)'",
            #"  and judge it       curl \#(router)/v1/feedback \#(json) '{"decision_id": "…", "value": true}'"#,
        ]
    }

    /// One line, for logs and pipes.
    static func line(_ screen: DemoScreen) -> String {
        let rows = screen.rows.map { row in
            let cells = row.cells.map { "\($0.arm) \(percent($0.share)) r=\(fixed($0.mean, 2))" }.joined(
                separator: ", ")
            return "\(row.category): \(cells)"
        }
        return "\(fixed(screen.seconds, 0))s \(screen.requests) requests, best arm \(percent(screen.bestShare)) | "
            + rows.joined(separator: " | ")
    }

    static func bar(_ share: Double, width: Int) -> String {
        let full = Int(saturating: (min(max(share, 0), 1) * Double(width)).rounded())
        return String(repeating: "█", count: full) + String(repeating: "·", count: width - full)
    }

    static func percent(_ share: Double) -> String { "\(Int(saturating: (share * 100).rounded()))%" }

    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return "–" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int(saturating: (abs(value) * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let whole = String(scaled / Int(saturating: scale))
        guard digits > 0 else { return sign + whole }
        let fraction = String(scaled % Int(saturating: scale))
        return sign + whole + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    private static func number(_ value: Int) -> String {
        var digits = Array(String(value))
        var at = digits.count - 3
        while at > 0 {
            digits.insert(",", at: at)
            at -= 3
        }
        return String(digits)
    }

    private static func pad(_ text: String, _ width: Int, right: Bool = false) -> String {
        let missing = String(repeating: " ", count: max(0, width - text.count))
        return right ? missing + text : text + missing
    }
}
