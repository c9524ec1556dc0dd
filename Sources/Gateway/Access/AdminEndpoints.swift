import DecisionStore
import HTTPTypes
import ProviderClient
import RoutingEngine
import WireFormats

/// `/v1/admin/*`: keys and reloading. All need scope `admin`.
struct AdminEndpoints: Sendable {
    let runtime: RouterRuntime
    /// Reads the configuration file anew; throws with what is wrong with it.
    let reload: @Sendable () async throws -> ReloadReport

    static let keysPath = "/v1/admin/keys"

    var endpoints: [Endpoint] {
        [
            Endpoint(.post, Self.keysPath, .scope(.admin), create),
            Endpoint(.get, Self.keysPath, .scope(.admin)) { _ in list() },
            Endpoint(.delete, "/v1/admin/keys/:id", .scope(.admin), delete),
            Endpoint(.post, "/v1/admin/reload", .scope(.admin)) { _ in
                do {
                    return .json(try await reload().json)
                } catch {
                    throw GatewayError(400, "invalid_configuration", "Nothing was changed. \(error)")
                }
            },
        ]
    }

    @Sendable private func create(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let document = try JSONDocument.object(request.body)
        try document.refuseUnknown(["name", "scopes", "group", "limits", "expires_at"])
        guard let name = try document.text("name", atMost: TextLimit.name) else { throw GatewayError.missing("name") }
        let (text, key) = runtime.hashing.make(
            name: name, scopes: try scopes(document), group: try document.text("group", atMost: TextLimit.name),
            limits: try limits(document),
            createdAt: request.now, expiresAt: try expiry(document))
        do throws(StoreError) {
            try await runtime.store.insertKey(key)
        } catch {
            throw GatewayError.storeUnavailable()
        }
        runtime.keys.replace(with: runtime.store.keys)
        return .json(KeyAnswers.created(key, text: text), status: 201)
    }

    private func list() -> EndpointAnswer {
        .json(KeyAnswers.list(runtime.store.keys.keys))
    }

    @Sendable private func delete(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let deleted: Bool
        do throws(StoreError) {
            deleted = try await runtime.store.deleteKey(request.parameter("id"), at: request.now)
        } catch {
            throw GatewayError.storeUnavailable()
        }
        guard deleted else { throw GatewayError(404, "not_found", "No key in force has this id.", param: "id") }
        runtime.keys.replace(with: runtime.store.keys)
        return EndpointAnswer(status: 204, contentType: nil)
    }

    private func scopes(_ document: JSONDocument) throws(GatewayError) -> [KeyScope] {
        guard let list = document.member("scopes"), !list.isNull else { throw .missing("scopes") }
        let words = list.elements
        guard list.kind == .array, !words.isEmpty else {
            throw .invalidValue("scopes", "it must be a non-empty array of scopes")
        }
        var scopes: [KeyScope] = []
        for word in words {
            guard let scope = word.string.flatMap(KeyScope.init) else {
                let known = KeyScope.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidValue("scopes", "each must be one of \(known)")
            }
            if !scopes.contains(scope) { scopes.append(scope) }
        }
        return scopes
    }

    private func limits(_ document: JSONDocument) throws(GatewayError) -> KeyLimits {
        guard let object = document.member("limits"), !object.isNull else { return KeyLimits() }
        guard object.kind == .object else { throw .invalidValue("limits", "it must be an object") }
        var limits = KeyLimits()
        for (name, value) in object.members where !value.isNull {
            switch name {
            case "requests_per_minute": limits.requestsPerMinute = try Self.positive(value, name)
            case "tokens_per_minute": limits.tokensPerMinute = try Self.positive(value, name)
            case "concurrent": limits.concurrent = try Self.positive(value, name)
            case "usd_per_day":
                guard let usd = value.double, let cost = NanoDollars(usd: usd), cost > 0, cost < NanoDollars.most else {
                    throw .invalidValue(
                        "limits.usd_per_day",
                        "it must be a number of US dollars, at least a billionth of one and less than a billion")
                }
                limits.costPerDay = cost
            default: throw .unknownParameter("limits.\(name)")
            }
        }
        return limits
    }

    private static func positive(_ value: JSONValue, _ name: String) throws(GatewayError) -> Int {
        guard let number = value.int, number >= 1, number <= Count.most else {
            throw .invalidValue("limits.\(name)", "it must be a whole number from 1 to \(Count.most)")
        }
        return number
    }

    private func expiry(_ document: JSONDocument) throws(GatewayError) -> Timestamp? {
        guard let text = try document.text("expires_at", atMost: TextLimit.word) else { return nil }
        guard let time = RFC3339.microseconds(text) else {
            throw .invalidValue("expires_at", "it must be an instant of RFC 3339, like 2026-01-02T03:04:05Z")
        }
        return time
    }
}

/// Keys as JSON; the key's text is shown once and never again.
enum KeyAnswers {
    static func created(_ key: APIKey, text: String) -> [UInt8] {
        var json = JSONBytes()
        json.object {
            $0.member("id", key.id)
            $0.member("key", text)
            describe(key, &$0)
        }
        return json.bytes
    }

    static func list(_ keys: [APIKey]) -> [UInt8] {
        var json = JSONBytes()
        json.object { json in
            json.member("object", "list")
            json.key("data")
            json.array { json in
                for key in keys {
                    json.object {
                        $0.member("id", key.id)
                        describe(key, &$0)
                    }
                }
            }
        }
        return json.bytes
    }

    private static func describe(_ key: APIKey, _ json: inout JSONBytes) {
        json.member("name", key.name)
        json.member("group", key.group)
        json.member("scopes", key.scopes)
        json.key("limits")
        json.object {
            $0.member("requests_per_minute", key.requestsPerMinute)
            $0.member("tokens_per_minute", key.tokensPerMinute)
            $0.member("concurrent", key.concurrent)
            $0.member("usd_per_day", key.costPerDay?.usd)
        }
        json.member("created_at", RFC3339.exactText(microseconds: key.created))
        json.member("expires_at", key.expires.map(RFC3339.exactText))
    }
}
