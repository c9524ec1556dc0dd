import RealModule

/// A range of values on a line of pixels, with round numbers to mark.
struct Axis {
    let low: Double
    let high: Double
    let isLogarithmic: Bool
    let start: Double
    let end: Double

    /// An axis over some values, with a little room; never empty.
    init(over values: [Double], isLogarithmic: Bool = false, fromZero: Bool = false, start: Double, end: Double) {
        let finite = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
        var low = finite.min() ?? 0
        var high = finite.max() ?? 1
        if fromZero { low = min(0, low) }
        if isLogarithmic {
            if low <= 0 { low = 1 }
            if high <= low { high = low * 10 }
        } else {
            let room = high > low ? 0.04 * (high - low) : max(0.1, 0.1 * abs(high))
            if !fromZero || low < 0 { low -= room }
            high += room
        }
        self.low = low
        self.high = high
        self.isLogarithmic = isLogarithmic
        self.start = start
        self.end = end
    }

    func position(_ value: Double) -> Double {
        let share =
            isLogarithmic
            ? Double.log(max(value, low) / low) / Double.log(high / low) : (value - low) / (high - low)
        return start + share * (end - start)
    }

    /// About five round numbers within the range; powers of ten (and 2 and 5 of few) on a logarithmic axis.
    var ticks: [Double] {
        isLogarithmic ? powers : steps
    }

    private var powers: [Double] {
        let first = Int(saturating: Double.log10(low).rounded(.down))
        let last = Int(saturating: Double.log10(high).rounded(.up))
        let parts = last - first <= 2 ? [1.0, 2, 5] : [1.0]
        return (first...last).flatMap { exponent in parts.map { $0 * Self.power(exponent) } }.filter {
            $0 >= low * 0.999 && $0 <= high * 1.001
        }
    }

    private var steps: [Double] {
        let raw = (high - low) / 5
        let scale = Self.power(Int(saturating: Double.log10(raw).rounded(.down)))
        let step = ([1.0, 2, 5, 10].first { $0 * scale >= raw } ?? 10) * scale
        let first = (low / step).rounded(.up)
        return (0...20).map { (first + Double($0)) * step }.filter { $0 <= high }
    }

    static func power(_ exponent: Int) -> Double {
        var result = 1.0
        for _ in 0..<abs(exponent) { result *= 10 }
        return exponent < 0 ? 1 / result : result
    }
}

/// Numbers as a plot shows them.
enum NumberText {
    /// At most `digits` decimals, without trailing zeros: the same text everywhere.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        let scale = Axis.power(digits)
        let rounded = (abs(value) * scale).rounded()
        guard rounded < 9e15 else { return "\(value)" }
        let units = Int(saturating: rounded)
        var text = "\(units / Int(saturating: scale))"
        if digits > 0 {
            let rest = "\(units % Int(saturating: scale))"
            text += "." + String(repeating: "0", count: digits - rest.count) + rest
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return value < 0 && text != "0" ? "-" + text : text
    }

    /// A few significant digits, with k and M for thousands and millions; powers of ten below a thousandth.
    static func short(_ value: Double) -> String {
        let size = abs(value)
        if size == 0 { return "0" }
        if size >= 1e6 { return fixed(value / 1e6, 2) + "M" }
        if size >= 1e4 { return fixed(value / 1e3, 1) + "k" }
        if size >= 100 { return fixed(value, 0) }
        if size >= 1e-3 { return fixed(value, size >= 1 ? 2 : 4) }
        var exponent = 0
        var scaled = size
        while scaled < 0.9999 {
            scaled *= 10
            exponent -= 1
        }
        return (value < 0 ? "-" : "") + fixed(scaled, 2) + "e\(exponent)"
    }
}
