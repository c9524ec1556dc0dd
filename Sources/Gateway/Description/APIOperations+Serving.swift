/// The operations, by what they are for.
enum APIOperations {
    typealias Parameter = APIOperation.Parameter

    private static let decisionHeaders = [
        "x-bandit-decision-id", "x-bandit-arm", "x-bandit-category", "x-bandit-propensity", "x-bandit-attempts",
        "x-bandit-policy", "x-bandit-adjusted", "x-bandit-cost-usd", "x-bandit-overhead-ms", "x-bandit-cache",
        "traceparent",
        "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
        "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
    ]

    private static let requestHeaders = [
        Parameter(
            name: "x-request-id", place: .header, text: "Echoed where it is 1 to 128 visible ASCII characters."),
        Parameter(
            name: "x-bandit-category", place: .header, text: "The category, where the client knows it.",
            example: "general"),
        Parameter(
            name: "x-session-id", place: .header, text: "Keeps the session's arm while that is eligible.",
            schema: #"{"type":"string","minLength":1,"maxLength":512}"#),
        Parameter(
            name: "x-bandit-explore", place: .header, text: "off: the arm of best expected utility, no draw.",
            schema: #"{"type":"string","enum":["on","off"]}"#),
        Parameter(
            name: "x-bandit-max-cost-usd", place: .header, text: "Arms that could cost more are not eligible.",
            schema: #"{"type":"number","minimum":0}"#),
        Parameter(
            name: "x-bandit-cache", place: .header,
            text:
                "on: the answer may come from the cache and goes into it, also where the route has none; off: neither.",
            schema: #"{"type":"string","enum":["on","off"]}"#),
        Parameter(name: "traceparent", place: .header, text: "W3C trace context."),
    ]

    static let decisionID = Parameter(
        name: "id", place: .path, text: "Id of a decision.", example: "01981f2e-7c1b-7000-8000-000000000000")

    private static let responseID = Parameter(name: "id", place: .path, text: "Id of a response.", example: "resp_0")

    static let serving: [APIOperation] = [
        APIOperation(
            method: "post", path: "/v1/chat/completions", id: "createChatCompletion", tag: "serving",
            summary: "A chat completion",
            text: """
                `model` is a route (the policy draws an arm; default `auto`) or an arm. The body goes to the provider byte for \
                byte but for `model` and `bandit`. A stream that breaks after its first word ends with an error object and no \
                `[DONE]`. Errors of the client's that a provider found have the provider's message and code.
                """,
            access: .scope(.chat), parameters: requestHeaders,
            body: .json("ChatRequest", example: #"{"model":"auto","messages":[{"role":"user","content":"Hello"}]}"#),
            answers: [
                .init(
                    status: 200, text: "The answer: whole, or with `stream: true` as events.",
                    content: [
                        ("application/json", APIOperation.reference("ChatCompletion")),
                        ("text/event-stream", #"{"type":"string"}"#),
                    ], headers: decisionHeaders)
            ], errors: [404, 422, 429, 502, 503, 504]),
        APIOperation(
            method: "post", path: "/v1/messages", id: "createMessage", tag: "serving",
            summary: "A message, in Anthropic's dialect",
            text: """
                What Claude Code and Anthropic's own clients speak; any arm that has words for the request may answer. A stream that \
                breaks after its first word ends with `event: error` and no `message_stop`. Errors have Anthropic's shape.
                """,
            access: .scope(.chat), parameters: requestHeaders,
            body: .json(
                "MessageRequest",
                example: #"{"model":"auto","max_tokens":64,"messages":[{"role":"user","content":"Hello"}]}"#),
            answers: [
                .init(
                    status: 200, text: "The message: whole, or with `stream: true` as events.",
                    content: [
                        ("application/json", APIOperation.reference("Message")),
                        ("text/event-stream", #"{"type":"string"}"#),
                    ], headers: decisionHeaders)
            ], errors: [404, 422, 429, 502, 503, 504]),
        APIOperation(
            method: "post", path: "/v1/responses", id: "createResponse", tag: "serving",
            summary: "A response, in the dialect of OpenAI's responses",
            text: """
                What Codex and newer agents speak; the router keeps no responses: `previous_response_id` and its kin are refused on a \
                route. A stream that breaks after its first word ends with `response.failed`.
                """,
            access: .scope(.chat), parameters: requestHeaders,
            body: .json("ResponseRequest", example: #"{"model":"auto","input":"Hello"}"#),
            answers: [
                .init(
                    status: 200, text: "The response: whole, or with `stream: true` as events.",
                    content: [
                        ("application/json", APIOperation.reference("Response")),
                        ("text/event-stream", #"{"type":"string"}"#),
                    ], headers: decisionHeaders)
            ], errors: [404, 422, 429, 502, 503, 504]),
        APIOperation(
            method: "post", path: "/v1/completions", id: "createCompletion", tag: "serving",
            summary: "A completion, from before there were chats",
            text: "The prompt is asked as a chat of one turn. `suffix`, `echo`, `best_of` and `logprobs` are refused.",
            access: .scope(.chat), parameters: requestHeaders,
            body: .json("CompletionRequest", example: #"{"model":"auto","prompt":"Hello"}"#),
            answers: [
                .init(
                    status: 200, text: "The completion: whole, or with `stream: true` as events.",
                    content: [
                        ("application/json", APIOperation.reference("Completion")),
                        ("text/event-stream", #"{"type":"string"}"#),
                    ], headers: decisionHeaders)
            ], errors: [404, 422, 429, 502, 503, 504]),
        APIOperation(
            method: "post", path: "/v1/messages/count_tokens", id: "countMessageTokens", tag: "serving",
            summary: "How many tokens a message's prompt is",
            text:
                "Told by the arm's provider where it counts within a second, else estimated (`x-bandit-estimated: true`).",
            access: .scope(.chat),
            body: .json("MessageRequest", example: #"{"model":"auto","messages":[{"role":"user","content":"Hello"}]}"#),
            answers: [.json(200, "The count.", "TokenCount")], errors: [404]),
        APIOperation(
            method: "post", path: "/v1/responses/input_tokens", id: "countResponseTokens", tag: "serving",
            summary: "How many tokens a response's input is",
            text:
                "Told by the arm's provider where it counts within a second, else estimated (`x-bandit-estimated: true`).",
            access: .scope(.chat), body: .json("ResponseRequest", example: #"{"model":"auto","input":"Hello"}"#),
            answers: [.json(200, "The count.", "TokenCount")], errors: [404]),
        APIOperation(
            method: "get", path: "/v1/responses/{id}", id: "getResponse", tag: "serving",
            summary: "A response that was kept: none is", access: .scope(.chat), parameters: [responseID],
            answers: [.json(200, "Never: the router keeps no responses.", "Response")],
            errors: [404]),
        APIOperation(
            method: "delete", path: "/v1/responses/{id}", id: "deleteResponse", tag: "serving",
            summary: "The deletion of a response that was kept: none is", access: .scope(.chat),
            parameters: [responseID], answers: [.json(200, "Never: the router keeps no responses.", "Response")],
            errors: [404]),
        APIOperation(
            method: "head", path: "/", id: "headRoot", tag: "operation",
            summary: "Whether somebody is there, as agents ask it", access: .open,
            answers: [.init(status: 200, text: "Somebody is.")]),
        APIOperation(
            method: "get", path: "/api/hello", id: "hello", tag: "operation",
            summary: "Whether somebody is there, as agents ask at a path of their own", access: .open,
            answers: [.init(status: 200, text: "Somebody is.", content: [("application/json", #"{"type":"object"}"#)])]),
        APIOperation(
            method: "post", path: "/v1/embeddings", id: "createEmbedding", tag: "serving", summary: "Embeddings",
            text: "Served by the arms with the capability `embeddings`, and by no other.", access: .scope(.chat),
            parameters: requestHeaders,
            body: .json("EmbeddingRequest", example: #"{"model":"auto","input":"Hello"}"#),
            answers: [.json(200, "The embeddings.", "EmbeddingList", headers: decisionHeaders)],
            errors: [404, 422, 429, 502, 503, 504]),
        APIOperation(
            method: "post", path: "/v1/bandit/decisions", id: "decide", tag: "serving",
            summary: "A decision without a call",
            text: "For callers with a client of their own; they report the outcome afterwards.", access: .scope(.chat),
            body: .json("DecisionRequest", example: #"{"messages":[{"role":"user","content":"Hello"}]}"#),
            answers: [.json(200, "The decision.", "Decision")], errors: [404, 429, 503]),
        APIOperation(
            method: "post", path: "/v1/decisions", id: "decideAtOldPath", tag: "serving",
            summary: "The same, at its old path",
            text: "OpenAI's own clients have a call at this path; its bodies are refused.", access: .scope(.chat),
            body: .json("DecisionRequest", example: #"{"messages":[{"role":"user","content":"Hello"}]}"#),
            answers: [.json(200, "The decision.", "Decision")], errors: [404, 429, 503]),
        APIOperation(
            method: "post", path: "/v1/bandit/decisions/{id}/outcome", id: "reportOutcomeOfDecision", tag: "serving",
            summary: "What came of a decision, beside where it was made",
            text: "The same as `/v1/decisions/{id}/outcome`.", access: .scope(.outcome), parameters: [decisionID],
            body: .json(
                "OutcomeReport", example: #"{"status":"ok","prompt_tokens":12,"completion_tokens":34,"latency_ms":560}"#
            ),
            answers: [.json(200, "The decision with its outcome.", "Decision")], errors: [404, 409, 503]),
        APIOperation(
            method: "post", path: "/v1/decisions/{id}/outcome", id: "reportOutcome", tag: "serving",
            summary: "What came of a decision",
            text: """
                Of a decision without a call; what the router asked itself, it knows. What cannot be true at the arm's price, its \
                window or the decision's age is refused. The first report counts; later ones change nothing.
                """,
            access: .scope(.outcome), parameters: [decisionID],
            body: .json(
                "OutcomeReport", example: #"{"status":"ok","prompt_tokens":12,"completion_tokens":34,"latency_ms":560}"#
            ),
            answers: [.json(200, "The decision with its outcome.", "Decision")], errors: [404, 409, 503]),
        APIOperation(
            method: "post", path: "/v1/feedback", id: "giveFeedback", tag: "serving", summary: "One piece of feedback",
            text: """
                The value of (decision, metric, source) is what counts: the same again is `duplicate`, another `replaced`, null \
                takes it back. Stored before it is acknowledged.
                """,
            access: .scope(.feedback),
            parameters: [
                Parameter(
                    name: "idempotency-key", place: .header,
                    text: "A replay with the same key and body changes nothing, whatever came in between.",
                    schema: #"{"type":"string","minLength":1,"maxLength":255}"#)
            ],
            body: .json(
                "FeedbackRequest", example: #"{"decision_id":"01981f2e-7c1b-7000-8000-000000000000","value":true}"#),
            answers: [.json(200, "What became of it.", "FeedbackReceipt")], errors: [404, 409, 503]),
        APIOperation(
            method: "post", path: "/v1/feedback/batch", id: "giveFeedbackBatch", tag: "serving",
            summary: "Up to 10,000 pieces of feedback",
            text: "An array, or NDJSON. Good items are kept where others are bad; a result for each, in order.",
            access: .scope(.feedback),
            body: .init(
                content: [
                    (
                        "application/json",
                        ##"{"type":"array","items":{"$ref":"#/components/schemas/FeedbackRequest"},"maxItems":10000}"##
                    ), ("application/x-ndjson", #"{"type":"string"}"#),
                ], example: #"[{"decision_id":"01981f2e-7c1b-7000-8000-000000000000","value":true}]"#),
            answers: [.json(200, "A result for every item.", "FeedbackBatchResult")], errors: [503]),
    ]
}
