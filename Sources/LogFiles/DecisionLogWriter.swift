package import OffPolicy
import WireFormats

/// Writes a decision log as JSON lines, zipped when the name ends in `.gz`. Call ``close()``.
package final class DecisionLogWriter {
    private let writer: GzipWriter
    private var line: [UInt8] = []

    package convenience init(path: String) throws(InputError) { self.init(try GzipWriter(path: path)) }

    package init(_ writer: GzipWriter) { self.writer = writer }

    /// - Parameter more: further members of the line's object, as JSON text without the comma before them; readers that do not know
    ///   them pass over them.
    package func write(_ decision: LoggedDecision, more: [UInt8] = []) throws(InputError) {
        line.removeAll(keepingCapacity: true)
        line.append(0x7b)
        append("decision_id", decision.id)
        if let time = decision.timeMicroseconds { append("time", RFC3339.text(microseconds: time)) }
        if let route = decision.route { append("route", route) }
        if let category = decision.category { append("category", category) }
        append("kind", decision.kind.rawValue)
        key("arms")
        list(decision.arms) { JSONString.append($0, to: &$1) }
        if let probabilities = decision.probabilities {
            key("probabilities")
            list(probabilities) { Self.number($0, into: &$1) }
        }
        append("arm", decision.arm)
        if let propensity = decision.propensity { append("propensity", propensity) }
        if let servedArm = decision.servedArm { append("served_arm", servedArm) }
        append("reward", decision.reward)
        if let time = decision.rewardTimeMicroseconds { append("reward_time", RFC3339.text(microseconds: time)) }
        if let cost = decision.costUSD { append("cost_usd", cost) }
        if let latency = decision.latencyMS { append("latency_ms", latency) }
        if let session = decision.session { append("session_id", session) }
        if !decision.targetProbabilities.isEmpty {
            key("target_probabilities")
            line.append(0x7b)
            var isFirst = true
            for (name, values) in decision.targetProbabilities.sorted(by: { $0.key < $1.key }) {
                if !isFirst { line.append(0x2c) }
                isFirst = false
                JSONString.append(name, to: &line)
                line.append(0x3a)
                list(values) { Self.number($0, into: &$1) }
            }
            line.append(0x7d)
        }
        if !more.isEmpty {
            line.append(0x2c)
            line += more
        }
        line.append(0x7d)
        line.append(0x0a)
        try writer.write(line)
    }

    package func close() throws(InputError) { try writer.close() }

    private func key(_ name: String) {
        if line.last != 0x7b { line.append(0x2c) }
        JSONString.append(name, to: &line)
        line.append(0x3a)
    }

    private func append(_ name: String, _ text: String) {
        key(name)
        JSONString.append(text, to: &line)
    }

    private func append(_ name: String, _ value: Double?) {
        key(name)
        if let value { Self.number(value, into: &line) } else { line.append(contentsOf: "null".utf8) }
    }

    private func list<T>(_ items: [T], _ write: (T, inout [UInt8]) -> Void) {
        line.append(0x5b)
        for (index, item) in items.enumerated() {
            if index > 0 { line.append(0x2c) }
            write(item, &line)
        }
        line.append(0x5d)
    }

    /// The shortest digits that read back as the same double.
    private static func number(_ value: Double, into line: inout [UInt8]) {
        precondition(value.isFinite, "JSON has no number for \(value)")
        line.append(contentsOf: "\(value)".utf8)
    }
}
