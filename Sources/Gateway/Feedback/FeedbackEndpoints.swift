import DecisionStore
import HTTPTypes
import ProviderClient
import RoutingEngine
import WireFormats

/// `POST /v1/feedback` and `/v1/feedback/batch`.
struct FeedbackEndpoints: Sendable {
    let runtime: RouterRuntime

    static let batchPath = "/v1/feedback/batch"

    var endpoints: [Endpoint] {
        [
            Endpoint(.post, "/v1/feedback", .scope(.feedback), one),
            Endpoint(.post, Self.batchPath, .scope(.feedback), batch),
        ]
    }

    @Sendable private func one(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let document = try JSONDocument.object(request.body)
        let reading = FeedbackReading(metrics: runtime.setup.configuration.feedback.allMetrics)
        let submission = try reading.submission(document.root, idempotencyKey: request.headers[.idempotencyKey])
        let results = try await submit([submission], request)
        switch results[0] {
        case .success(let receipt):
            runtime.metrics.feedback(receipt.status.rawValue)
            runtime.activity.note(receipt, at: request.now)
            var json = JSONBytes()
            json.object { Self.write(receipt, to: &$0) }
            return .json(json.bytes)
        case .failure(let refusal):
            runtime.metrics.feedback(refusal.rawValue)
            throw GatewayError.refusal(refusal, of: submission)
        }
    }

    @Sendable private func batch(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let isLines = MediaType.lines.contains(MediaType.name(request.headers[.contentType]))
        let reading = FeedbackReading(metrics: runtime.setup.configuration.feedback.allMetrics)
        let items = try reading.items(request.body, isLines: isLines)
        var checked: [Result<Int, GatewayError>] = []
        var submissions: [FeedbackSubmission] = []
        for item in items {
            do throws(GatewayError) {
                submissions.append(try reading.submission(try item.get()))
                checked.append(.success(submissions.count - 1))
            } catch {
                checked.append(.failure(error))
            }
        }
        let results = submissions.isEmpty ? [] : try await submit(submissions, request)
        var accepted = 0
        var json = JSONBytes(capacity: 256 * items.count + 64)
        json.object { json in
            json.key("results")
            json.array { json in
                for (index, item) in checked.enumerated() {
                    let outcome = item.flatMap { position in
                        results[position].mapError { GatewayError.refusal($0, of: submissions[position]) }
                    }
                    json.object { json in
                        json.member("index", index)
                        switch outcome {
                        case .success(let receipt):
                            accepted += 1
                            runtime.activity.note(receipt, at: request.now)
                            Self.write(receipt, to: &json)
                        case .failure(let error):
                            json.key("error")
                            error.write(to: &json)
                        }
                    }
                }
            }
            json.member("accepted", accepted)
            json.member("rejected", items.count - accepted)
        }
        return .json(json.bytes)
    }

    private func submit(
        _ submissions: [FeedbackSubmission], _ request: EndpointRequest
    ) async throws(GatewayError) -> [Result<FeedbackReceipt, FeedbackRefusal>] {
        do throws(StoreError) {
            return try await runtime.store.submitFeedback(
                submissions, author: request.caller.author, received: request.now)
        } catch {
            throw .storeUnavailable()
        }
    }

    private static func write(_ receipt: FeedbackReceipt, to json: inout JSONBytes) {
        json.member("feedback_id", receipt.feedbackID)
        json.member("decision_id", receipt.decisionID.description)
        json.member("status", receipt.status.rawValue)
        json.member("arm", receipt.arm)
        json.member("category", receipt.category)
        json.member("reward", receipt.reward)
    }
}

extension GatewayError {
    /// The store's refusal of one piece of feedback, at what it named the decision by.
    static func refusal(_ refusal: FeedbackRefusal, of submission: FeedbackSubmission) -> GatewayError {
        if case .completion = submission.target, refusal == .decisionNotFound { return completionNotFound }
        return self.refusal(refusal)
    }

    /// The store's refusal of one piece of feedback.
    static func refusal(_ refusal: FeedbackRefusal) -> GatewayError {
        switch refusal {
        case .decisionNotFound: decisionNotFound
        case .decisionForbidden:
            GatewayError(
                403, "decision_forbidden", "The decision was made by a key of another group.", param: "decision_id")
        case .decisionNotServed:
            GatewayError(
                409, "decision_not_served", "No arm answered this decision, so there is nothing to judge.",
                param: "decision_id")
        case .ambiguousCompletionID:
            GatewayError(
                409, "ambiguous_completion_id", "Several decisions have this completion id; name the decision_id.",
                param: "completion_id")
        case .idempotencyConflict:
            GatewayError(
                409, "idempotency_conflict", "This idempotency key was used with another body.",
                param: "idempotency_key")
        }
    }
}
