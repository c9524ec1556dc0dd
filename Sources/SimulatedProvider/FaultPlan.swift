/// How one answer goes: what differs from a healthy one. Everything absent is as the model would have it.
///
/// As JSON (`POST /_script`) the members have the names of the coding keys; as the suffix of a model's name it is the fault
/// alone, with the token it happens at: `small!stall@5`, or a status: `small!429`.
package struct FaultPlan: Codable, Sendable, Equatable {
    package enum Fault: String, Codable, Sendable, CaseIterable {
        /// The connection is closed in mid-answer, with a FIN: what was promised does not come.
        case cut
        /// A stream ends properly as HTTP, too early as an answer.
        case cleanEnd = "clean-end"
        /// The connection is closed in mid-answer, with a RST.
        case reset
        /// Nothing more comes, and the connection stays open.
        case stall
        /// A frame whose data is no JSON; the rest is healthy. A whole answer: `truncated-json`.
        case malformedFrame = "malformed-frame"
        /// A chunk with the role, and then the connection is closed.
        case roleOnly = "role-only"
        /// No `[DONE]` (Anthropic: no `message_stop`) at the end.
        case noDone = "no-done"
        /// No finish reason, though there is a `[DONE]`.
        case noFinishReason = "no-finish-reason"
        /// `choices` (Anthropic: `content`) is null; in streams, in one chunk before the others.
        case choicesNull = "choices-null"
        /// `choices` is an empty array.
        case choicesEmpty = "choices-empty"
        /// No usage, though it was asked for.
        case noUsage = "no-usage"
        /// Status 200 with a page for people.
        case html
        /// Status 200 and nothing.
        case emptyBody = "empty-body"
        /// Half of the answer's JSON, properly framed.
        case truncatedJSON = "truncated-json"
        /// Status 302 to somewhere else.
        case redirect
        /// The answer comes a byte at a time, with the token gap between bytes.
        case slowLoris = "slow-loris"
        /// Status 200 with an error object; in streams, in place of a chunk.
        case errorObject = "error-object"
    }

    /// Answer with this status and an error object in the dialect's shape.
    package var status: Int?
    package var headers: [String: String]?
    package var delayToHeadersMilliseconds: Int?
    package var timeToFirstTokenMilliseconds: Int?
    package var tokenGapMilliseconds: Int?
    /// How many tokens the answer has.
    package var tokens: Int?
    package var fault: Fault?
    /// After how many tokens the fault happens (default 1).
    package var atToken: Int?
    /// For how many calls the plan holds (default 1); 0: for all that follow.
    package var times: Int?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case status, headers, tokens, fault, times
        case delayToHeadersMilliseconds = "delay_to_headers_ms"
        case timeToFirstTokenMilliseconds = "time_to_first_token_ms"
        case tokenGapMilliseconds = "token_gap_ms"
        case atToken = "at_token"
    }

    package init(
        status: Int? = nil, headers: [String: String]? = nil, delayToHeadersMilliseconds: Int? = nil,
        timeToFirstTokenMilliseconds: Int? = nil, tokenGapMilliseconds: Int? = nil, tokens: Int? = nil,
        fault: Fault? = nil, atToken: Int? = nil, times: Int? = nil
    ) {
        self.status = status
        self.headers = headers
        self.delayToHeadersMilliseconds = delayToHeadersMilliseconds
        self.timeToFirstTokenMilliseconds = timeToFirstTokenMilliseconds
        self.tokenGapMilliseconds = tokenGapMilliseconds
        self.tokens = tokens
        self.fault = fault
        self.atToken = atToken
        self.times = times
    }

    /// Reads the suffix of a model's name: `reset@3`, `no-done`, `503`. `nil`: it is none.
    init?(suffix: Substring) {
        let parts = suffix.split(separator: "@", omittingEmptySubsequences: false)
        guard let name = parts.first, parts.count <= 2 else { return nil }
        var token: Int?
        if parts.count == 2 {
            guard let count = Int(parts[1]), count >= 0 else { return nil }
            token = count
        }
        if let status = Int(name), 100..<600 ~= status {
            self.init(status: status)
        } else if let fault = Fault(rawValue: String(name)) {
            self.init(fault: fault, atToken: token)
        } else {
            return nil
        }
    }

    /// Where the fault happens, in tokens.
    var faultToken: Int { max(0, atToken ?? 1) }
}
