import Dialects
import Gateway
import NIOCore
import ProviderClient
import RoutingEngine
import WireFormats

/// Where providers are, what they are paid with, and how their arms are asked.
extension ConfigurationDecoder {
    /// Reports what of a provider's address is missing, or has no meaning for its kind.
    func checkAddress(_ section: MappingReader, of kind: ProviderKind?) {
        guard let kind else { return }
        switch kind {
        case .openai, .openaiResponses, .anthropic:
            if !section.has("base_url") {
                section.report("base_url", "is missing (the URL up to and with the version, “…/v1”)")
            }
        case .azure:
            if !section.has("base_url") {
                section.report("base_url", "is missing (the resource's address, “https://NAME.openai.azure.com”)")
            }
        case .vertex:
            if !section.has("project") { section.report("project", "is missing (the id of the cloud project)") }
        case .bedrock:
            if !section.has("region"), !section.has("base_url") {
                section.report("region", "is missing (as in “us-east-1”)")
            }
        case .gemini, .simulated: break
        }
        let meaningless: [(String, Bool)] = [
            ("api_version", kind != .azure), ("project", kind != .vertex), ("location", kind != .vertex),
            ("region", kind != .bedrock),
        ]
        for (name, isMeaningless) in meaningless where isMeaningless && section.has(name) {
            section.report(name, "has no meaning for a provider of kind \(kind.rawValue)")
        }
        for name in ["project", "location", "region", "api_version"] {
            guard let text = section.scalar(name)?.text else { continue }
            if !text.utf8.allSatisfy({ Self.isNameByte($0) }) || text.isEmpty {
                section.report(name, "must be of letters, digits, “-”, “.” and “_”")
            }
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._".utf8.contains(byte)
        }
    }

    func decodeCredentials(_ section: MappingReader, of kind: ProviderKind?) -> CredentialsDefinition? {
        let secret = section.scalar("secret_access_key")?.text
        let token = section.scalar("session_token")?.text
        var found: [(key: String, kinds: Set<ProviderKind>, definition: CredentialsDefinition)] = []
        if let text = section.scalar("access_token")?.text {
            found.append(("access_token", [.vertex, .azure, .bedrock], .accessToken(text)))
        }
        if let path = section.path("service_account") {
            found.append(("service_account", [.vertex], .serviceAccount(path: path)))
        }
        if let id = section.scalar("access_key_id")?.text {
            if secret == nil { section.report("secret_access_key", "is missing: “access_key_id” needs it") }
            found.append(
                ("access_key_id", [.bedrock], .accessKey(id: id, secret: secret ?? "", sessionToken: token)))
        } else {
            for name in ["secret_access_key", "session_token"] where section.has(name) {
                section.report(name, "needs “access_key_id” beside it")
            }
        }
        if let name = section.scalar("profile")?.text {
            found.append(("profile", [.bedrock], .profile(name: name, path: nil)))
        }
        if section.boolean("metadata") ?? false { found.append(("metadata", [.vertex], .metadata)) }
        if let entra = section.section("entra") {
            found.append(
                (
                    "entra", [.azure],
                    .entra(
                        tenant: entra.scalar("tenant")?.text ?? "", clientID: entra.scalar("client_id")?.text ?? "",
                        clientSecret: entra.scalar("client_secret")?.text ?? "",
                        scope: entra.text("scope") ?? ConfigurationSchema.entraScope,
                        tokenURL: entra.baseURL("token_url"))
                ))
        }
        if let identity = section.section("web_identity") {
            found.append(
                (
                    "web_identity", [.bedrock],
                    .webIdentity(
                        role: identity.scalar("role")?.text ?? "", tokenPath: identity.path("token_file") ?? "",
                        session: identity.text("session") ?? "bandit-router", endpoint: identity.baseURL("endpoint"))
                ))
        }
        guard let first = found.first else {
            log.report(section.location, "names nothing to pay with")
            return nil
        }
        if found.count > 1 { section.report(found[1].key, "and “\(first.key)” exclude each other") }
        if let kind, !first.kinds.contains(kind) {
            section.report(first.key, "has no meaning for a provider of kind \(kind.rawValue)")
        }
        return first.definition
    }

