package import NIOCore
import ProviderClient
package import RoutingEngine
package import WireFormats

/// Reads pieces of feedback and checks them for form: everything that can be said without the store.
package struct FeedbackReading: Sendable {
    /// Never empty; the first is the default.
    package let metrics: [FeedbackMetric]

    package init(metrics: [FeedbackMetric]) {
        self.metrics = metrics
    }

    package static let maxCommentBytes = TextLimit.comment
    package static let maxItems = 10_000

    private static let known: Set<String> = [
        "decision_id", "completion_id", "metric", "value", "source", "comment", "idempotency_key", "observed_at",
    ]

    /// One piece of feedback.
    ///
    /// - Parameter idempotencyKey: of the header; one in the body beats it.
    package func submission(_ item: JSONValue, idempotencyKey: String? = nil) throws(GatewayError) -> FeedbackSubmission
    {
        guard item.kind == .object else { throw .invalidJSON("it is no object") }
        var fields: [String: JSONValue] = [:]
        for (name, value) in item.members {
            if name == "trace_id" { throw .foreignFeedback }
            guard Self.known.contains(name) else { throw .unknownParameter(name) }
            guard fields[name] == nil else { throw .invalidValue(name, "it stands more than once") }
            fields[name] = value
        }
        let metric = try metric(fields["metric"])
        return FeedbackSubmission(
            target: try target(fields), metric: metric.id, value: try value(fields["value"], of: metric),
            source: try source(fields["source"]), comment: try text(fields, "comment", atMost: Self.maxCommentBytes),
            idempotencyKey: try key(fields, header: idempotencyKey), observedAt: try observedAt(fields["observed_at"]))
    }

    private func target(_ fields: [String: JSONValue]) throws(GatewayError) -> FeedbackTarget {
        let decision = try text(fields, "decision_id", atMost: TextLimit.id)
        let completion = try text(fields, "completion_id", atMost: TextLimit.id)
        switch (decision, completion) {
        case (nil, nil): throw .missing("decision_id")
        case (_?, _?):
            throw .invalidValue("completion_id", "exactly one of decision_id and completion_id must be given")
        case (let decision?, nil):
            // What is no id cannot be the id of a decision.
            guard let id = DecisionID(decision) else { throw .decisionNotFound }
            return .decision(id)
        case (nil, let completion?):
            guard !completion.isEmpty else { throw .invalidValue("completion_id", "it is empty") }
            return .completion(completion)
        }
    }

    private func metric(_ field: JSONValue?) throws(GatewayError) -> FeedbackMetric {
        guard let field, !field.isNull else { return metrics[0] }
        guard let id = field.string else { throw .invalidValue("metric", "it must be a string") }
        guard let metric = metrics.first(where: { $0.id == id }) else {
            throw .unknownMetric(id, known: metrics.map(\.id))
        }
        return metric
    }

    private func value(_ field: JSONValue?, of metric: FeedbackMetric) throws(GatewayError) -> FeedbackValue {
        guard let field else { throw .missing("value") }
        if field.isNull { return .retraction }
        switch metric.kind {
        case .boolean:
            guard let yes = field.bool else {
                throw .invalidValue("value", "metric '\(metric.id)' takes true, false or null")
            }
            return .boolean(yes)
        case .scale(let minimum, let maximum):
            guard let number = field.double, number >= minimum, number <= maximum else {
                throw .invalidValue(
                    "value", "metric '\(metric.id)' takes a number from \(minimum) to \(maximum), or null")
            }
            return .number(number)
        }
    }

    private func source(_ field: JSONValue?) throws(GatewayError) -> FeedbackSource {
        guard let field, !field.isNull else { return .user }
        guard let source = field.string.flatMap(FeedbackSource.init) else {
            throw .invalidValue(
                "source", "it must be one of \(FeedbackSource.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return source
    }

    private func key(_ fields: [String: JSONValue], header: String?) throws(GatewayError) -> String? {
        let key = try text(fields, "idempotency_key", atMost: 4 * 255) ?? header
        guard let key else { return nil }
        // Characters, of up to four bytes each: one that is made up of thousands is none.
        guard (1...255).contains(key.count), key.utf8.count <= 4 * 255 else {
            throw .invalidValue("idempotency_key", "it must have 1 to 255 characters")
        }
        return key
    }

    private func observedAt(_ field: JSONValue?) throws(GatewayError) -> Timestamp? {
        guard let field, !field.isNull else { return nil }
        guard let time = field.string.flatMap(RFC3339.microseconds) else {
            throw .invalidValue("observed_at", "it must be an instant of RFC 3339, like 2026-01-02T03:04:05Z")
        }
        return time
    }

    private func text(
        _ fields: [String: JSONValue], _ name: String, atMost limit: Int
    ) throws(GatewayError) -> String? {
        guard let field = fields[name], !field.isNull else { return nil }
        guard let text = field.string else { throw .invalidValue(name, "it must be a string") }
        guard text.utf8.count <= limit else { throw .invalidValue(name, "it is longer than \(limit) bytes") }
        return text
    }

    // MARK: - Batches

    /// The items of a batch; an item that is no JSON is an error of its own.
    ///
    /// - Parameter isLines: whether the body is NDJSON; blank lines are no items.
    /// - Throws: 400 where the body is neither, 413 beyond ``maxItems``.
    package func items(_ body: ByteBuffer, isLines: Bool) throws(GatewayError) -> [Result<JSONValue, GatewayError>] {
        guard isLines else { return try array(body.withoutMark) }
        var items: [Result<JSONValue, GatewayError>] = []
        var rest = body.withoutMark
        while rest.readableBytes > 0 {
            let length = rest.readableBytesView.firstIndex(of: 0x0A).map { $0 - rest.readerIndex } ?? rest.readableBytes
            guard let line = rest.readSlice(length: length) else { break }
            rest.moveReaderIndex(forwardBy: min(1, rest.readableBytes))
            guard line.readableBytesView.contains(where: { $0 > 0x20 }) else { continue }
            guard items.count < Self.maxItems else { throw Self.tooMany }
            do throws(JSONError) {
                items.append(.success(try JSONValue(parsing: line)))
            } catch {
                items.append(.failure(.invalidJSON(error.description)))
            }
        }
        return items
    }

    private func array(_ body: ByteBuffer) throws(GatewayError) -> [Result<JSONValue, GatewayError>] {
        let root: JSONValue
        do {
            root = try JSONValue(parsing: body)
        } catch {
            throw .invalidJSON(error.description)
        }
        guard root.kind == .array else { throw .invalidJSON("it is no array") }
        let elements = root.elements
        guard elements.count <= Self.maxItems else { throw Self.tooMany }
        return elements.map { .success($0) }
    }

    private static let tooMany = GatewayError(
        413, "too_many_items", "A batch holds at most \(maxItems) items; nothing was stored.")
}
