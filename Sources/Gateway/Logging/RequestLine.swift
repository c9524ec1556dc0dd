package import RoutingEngine
import WireFormats

/// What is logged of a request of the hot path: ids, words of the configuration and numbers; no text of the client's but its
/// request id, which is visible ASCII.
package struct RequestLine: Sendable {
    package var time: Timestamp
    package var requestID: String
    package var keyID: String?
    /// `chat` or `embeddings`.
    package var endpoint: String
    package var isStream: Bool
    package var decisionID: String?
    package var route: String?
    package var category: String?
    /// The arm that served.
    package var arm: String?
    package var status: Int
    /// The error's code, where the answer was one.
    package var error: String?
    package var attempts: Int
    /// `hit` or `miss`, where a cache was asked.
    package var cache: String?
    package var promptTokens: Int?
    package var completionTokens: Int?
    package var tokensAreEstimated: Bool
    package var cost: NanoDollars?
    package var durationMS: Double
    package var firstByteMS: Double?
    package var overheadMS: Double
    package var traceID: String?
    package var spanID: String?

    package init(
        time: Timestamp, requestID: String, keyID: String? = nil, endpoint: String, isStream: Bool = false,
        decisionID: String? = nil, route: String? = nil, category: String? = nil, arm: String? = nil, status: Int,
        error: String? = nil, attempts: Int = 0, cache: String? = nil, promptTokens: Int? = nil,
        completionTokens: Int? = nil, tokensAreEstimated: Bool = false, cost: NanoDollars? = nil, durationMS: Double,
        firstByteMS: Double? = nil, overheadMS: Double = 0, traceID: String? = nil, spanID: String? = nil
    ) {
        self.time = time
        self.requestID = requestID
        self.keyID = keyID
        self.endpoint = endpoint
        self.isStream = isStream
        self.decisionID = decisionID
        self.route = route
        self.category = category
        self.arm = arm
        self.status = status
        self.error = error
        self.attempts = attempts
        self.cache = cache
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.tokensAreEstimated = tokensAreEstimated
        self.cost = cost
        self.durationMS = durationMS
        self.firstByteMS = firstByteMS
        self.overheadMS = overheadMS
        self.traceID = traceID
        self.spanID = spanID
    }

    /// The line, with its end.
    package func bytes(_ format: LogFormat) -> [UInt8] {
        switch format {
        case .json: json
        case .text: text
        }
    }

    /// Members that have no value are left out, here and in ``text``.
    private var members: [(name: String, value: LogValue)] {
        var members: [(String, LogValue)] = [("request_id", .text(requestID))]
        func add(_ name: String, _ value: String?) { if let value { members.append((name, .text(value))) } }
        func add(_ name: String, _ value: Int?) { if let value { members.append((name, .number(Double(value)))) } }
        func add(_ name: String, _ value: Double?) { if let value { members.append((name, .number(value))) } }
        add("key_id", keyID)
        add("endpoint", endpoint)
        members.append(("stream", .flag(isStream)))
        add("decision_id", decisionID)
        add("route", route)
        add("category", category)
        add("arm", arm)
        add("status", status)
        add("error", error)
        add("attempts", attempts)
        add("cache", cache)
        add("prompt_tokens", promptTokens)
        add("completion_tokens", completionTokens)
        if tokensAreEstimated { members.append(("tokens_estimated", .flag(true))) }
        add("cost_usd", cost?.usd)
        add("duration_ms", Self.rounded(durationMS))
        add("first_byte_ms", firstByteMS.map(Self.rounded))
        add("overhead_ms", Self.rounded(overheadMS))
        add("trace_id", traceID)
        add("span_id", spanID)
        return members
    }

    private static func rounded(_ milliseconds: Double) -> Double { (milliseconds * 1000).rounded() / 1000 }

    private var json: [UInt8] {
        var json = JSONBytes(capacity: 512)
        json.object { json in
            json.member("time", RFC3339.exactText(microseconds: time))
            json.member("level", "info")
            json.member("message", "request")
            for (name, value) in members {
                switch value {
                case .text(let text): json.member(name, text)
                case .number(let number): json.member(name, number)
                case .flag(let flag): json.member(name, flag)
                }
            }
        }
        return json.bytes + [0x0A]
    }

    private var text: [UInt8] {
        var line = RFC3339.exactText(microseconds: time) + " info request"
        for (name, value) in members {
            line += " " + name + "="
            switch value {
            case .text(let text): line += LogText.word(text)
            case .number(let number):
                var json = JSONBytes(capacity: 24)
                json.value(number)
                line += String(decoding: json.bytes, as: UTF8.self)
            case .flag(let flag): line += flag ? "true" : "false"
            }
        }
        return Array((line + "\n").utf8)
    }
}

private enum LogValue {
    case text(String)
    case number(Double)
    case flag(Bool)
}

/// Text in a line of `name=value` pairs.
package enum LogText {
    /// The text as it is where it is one plain word, else as a JSON string: no text ends its line or forges a pair.
    package static func word(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy {
                $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=")
                    && $0 != UInt8(ascii: "\\")
            }
        if isPlain { return text }
        var json = JSONBytes(capacity: text.utf8.count + 2)
        json.value(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
