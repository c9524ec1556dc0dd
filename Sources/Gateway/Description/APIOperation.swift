import WireFormats

/// One operation of the HTTP interface as its description (OpenAPI 3.1) has it.
struct APIOperation: Sendable {
    enum Access: Sendable {
        case open
        case anyKey
        case scope(KeyScope)
    }

    struct Parameter: Sendable {
        enum Place: String, Sendable {
            case path, query, header
        }

        var name: String
        var place: Place
        var text: String
        /// JSON Schema.
        var schema = #"{"type":"string"}"#
        var example: String?
    }

    struct Body: Sendable {
        /// JSON Schema by media type.
        var content: [(type: String, schema: String)]
        /// JSON.
        var example: String?

        static func json(_ schema: String, example: String? = nil) -> Body {
            Body(content: [("application/json", reference(schema))], example: example)
        }
    }

    struct Answer: Sendable {
        var status: Int
        var text: String
        /// JSON Schema by media type; none: no body.
        var content: [(type: String, schema: String)] = []
        /// Names of `components/headers`, beside `x-request-id`.
        var headers: [String] = []

        static func json(_ status: Int, _ text: String, _ schema: String, headers: [String] = []) -> Answer {
            Answer(status: status, text: text, content: [("application/json", reference(schema))], headers: headers)
        }
    }

    var method: String
    /// With `{name}` for the parts that vary.
    var path: String
    var id: String
    var tag: String
    var summary: String
    var text: String?
    var access: Access
    var parameters: [Parameter] = []
    var body: Body?
    var answers: [Answer]
    /// Statuses of errors beyond those that follow from the access and the body.
    var errors: Set<Int> = []

    /// A reference to one of `components/schemas`.
    static func reference(_ schema: String) -> String { ##"{"$ref":"#/components/schemas/\##(schema)"}"## }

    /// Every error's status that the operation can have.
    var allErrors: [Int] {
        // A request that is no HTTP, a host that is not allowed, a fault of the router's own.
        var all: Set<Int> = [400, 403, 500]
        switch access {
        case .open: break
        case .anyKey, .scope: all.insert(401)
        }
        if body != nil { all.formUnion([413, 415, 503]) }
        return all.union(errors).sorted()
    }

    func write(to json: inout JSONBytes) {
        json.object { json in
            json.member("operationId", id)
            json.member("tags", [tag])
            json.member("summary", summary)
            json.member("description", [text, accessText].compactMap(\.self).joined(separator: "\n\n"))
            json.key("security")
            switch access {
            case .open: json.raw("[]")
            // Keyless mode needs none.
            case .anyKey, .scope: json.raw(#"[{"key":[]},{}]"#)
            }
            if !parameters.isEmpty {
                json.key("parameters")
                json.array { json in for parameter in parameters { Self.write(parameter, to: &json) } }
            }
            if let body { Self.write(body, to: &json) }
            json.key("responses")
            json.object { json in
                for answer in answers { Self.write(answer, to: &json) }
                for status in allErrors where !answers.contains(where: { $0.status == status }) {
                    json.key(String(status))
                    json.raw(##"{"$ref":"#/components/responses/E\##(status)"}"##)
                }
            }
        }
    }

    private var accessText: String {
        switch access {
        case .open: "Needs no key."
        case .anyKey: "Needs a key, of whatever scope."
        case .scope(.admin): "Needs a key with scope `admin`."
        case .scope(let scope): "Needs a key with scope `\(scope.rawValue)` or `admin`."
        }
    }

    private static func write(_ parameter: Parameter, to json: inout JSONBytes) {
        json.object { json in
            json.member("name", parameter.name)
            json.member("in", parameter.place.rawValue)
            json.member("description", parameter.text)
            if parameter.place == .path { json.member("required", true) }
            json.key("schema")
            json.raw(parameter.schema)
            if let example = parameter.example { json.member("example", example) }
        }
    }

    private static func write(_ body: Body, to json: inout JSONBytes) {
        json.key("requestBody")
        json.object { json in
            json.member("required", true)
            json.key("content")
            json.object { json in
                for (type, schema) in body.content {
                    json.key(type)
                    json.object { json in
                        json.key("schema")
                        json.raw(schema)
                        if let example = body.example, type == "application/json" {
                            json.key("example")
                            json.raw(example)
                        }
                    }
                }
            }
        }
    }

    private static func write(_ answer: Answer, to json: inout JSONBytes) {
        json.key(String(answer.status))
        json.object { json in
            json.member("description", answer.text)
            json.key("headers")
            json.object { json in
                for name in ["x-request-id"] + answer.headers {
                    json.key(name)
                    json.raw(##"{"$ref":"#/components/headers/\##(name)"}"##)
                }
            }
            guard !answer.content.isEmpty else { return }
            json.key("content")
            json.object { json in
                for (type, schema) in answer.content {
                    json.key(type)
                    json.object { json in
                        json.key("schema")
                        json.raw(schema)
                    }
                }
            }
        }
    }
}
