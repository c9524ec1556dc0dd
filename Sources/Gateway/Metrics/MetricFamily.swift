/// The kinds of measurement that Prometheus knows and the router uses.
enum MetricKind: String, Sendable {
    case counter
    case gauge
    case histogram
}

/// Counts of measurements by size.
struct MetricHistogram: Sendable {
    /// Upper bounds, ascending; one more bucket takes the rest.
    let bounds: [Double]
    private(set) var counts: [Int]
    private(set) var sum = 0.0

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count + 1)
    }

    /// Seconds, from 50 µs to five minutes.
    static let seconds: [Double] = [
        0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
        60, 300,
    ]

    mutating func add(_ value: Double) {
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        counts[bucket] += 1
        sum += value
    }
}

/// Writes measurements in Prometheus' text format (version 0.0.4).
struct MetricText {
    private(set) var text = ""

    mutating func family(_ name: String, _ kind: MetricKind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)] = [], _ value: Double) {
        text += name + Self.labels(labels) + " " + Self.number(value) + "\n"
    }

    mutating func histogram(_ name: String, _ labels: [(String, String)] = [], _ histogram: MetricHistogram) {
        var running = 0
        for (bound, count) in zip(histogram.bounds, histogram.counts) {
            running += count
            sample(name + "_bucket", labels + [("le", Self.number(bound))], Double(running))
        }
        running += histogram.counts[histogram.bounds.count]
        sample(name + "_bucket", labels + [("le", "+Inf")], Double(running))
        sample(name + "_sum", labels, histogram.sum)
        sample(name + "_count", labels, Double(running))
    }

    private static func labels(_ labels: [(String, String)]) -> String {
        guard !labels.isEmpty else { return "" }
        let parts = labels.map { name, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(name)=\"\(escaped)\""
        }
        return "{" + parts.joined(separator: ",") + "}"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(saturating: value)) : value.description
    }
}
