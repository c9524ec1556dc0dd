package import NIOCore
package import WireFormats

/// What a provider says went wrong, read from whatever shape it says it in.
///
/// Known shapes: OpenAI's and Anthropic's error objects, plain strings in their place, FastAPI's `detail` lists, Google's arrays, OpenRouter's
/// `metadata.raw`, problem documents (RFC 9457), lists of `errors`, JSON in strings, an event of an event stream, plain text, and the
/// title of a page for people.
package struct ErrorWords: Sendable, Equatable {
    package var message: String?
    package var code: String?
    package var type: String?
    package var param: String?

    /// The readings of nested values stop here.
    private static let maxDepth = 6
    /// Of a list of errors.
    private static let maxItems = 8
    /// Of a body that is no JSON.
    private static let maxTextBytes = 16 * 1_024

    package init(message: String? = nil, code: String? = nil, type: String? = nil, param: String? = nil) {
        self.message = message
        self.code = code
        self.type = type
        self.param = param
    }

    /// Reads the body of a refusal.
    package init(body: ByteBuffer) {
        self.init()
        let body = ByteOrderMark.removed(from: body)
        if let value = try? JSONValue(parsing: body) {
            self = Self.read(value, depth: 0)
        } else if BodyForm(of: body, contentType: nil) == .eventStream {
            var parser = ServerSentEventParser()
            parser.append(body)
            parser.finish()
            while message == nil, let event = try? parser.next() {
                if let data = event.data, let value = try? JSONValue(parsing: data) {
                    self = Self.read(value, depth: 0)
                }
            }
        } else {
            message = Self.text(body)
        }
    }

    /// Reads an error object, or whatever stands in its place.
    package init(_ error: JSONValue) {
        self = Self.read(error, depth: 0)
    }

    /// The status that the words name, where the answer's own does not tell; nil where they name none.
    package var status: Int? {
        for text in [code, type] {
            guard let text else { continue }
            if let number = Int(text), 400..<600 ~= number { return number }
            if let known = Self.statuses[text.lowercased()] { return known }
        }
        return nil
    }

    // MARK: - JSON

    private static func read(_ value: JSONValue, depth: Int) -> ErrorWords {
        guard depth < maxDepth else { return ErrorWords() }
        switch value.kind {
        case .string: return read(string: value.string ?? "", depth: depth)
        case .array: return read(list: value, depth: depth)
        case .object: return read(object: value, depth: depth)
        case .number, .boolean, .null: return ErrorWords()
        }
    }

    /// A string may be JSON once more: gateways wrap what they were told.
    private static func read(string: String, depth: Int) -> ErrorWords {
        let text = string.drop { $0.isWhitespace }
        if text.first == "{" || text.first == "[", let inner = try? JSONValue(parsing: ByteBuffer(string: string)) {
            let words = read(inner, depth: depth + 1)
            if words.message != nil { return words }
        }
        return ErrorWords(message: text.isEmpty ? nil : string)
    }

    private static func read(list: JSONValue, depth: Int) -> ErrorWords {
        var words = ErrorWords()
        var messages: [String] = []
        var count = 0
        list.forEachElement { element in
            let item = read(element, depth: depth + 1)
            if let message = item.message, !messages.contains(message) { messages.append(message) }
            words.code = words.code ?? item.code
            words.type = words.type ?? item.type
            words.param = words.param ?? item.param
            count += 1
            return count < maxItems
        }
        words.message = messages.isEmpty ? nil : messages.joined(separator: "; ")
        return words
    }

    private static func read(object: JSONValue, depth: Int) -> ErrorWords {
        var members: [String: JSONValue] = [:]
        object.forEachMember { name, value in
            if !value.isNull { members[name.lowercased()] = value }
            return members.count < 64
        }
        // The error itself may be a member, beside what its wrapping says.
        var words = ErrorWords()
        for name in [
            "error", "errors", "message", "detail", "msg", "error_message", "errormessage", "status_msg",
            "base_resp", "error_description", "description", "title", "reason", "exception",
        ] {
            guard let value = members[name] else { continue }
            let inner = read(value, depth: depth + 1)
            words.message = words.message ?? inner.message
            words.code = words.code ?? inner.code
            words.type = words.type ?? inner.type
            words.param = words.param ?? inner.param
            if words.message != nil { break }
        }
        func name(_ names: String...) -> String? {
            names.lazy.compactMap { members[$0] }.compactMap { $0.string ?? $0.int.map(String.init) }.first {
                !$0.isEmpty
            }
        }
        let codes = name("code", "error_code", "errorcode", "status_code", "statuscode", "__type")
        words.code = words.code ?? codes
        // "error" says no more than that it is one.
        words.type =
            words.type ?? name("type", "error_type", "status", "errortype").flatMap { $0 == "error" ? nil : $0 }
        words.param = words.param ?? name("param", "parameter", "field") ?? members["loc"].flatMap(path)
        if let loc = members["loc"].flatMap(path), let message = words.message { words.message = "\(loc): \(message)" }
        if let metadata = members["metadata"] { words.add(metadata, depth: depth) }
        return words
    }

    /// `["body", "messages", 0, "content"]` as `messages.0.content`.
    private static func path(_ loc: JSONValue) -> String? {
        let parts = loc.elements.prefix(16).compactMap { $0.string ?? $0.int.map(String.init) }
        let inside = parts.first == "body" ? parts.dropFirst() : parts[...]
        return inside.isEmpty ? nil : inside.joined(separator: ".")
    }

    /// What OpenRouter was told by the provider behind it.
    private mutating func add(_ metadata: JSONValue, depth: Int) {
        var more: [String] = []
        if let raw = metadata.member("raw") {
            let inner = Self.read(raw, depth: depth + 1)
            if let text = inner.message { more.append(text) }
            param = param ?? inner.param
            type = type ?? inner.type
            if code.flatMap({ Int($0) }) != nil, let named = inner.code, Int(named) == nil { code = named }
        }
        if let reasons = metadata.member("reasons").map({ Self.read($0, depth: depth + 1) })?.message {
            more.append(reasons)
        }
        for text in more where message?.contains(text) != true { message = message.map { "\($0): \(text)" } ?? text }
    }

    // MARK: - Text

    /// Plain text as it is, or the title of a page; nil where neither can be read.
    private static func text(_ body: ByteBuffer) -> String? {
        let bytes = body.readableBytesView.prefix(maxTextBytes)
        // A character that was cut in two at the end is no matter.
        let all = String(decoding: bytes, as: UTF8.self)
        let strange = all.unicodeScalars.prefix(512).count {
            $0 == "\u{FFFD}" || $0.value < 0x20 && !"\t\r\n".unicodeScalars.contains($0)
        }
        guard strange <= 1 else { return nil }
        let text = all.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard text.hasPrefix("<") else { return text.isEmpty ? nil : text }
        for tag in ["title", "h1"] {
            guard let start = text.firstRange(of: "<\(tag)>"), let end = text.firstRange(of: "</\(tag)>"),
                start.upperBound < end.lowerBound
            else { continue }
            return String(text[start.upperBound..<end.lowerBound])
        }
        return nil
    }

    /// The statuses of names that stand for them: Google's, OpenAI's, Anthropic's, OpenRouter's.
    private static let statuses: [String: Int] = [
        "invalid_argument": 400, "failed_precondition": 400, "out_of_range": 400, "unauthenticated": 401,
        "permission_denied": 403, "not_found": 404, "resource_exhausted": 429, "internal": 500, "unavailable": 503,
        "deadline_exceeded": 504,
        "invalid_request_error": 400, "authentication_error": 401, "billing_error": 402, "permission_error": 403,
        "not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "api_error": 500,
        "server_error": 500, "timeout_error": 504, "overloaded_error": 529,
        "context_length_exceeded": 400, "invalid_request": 400, "invalid_prompt": 400, "content_filter": 400,
        "content_policy_violation": 400, "authentication": 401, "invalid_api_key": 401, "payment_required": 402,
        "model_not_found": 404, "payload_too_large": 413, "insufficient_quota": 429, "rate_limit_exceeded": 429,
        "provider_overloaded": 503, "provider_unavailable": 502, "server": 500, "timeout": 504,
        "internal_server_error": 500,
    ]
}