    func decodePhrasing(_ section: MappingReader, of kind: ProviderKind?) -> ArmPhrasing {
        var phrasing = ArmPhrasing()
        phrasing.dialect = section.choice("dialect", of: OutboundShape.self)
        if let kind, let dialect = phrasing.dialect, !kind.dialects.contains(dialect) {
            let known = kind.dialects.map(\.rawValue).joined(separator: ", ")
            section.report("dialect", "is not one of a provider of kind \(kind.rawValue), which are asked in \(known)")
        }
        phrasing.maxOutputTokens = section.integer("max_output_tokens", in: 1...1_000_000_000)
        phrasing.reasoning = section.choice("reasoning", of: AskedModel.Reasoning.self)
        phrasing.realm = section.text("realm")
        phrasing.params = section.section("params").flatMap(decodeWishes)
        phrasing.defaults = section.section("defaults").flatMap(decodeWishes)
        return phrasing
    }

    /// What is wished of every request, as a JSON object in the words of the chat API.
    private func decodeWishes(_ section: MappingReader) -> String? {
        var json = JSONBytes()
        var isEmpty = true
        json.object { json in
            func note<Value>(_ value: Value?, _ write: (Value) -> Void) {
                guard let value else { return }
                isEmpty = false
                write(value)
            }
            note(section.number("temperature", .atLeastZero)) { json.member("temperature", $0) }
            note(section.number("top_p", .probability)) { json.member("top_p", $0) }
            for name in ["presence_penalty", "frequency_penalty"] {
                note(section.number(name, .any)) { json.member(name, $0) }
            }
            for name in ["top_k", "seed", "max_tokens"] {
                note(section.integer(name, in: 0...1_000_000_000)) { json.member(name, $0) }
            }
            for name in ["reasoning_effort", "verbosity", "service_tier"] {
                note(section.text(name)) { json.member(name, $0) }
            }
            note(section.boolean("parallel_tool_calls")) { json.member("parallel_tool_calls", $0) }
            note(section.scalar("raw")) { scalar in
                guard let value = try? JSONValue(parsing: .init(string: scalar.text)), value.kind == .object else {
                    return section.report("raw", "must be the text of a JSON object, as in '{\"top_a\": 1}'")
                }
                json.key("raw")
                json.raw(scalar.text)
            }
        }
        return isEmpty ? nil : String(decoding: json.bytes, as: UTF8.self)
    }

    func decodeClasses(_ section: MappingReader) -> [RequestClass: String] {
        guard let classes = section.section("classes") else { return [:] }
        var routes: [RequestClass: String] = [:]
        for requestClass in RequestClass.allCases {
            if let route = classes.scalar(requestClass.rawValue) { routes[requestClass] = route.text }
        }
        return routes
    }

    /// Classes name routes, which may stand further down.
    func checkClasses(_ root: MappingReader, of routes: [RouteDefinition]) {
        for section in root.sections("routes") {
            guard let classes = section.section("classes") else { continue }
            for requestClass in RequestClass.allCases {
                guard let route = classes.scalar(requestClass.rawValue) else { continue }
                checkReference(route, to: "route", among: routes.map(\.id))
            }
        }
    }

    /// Other names of routes and arms, as these and the list of aliases have them.
    ///
    /// - Parameter known: ids of routes and arms.
    func decodeAliases(_ root: MappingReader, among known: [String]) -> [ModelAlias] {
        var aliases: [ModelAlias] = []
        func add(_ alias: ModelAlias, _ report: (String) -> Void) {
            let stars = alias.name.count { $0 == "*" }
            if stars > 1 || alias.name == "*" {
                report("may have one “*”, and something beside it")
            } else if known.contains(alias.name), alias.name != alias.model {
                report("is the id of a route or an arm already")
            } else if aliases.contains(where: { $0.name.lowercased() == alias.name.lowercased() }) {
                report("stands for something already")
            } else if let other = aliases.first(where: { $0.ties(with: alias) }) {
                report("ties with “\(shown(other.name))”: neither says more of a name that both may mean")
            }
            aliases.append(alias)
        }
        for section in root.sections("aliases") {
            guard let name = section.text("name"), let model = section.scalar("model") else { continue }
            checkReference(model, to: "route or arm", among: known)
            add(ModelAlias(name: name, model: model.text)) { section.report("name", $0) }
        }
        for list in ["routes", "arms"] {
            for section in root.sections(list) {
                guard let id = section.scalar("id")?.text else { continue }
                for name in section.scalars("aliases") {
                    add(ModelAlias(name: name.text, model: id)) { log.report(name.location, $0) }
                }
            }
        }
        return aliases
    }
}
