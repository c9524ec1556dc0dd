import Foundation

/// Small drawings for pages: axes, dots with bars, lines, columns, in inline SVG without scripts.
struct SVGPlot {
    static let width = 720.0
    private static let left = 190.0
    private static let right = 20.0
    private static let bottom = 34.0
    private static let top = 10.0

    private let height: Double
    private let xRange: (low: Double, high: Double)
    private let yRange: (low: Double, high: Double)
    private var marks: [String] = []

    /// Ranges that are empty are widened; one that falls runs from top to bottom.
    init(height: Double, x: (Double, Double), y: (Double, Double)) {
        self.height = height
        xRange = Self.widened(x)
        yRange = Self.widened(y)
    }

    private static func widened(_ range: (Double, Double)) -> (Double, Double) {
        let (low, high) = (range.0.isFinite ? range.0 : 0, range.1.isFinite ? range.1 : 1)
        return high != low ? (low, high) : (low - 0.5, low + 0.5)
    }

    private func x(_ value: Double) -> Double {
        Self.left + (value - xRange.low) / (xRange.high - xRange.low) * (Self.width - Self.left - Self.right)
    }

    private func y(_ value: Double) -> Double {
        height - Self.bottom - (value - yRange.low) / (yRange.high - yRange.low) * (height - Self.bottom - Self.top)
    }

    mutating func axes(xTitle: String, format: (Double) -> String = SVGPlot.number, yTicks: Bool = true) {
        for tick in Self.ticks(xRange) {
            let at = Self.short(x(tick))
            marks.append(
                "<line class=\"grid\" x1=\"\(at)\" x2=\"\(at)\" y1=\"\(Self.top)\" y2=\"\(Self.short(height - Self.bottom))\"/>"
            )
            marks.append(
                "<text x=\"\(at)\" y=\"\(Self.short(height - 18))\" text-anchor=\"middle\">\(Self.escape(format(tick)))</text>"
            )
        }
        if yTicks {
            for tick in Self.ticks(yRange) {
                let at = Self.short(y(tick))
                marks.append(
                    "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" y1=\"\(at)\" y2=\"\(at)\"/>"
                )
                marks.append(
                    "<text x=\"\(Self.left - 6)\" y=\"\(at)\" text-anchor=\"end\" dy=\"4\">\(Self.number(tick))</text>")
            }
        }
        marks.append(
            "<text x=\"\(Self.short((Self.left + Self.width) / 2))\" y=\"\(Self.short(height - 3))\" text-anchor=\"middle\" class=\"title\">\(Self.escape(xTitle))</text>"
        )
    }

    /// A dot with a bar, named at the left, on row `row`.
    mutating func bar(row: Double, name: String, value: Double, low: Double?, high: Double?, color: Int) {
        let at = Self.short(y(row))
        if let low, let high {
            marks.append(
                "<line class=\"\(Self.series(color)) bar\" x1=\"\(Self.short(x(low)))\" x2=\"\(Self.short(x(high)))\" y1=\"\(at)\" y2=\"\(at)\"/>"
            )
        }
        marks.append("<circle class=\"\(Self.series(color))\" cx=\"\(Self.short(x(value)))\" cy=\"\(at)\" r=\"3.5\"/>")
        marks.append(
            "<text x=\"\(Self.left - 6)\" y=\"\(at)\" text-anchor=\"end\" dy=\"4\">\(Self.escape(Self.shortened(name, 26)))</text>"
        )
    }

    /// Colours there are; further series have them dashed.
    static let colors = 6

    /// The class of the n-th series.
    static func series(_ index: Int) -> String {
        let dash = index / colors % 3
        return dash == 0 ? "c\(index % colors)" : "c\(index % colors) d\(dash)"
    }

    /// A name above the rows that belong to it.
    mutating func heading(row: Double, name: String) {
        marks.append(
            "<text class=\"head\" x=\"4\" y=\"\(Self.short(y(row)))\" dy=\"4\">\(Self.escape(Self.shortened(name, 60)))</text>"
        )
    }

    /// Names longer than their room lose their middle.
    private static func shortened(_ name: String, _ limit: Int) -> String {
        guard name.count > limit else { return name }
        return "\(name.prefix(limit / 2))…\(name.suffix(limit - limit / 2 - 1))"
    }

    mutating func line(_ points: [(Double, Double)], color: Int) {
        guard !points.isEmpty else { return }
        let path = points.map { "\(Self.short(x($0.0))),\(Self.short(y($0.1)))" }.joined(separator: " ")
        marks.append("<polyline class=\"\(Self.series(color)) line\" points=\"\(path)\"/>")
    }

    mutating func column(from low: Double, to high: Double, height value: Double, color: Int) {
        let top = y(value)
        marks.append(
            "<rect class=\"\(Self.series(color))\" x=\"\(Self.short(x(low) + 0.5))\" width=\"\(Self.short(max(0.5, x(high) - x(low) - 1)))\" "
                + "y=\"\(Self.short(top))\" height=\"\(Self.short(max(0, y(yRange.low) - top)))\"/>")
    }

    mutating func rule(x value: Double) {
        guard value >= xRange.low, value <= xRange.high else { return }
        marks.append(
            "<line class=\"rule\" x1=\"\(Self.short(x(value)))\" x2=\"\(Self.short(x(value)))\" y1=\"\(Self.top)\" y2=\"\(Self.short(height - Self.bottom))\"/>"
        )
    }

    var svg: String {
        "<div class=\"wide\"><svg viewBox=\"0 0 \(Int(saturating: Self.width)) \(Int(saturating: height))\" class=\"plot\" role=\"img\">\(marks.joined())</svg></div>"
    }

    // MARK: Words and numbers

    /// About six round values within a range.
    static func ticks(_ range: (low: Double, high: Double)) -> [Double] {
        let raw = (range.high - range.low) / 6
        let power = pow(10, floor(log10(raw)))
        let step = [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= raw } ?? raw
        let first = Int(saturating: (range.low / step).rounded(.up))
        let last = Int(saturating: (range.high / step).rounded(.down))
        return first <= last ? (first...last).map { Double($0) * step } : []
    }

    static func number(_ value: Double) -> String { String(format: "%.4g", value) }
    private static func short(_ value: Double) -> String { String(format: "%.1f", value) }

    static func escape(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }
}
