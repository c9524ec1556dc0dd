package import ProviderClient
package import RoutingEngine
package import WireFormats

/// An answer that is an error, in OpenAI's shape: `{"error":{"message","type","param","code"}}`.
///
/// The one place where statuses and codes are paired (the table is in the documentation's HTTP reference).
package struct GatewayError: Error, Sendable, Equatable {
    package let status: Int
    package let type: String
    package let code: String?
    package let param: String?
    package let message: String
    /// Whole seconds, ≥ 1; sent as `Retry-After`.
    package var retryAfter: Int?
    /// A provider's word on whether asking again helps; sent as `x-should-retry`.
    package var shouldRetry: Bool?
    /// Methods the path knows; sent as `Allow` with 405.
    package var allow: String?
    /// The decision that the request had, where it had one.
    package var decisionID: DecisionID?
    /// What a provider said that it comes from: dialects have words of their own for some of it.
    package var cause: Cause?
    /// What the caller has left of its limits, where it has any.
    package var rateLimit: RateLimitStatus?

    package struct Cause: Sendable, Equatable {
        package let status: Int?
        package let reason: FaultVerdict.Reason

        package init(_ fault: UpstreamFault) {
            status = fault.status
            reason = fault.verdict.reason
        }
    }

    package init(
        _ status: Int, _ code: String?, _ message: String, param: String? = nil, type: String? = nil,
        retryAfter: Int? = nil, allow: String? = nil, atMost limit: Int = TextLimit.message
    ) {
        self.status = status
        self.code = code
        // What a client says is repeated to it, but not all of it.
        self.param = param.map { TextLimit.cut($0, to: TextLimit.echo) }
        self.message = TextLimit.cut(message, to: limit)
        self.type = type ?? Self.type(of: status)
        self.retryAfter = retryAfter
        self.allow = allow
    }

    private static func type(of status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 429: "rate_limit_error"
        case 500...: "server_error"
        default: "invalid_request_error"
        }
    }

    /// The body to send: all four fields, null where there is nothing.
    package var body: [UInt8] {
        var json = JSONBytes()
        json.object { json in
            json.key("error")
            write(to: &json)
        }
        return json.bytes
    }

    /// The error's own object.
    package func write(to json: inout JSONBytes) {
        json.object {
            $0.member("message", message)
            $0.member("type", type)
            $0.member("param", param)
            $0.member("code", code)
        }
    }

    // MARK: - The table

    package static func invalidJSON(_ reason: String) -> GatewayError {
        GatewayError(400, "invalid_json", "The body is not a JSON object in UTF-8: \(reason).")
    }

    package static func missing(_ param: String) -> GatewayError {
        GatewayError(400, "missing_required_parameter", "Missing required parameter: '\(param)'.", param: param)
    }

    package static func invalidValue(_ param: String, _ reason: String) -> GatewayError {
        GatewayError(400, "invalid_value", "Invalid value for '\(param)': \(reason).", param: param)
    }

    package static func unknownParameter(_ param: String) -> GatewayError {
        GatewayError(400, "unknown_parameter", "Unknown parameter: '\(param)'.", param: param)
    }

    /// Feedback as Portkey's clients send it to the same path.
    package static let foreignFeedback = GatewayError(
        400, "unknown_parameter",
        "'trace_id' is how feedback to another product names an answer; here it is decision_id (the header x-bandit-decision-id) or "
            + "completion_id (the answer's id), with metric and value: see the article “Feedback” of the documentation.",
        param: "trace_id")

    package static func unknownMetric(_ metric: String, known: [String]) -> GatewayError {
        GatewayError(
            400, "unknown_metric", "No metric '\(metric)' is configured; known: \(known.joined(separator: ", ")).",
            param: "metric")
    }

    package static func unknownCategory(_ category: String, param: String) -> GatewayError {
        GatewayError(
            400, "unknown_category", "No category '\(TextLimit.cut(category, to: TextLimit.echo))' is configured.",
            param: param)
    }

    package static func tooLong(_ param: String, _ limit: Int) -> GatewayError {
        .invalidValue(param, "it is longer than \(limit) bytes")
    }

    package static let missingKey = GatewayError(
        401, "missing_api_key", "No API key: send 'Authorization: Bearer br-…'.")
    package static let invalidKey = GatewayError(401, "invalid_api_key", "The API key is unknown, expired or revoked.")

    package static func insufficientScope(_ needed: KeyScope) -> GatewayError {
        GatewayError(403, "insufficient_scope", "The API key lacks the scope '\(needed.rawValue)'.")
    }

    package static let hostNotAllowed = GatewayError(
        403, "host_not_allowed",
        "Without API keys the router answers only requests whose Host is a loopback name (localhost, 127.0.0.1, [::1])."
    )

    /// - Parameter nearest: what may have been meant.
    package static func modelNotFound(_ model: String, nearest: String? = nil) -> GatewayError {
        GatewayError(
            404, "model_not_found",
            "No route and no arm is called '\(TextLimit.cut(model, to: TextLimit.echo))'"
                + (nearest.map { "; did you mean '\($0)'?" } ?? "."),
            param: "model")
    }

    package static let originNotAllowed = GatewayError(
        403, "origin_not_allowed",
        "The request comes from a page that is not this router's, and that server.cors.allow_origins does not name.")

    package static let firstKey = GatewayError(
        403, "first_key",
        "The first API key is made on the command line: bandit-router keys create --name NAME --scope admin.")

    package static func unsupportedMediaType(_ body: MediaType.Body) -> GatewayError {
        GatewayError(415, "unsupported_media_type", "The body must be sent as 'Content-Type: \(body.words)'.")
    }

    package static func unsupportedEncoding(_ encoding: String) -> GatewayError {
        GatewayError(
            415, "unsupported_content_encoding",
            "Bodies in the content coding '\(encoding.prefix(64))' are not understood; send the body as it is.")
    }

    package static let bodiesExceedMemory = GatewayError(
        503, "bodies_exceed_memory",
        "The bodies of requests in flight take all the memory that is set aside for them; send it again.", retryAfter: 1
    )

    package static let answersExceedMemory = GatewayError(
        503, "answers_exceed_memory",
        "Answers that clients have not taken yet fill all the memory that is set aside for them; send it again.",
        retryAfter: 1)

    package static let missingHost = GatewayError(400, "invalid_request", "The request names no host, or no valid one.")
    package static let malformedRequest = GatewayError(400, "invalid_request", "The request is not valid HTTP.")
    package static let notFound = GatewayError(404, "not_found", "There is nothing at this path.")
    package static let outcomeKnown = GatewayError(
        409, "outcome_known",
        "The router asked the arm of this decision itself; outcomes are reported for decisions without a call.")
    package static let completionNotFound = GatewayError(
        404, "decision_not_found", "No decision's answer had this id.", param: "completion_id")
    package static let decisionNotFound = GatewayError(
        404, "decision_not_found", "No decision has this id.", param: "decision_id")

    package static func methodNotAllowed(_ allow: String) -> GatewayError {
        GatewayError(
            405, "method_not_allowed", "This path does not know that method; it knows: \(allow).", allow: allow)
    }

    package static func tooLarge(_ limit: Int) -> GatewayError {
        GatewayError(413, "request_too_large", "The body is longer than \(limit) bytes.")
    }

    package static func storeUnavailable() -> GatewayError {
        GatewayError(
            503, "store_unavailable", "The store cannot be written now; nothing was stored.", retryAfter: 1)
    }

    /// For `Retry-After`: a time in microseconds in whole seconds, rounded up; a second at least.
    package static func seconds(_ rest: Timestamp?) -> Int { max(1, Int(((rest ?? 0) + 999_999) / 1_000_000)) }

    /// The refusal of a decision, with the arms and the reasons named.
    ///
    /// - Parameter rest: how long until the first arm may be asked again, microseconds; nil where nobody knows.
    package static func refusal(_ refusal: RoutingRefusal, rest: Timestamp? = nil) -> GatewayError {
        func list(_ excluded: [Exclusion]) -> String {
            excluded.map { "\($0.arm) (\($0.reason.rawValue))" }.joined(separator: ", ")
        }
        switch refusal {
        case .modelNotFound(let model): return modelNotFound(model)
        case .noCapableArm(let excluded):
            return GatewayError(
                400, "no_capable_arm", "No arm of the route can serve this request: \(list(excluded)).", param: "model")
        case .contextLengthExceeded(let excluded):
            return GatewayError(
                400, "context_length_exceeded",
                "The prompt and max_tokens fit the context window of no arm: \(list(excluded)).", param: "messages")
        case .noArmAvailable(let excluded):
            let resting = excluded.filter(\.isPassing)
            if !resting.isEmpty, resting.allSatisfy({ $0.reason == .cooldown }) {
                return GatewayError(
                    429, "rate_limit_exceeded",
                    "Every arm of the route is limited by its provider now: \(list(excluded)).",
                    retryAfter: seconds(rest))
            }
            return GatewayError(
                503, "no_arm_available", "No arm is in service now: \(list(excluded)).", retryAfter: seconds(rest))
        case .budgetExceeded(let excluded):
            return GatewayError(
                429, "budget_exceeded", "The budget leaves no arm for this request: \(list(excluded)).", retryAfter: 60)
        }
    }
}

extension Exclusion {
    /// Whether time alone brings the arm back.
    var isPassing: Bool { reason == .cooldown || reason == .breakerOpen }
}

extension RoutingRefusal {
    /// The arms that time alone brings back.
    var resting: [String] {
        switch self {
        case .noArmAvailable(let excluded): excluded.filter(\.isPassing).map(\.arm)
        case .modelNotFound, .noCapableArm, .contextLengthExceeded, .budgetExceeded: []
        }
    }
}
