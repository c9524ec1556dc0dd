import HTTPTypes
import WireFormats

/// The HTTP interface in OpenAPI 3.1, as `GET /openapi.json` gives it.
package enum APIDescription {
    static let operations =
        APIOperations.serving + APIOperations.reading + APIOperations.watching + APIOperations.administration

    /// Every method and path that is described, as `GET /v1/models/:id`.
    package static var described: [String] {
        operations.map { operation in
            let path = operation.path.split(separator: "/", omittingEmptySubsequences: false).map { part in
                part.hasPrefix("{") ? ":" + part.dropFirst().dropLast() : part
            }
            return operation.method.uppercased() + " " + path.joined(separator: "/")
        }.sorted()
    }

    /// The document, the same for all routers of this version.
    package static let document: [UInt8] = {
        var json = JSONBytes(capacity: 65_536)
        json.object { json in
            json.member("openapi", "3.1.0")
            json.key("info")
            json.raw(info)
            json.key("tags")
            json.raw(tags)
            json.key("paths")
            json.object { json in
                var paths: [String] = []
                for operation in operations where !paths.contains(operation.path) { paths.append(operation.path) }
                for path in paths {
                    json.key(path)
                    json.object { json in
                        for operation in operations where operation.path == path {
                            json.key(operation.method)
                            operation.write(to: &json)
                        }
                    }
                }
            }
            json.key("components")
            json.object { json in
                json.key("securitySchemes")
                json.raw(
                    #"{"key":{"type":"http","scheme":"bearer","description":"A key of the router's: br-…. Without any key made, the router serves its own machine only, to everybody."}}"#
                )
                json.key("headers")
                json.object { json in
                    for (name, text, schema) in headers {
                        json.key(name)
                        json.object { json in
                            json.member("description", text)
                            json.key("schema")
                            json.raw(schema)
                        }
                    }
                }
                json.key("responses")
                json.object { json in
                    for (status, text, fields) in errors { write(error: status, text, fields, to: &json) }
                }
                json.key("schemas")
                json.object { json in
                    for (name, schema) in APISchemas.all {
                        json.key(name)
                        json.raw(schema)
                    }
                }
            }
        }
        return json.bytes
    }()

    private static func write(error status: Int, _ text: String, _ fields: [String], to json: inout JSONBytes) {
        json.key("E\(status)")
        json.object { json in
            json.member("description", text)
            json.key("headers")
            json.object { json in
                for name in ["x-request-id"] + fields {
                    json.key(name)
                    json.raw(##"{"$ref":"#/components/headers/\##(name)"}"##)
                }
            }
            json.key("content")
            // The messages' endpoints have Anthropic's shape.
            json.raw(
                ##"{"application/json":{"schema":{"anyOf":[{"$ref":"#/components/schemas/Error"},"##
                    + ##"{"$ref":"#/components/schemas/MessageError"}]}}}"##)
        }
    }

    private static let info = """
        {"title":"BanditRouter","version":"1","summary":"An OpenAI-compatible router that learns which model to use.",\
        "description":"Chat and embeddings as OpenAI has them; what was decided and why; feedback; what was learned; \
        administration. Every error has OpenAI's shape (of the messages' endpoints Anthropic's), every answer an x-request-id."}
        """

    private static let tags = """
        [{"name":"serving","description":"Chat, embeddings, decisions, feedback."},{"name":"reading",\
        "description":"What was decided, used and learned."},{"name":"administration","description":"Keys, arms, \
        configuration."},{"name":"operation","description":"Probes and metrics."}]
        """

    private static let headers: [(String, String, String)] = [
        (
            "x-request-id", "The client's, where it is 1 to 128 visible ASCII characters; else a new one.",
            #"{"type":"string"}"#
        ),
        ("retry-after", "Whole seconds after which the same request may succeed.", #"{"type":"integer","minimum":1}"#),
        ("www-authenticate", "The scheme of keys.", #"{"type":"string","const":"Bearer"}"#),
        (
            "x-bandit-decision-id", "The decision that the answer belongs to: what feedback names.",
            #"{"type":"string","format":"uuid"}"#
        ),
        ("x-bandit-arm", "The arm that served.", #"{"type":"string"}"#),
        ("x-bandit-category", "The category that the request was taken to have.", #"{"type":"string"}"#),
        (
            "x-bandit-propensity", "Probability of the arm that was drawn.",
            #"{"type":"number","minimum":0,"maximum":1}"#
        ),
        (
            "x-bandit-attempts", "Upstream calls made for the answer; 0 for one from the cache.",
            #"{"type":"integer","minimum":0}"#
        ),
        ("x-bandit-policy", "The policy that chose.", #"{"type":"string"}"#),
        (
            "x-bandit-adjusted",
            "What of the request was left out or made to fit for the arm's provider: names of members, with commas between.",
            #"{"type":"string"}"#
        ),
        (
            "x-bandit-cost-usd", "What the answer cost, where it is known; not on streams.",
            #"{"type":"number","minimum":0}"#
        ),
        (
            "x-bandit-overhead-ms", "Milliseconds of the request that were not spent upstream.",
            #"{"type":"number","minimum":0}"#
        ),
        (
            "x-bandit-cache", "Where a cache was asked: whether it had the answer.",
            #"{"type":"string","enum":["hit","miss"]}"#
        ),
        ("traceparent", "W3C trace context of the router's span, where the request had one.", #"{"type":"string"}"#),
        (
            "x-ratelimit-limit-requests", "Requests a minute that the key, or the router, allows.",
            #"{"type":"integer","minimum":1}"#
        ),
        ("x-ratelimit-remaining-requests", "Requests left at this moment.", #"{"type":"integer","minimum":0}"#),
        ("x-ratelimit-reset-requests", "Until all requests are there again, as 1.5s or 6m0s.", #"{"type":"string"}"#),
        (
            "x-ratelimit-limit-tokens", "Tokens a minute that the key, or the router, allows.",
            #"{"type":"integer","minimum":1}"#
        ),
        ("x-ratelimit-remaining-tokens", "Tokens left at this moment.", #"{"type":"integer","minimum":0}"#),
        ("x-ratelimit-reset-tokens", "Until all tokens are there again, as 1.5s or 6m0s.", #"{"type":"string"}"#),
    ]

    private static let errors: [(Int, String, [String])] = [
        (400, "The request is not understood or cannot be served as it is; `code` says why, `param` where.", []),
        (401, "No key, or one that is unknown, expired or revoked.", ["www-authenticate"]),
        (
            403,
            "The key lacks the scope, the decision is another group's, a page asks that may not, or (without keys) the host is not a loopback name.",
            []
        ),
        (404, "There is nothing of that name.", []),
        (409, "What is there stands against it; `code` says what.", []),
        (413, "The body, or the batch, is too large.", []),
        (415, "The body is of another type, or in another coding, than is read here.", []),
        (422, "The provider cannot work on the request; the message is its own.", ["x-bandit-decision-id"]),
        (429, "A limit of the key, of the router or of every provider is reached.", ["retry-after"]),
        (500, "The router failed to answer; its log says why.", []),
        (502, "The arm that was asked for by name failed.", ["x-bandit-decision-id"]),
        (
            503,
            "No arm is in service, the store cannot be written, or bodies in flight take all the memory set aside for them.",
            ["retry-after"]
        ),
        (504, "The arm that was asked for by name did not answer in time.", ["x-bandit-decision-id"]),
    ]
}

/// `GET /openapi.json`.
enum DescriptionEndpoint {
    static let endpoint = Endpoint(.get, "/openapi.json", .open) { _ in .json(APIDescription.document) }
}
