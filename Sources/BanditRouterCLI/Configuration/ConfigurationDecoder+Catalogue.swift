import BanditCore
import Foundation
import Gateway
import QueryCategories
import RoutingEngine

/// Providers, arms and categories.
extension ConfigurationDecoder {
    mutating func decodeProviders(_ root: MappingReader) -> [ProviderDefinition] {
        let sections = root.sections("providers")
        if sections.isEmpty, root.has("providers") { reportEmpty("providers", of: root) }
        knowsProviders = !sections.isEmpty
        return sections.map { section in
            let id = declare(section, what: "provider", in: &providerLocations)
            let kind = section.choice("kind", of: ProviderKind.self)
            let key = section.scalar("api_key")?.text
            if let key, !key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
                section.report("api_key", "contains a space, a line break or another character that no key has")
            }
            let credentials = section.section("credentials").flatMap { decodeCredentials($0, of: kind) }
            if key != nil, credentials != nil { section.report("api_key", "and “credentials” exclude each other") }
            let (version, project) = (section.scalar("api_version")?.text, section.scalar("project")?.text)
            let (place, region) = (section.scalar("location")?.text, section.scalar("region")?.text)
            if kind == .simulated {
                for name in ["base_url", "api_key"] where section.has(name) {
                    section.report(name, "has no meaning for a simulated provider")
                }
                _ = section.scalar("base_url")
                return ProviderDefinition(id: id, kind: .simulated)
            }
            checkAddress(section, of: kind)
            var provider = ProviderDefinition(
                id: id, kind: kind ?? .openai, baseURL: section.baseURL("base_url") ?? "", apiKey: key)
            provider.apiVersion = version
            provider.project = project
            provider.location = place
            provider.region = region
            if case .accessToken(let token) = credentials {
                provider.apiKey = provider.apiKey ?? token
            } else {
                provider.credentials = credentials
            }
            return provider
        }
    }

    mutating func decodeArms(_ root: MappingReader, providers: [ProviderDefinition]) -> [ArmDefinition] {
        let sections = root.sections("arms")
        if sections.isEmpty, root.has("arms") { reportEmpty("arms", of: root) }
        knowsArms = !sections.isEmpty
        return sections.map { section in
            let id = declare(section, what: "arm", in: &armLocations)
            let provider = section.scalar("provider")
            if knowsProviders, let provider {
                checkReference(provider, to: "provider", among: providerLocations.keys)
            }
            let tokens = section.section("expected_tokens")
            var arm = ArmDefinition(
                id: id, provider: provider?.text ?? "", model: section.text("model") ?? "",
                contextWindow: section.integer("context_window", in: 1...1_000_000_000),
                capabilities: decodeCapabilities(section), price: section.section("price").map(decodePrice),
                prior: decodePrior(section.section("prior")),
                expectedInputTokens: tokens?.number("input", .positive) ?? 150,
                expectedOutputTokens: tokens?.number("output", .positive) ?? 300,
                isEnabled: section.boolean("enabled") ?? true)
            if let media = section.section("media_tokens") {
                for (name, path) in MediaTokens.fields {
                    if let tokens = media.number(name, .atLeastZero) { arm.mediaTokens[keyPath: path] = tokens }
                }
            }
            let kind = providers.first { $0.id == arm.provider }?.kind
            let phrasing = decodePhrasing(section, of: kind)
            if phrasing != ArmPhrasing() { phrasings[id] = phrasing }
            return arm
        }
    }

    func decodeCapabilities(_ section: MappingReader, _ key: String = "capabilities") -> Set<Capability> {
        var capabilities: Set<Capability> = []
        for scalar in section.scalars(key) {
            guard let capability = Capability(rawValue: scalar.text) else {
                section.reportChoice(scalar, among: Capability.allCases.map(\.rawValue))
                continue
            }
            if !capabilities.insert(capability).inserted {
                log.report(scalar.location, "“\(capability.rawValue)” is listed twice")
            }
        }
        if capabilities.contains(.embeddings), capabilities.count > 1 {
            section.report(
                key, "“embeddings” stands alone: such an arm serves /v1/embeddings and nothing else")
        }
        return capabilities
    }

    private func decodePrice(_ section: MappingReader) -> ArmPrice {
        var price = ArmPrice(
            inputPerMillionUSD: section.number("input_per_million_usd", .atLeastZero) ?? 0,
            outputPerMillionUSD: section.number("output_per_million_usd", .atLeastZero) ?? 0)
        for (name, path) in ArmPrice.options { price[keyPath: path] = section.number(name, .atLeastZero) }
        return price
    }

    private func decodePrior(_ section: MappingReader?) -> ArmPrior {
        ArmPrior(
            mean: section?.number("mean", .priorMean) ?? 0.5, strength: section?.number("strength", .priorStrength) ?? 2
        )
    }

    func decodeCategories(_ root: MappingReader) -> [CategoryDefinition] {
        var locations: [String: KeyLocation] = [:]
        return root.sections("categories").map { section in
            let id = declare(section, what: "category", in: &locations)
            return CategoryDefinition(
                id: id, description: section.text("description"), examples: section.scalars("examples").map(\.text),
                patterns: section.scalars("patterns").map { pattern in
                    do throws(CategoryError) {
                        guard !pattern.text.isEmpty else {
                            log.report(pattern.location, "must not be empty: it would match everything")
                            return ""
                        }
                        _ = try TextPattern(pattern.text)
                    } catch {
                        let reason = pattern.isExpanded ? "" : ": \(shown(error.message))"
                        log.report(pattern.location, "is no regular expression\(reason)")
                    }
                    return pattern.text
                }, rules: section.sections("rules").map(decodeRule))
        }
    }

    private func decodeRule(_ section: MappingReader) -> CategoryRule {
        let hash = section.text("system_prompt_hash")
        if let hash, hash.utf8.count != 16 || !hash.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) {
            section.report("system_prompt_hash", "must be the 16 hexadecimal digits of the system prompt's FNV-1a hash")
        }
        let rule = CategoryRule(
            hasTools: section.boolean("tools"), hasImages: section.boolean("images"),
            wantsJSON: section.boolean("json"), isMostlyCode: section.boolean("mostly_code"),
            script: section.choice("script", of: TextScript.self),
            language: section.choice("language", of: TextLanguage.self),
            minimumBytes: section.integer("min_bytes", in: 0...1_000_000_000),
            maximumBytes: section.integer("max_bytes", in: 0...1_000_000_000),
            minimumTurns: section.integer("min_turns", in: 0...1_000_000), systemPromptHash: hash)
        // Wrong values were reported already: only a section without keys is one that states nothing.
        if CategoryRule.keys.allSatisfy({ !section.has($0) }) {
            log.report(section.location, "states no condition: it would claim every request")
        }
        return rule
    }

    func decodeClassifier(_ section: MappingReader?, providers: [ProviderDefinition]) -> ClassifierDefinition {
        guard let section else { return ClassifierDefinition() }
        var definition = ClassifierDefinition(
            taxonomy: section.choice("taxonomy", of: ClassifierDefinition.Taxonomy.self) ?? .configured,
            modelPath: section.text("model"),
            threshold: section.number("threshold", .probability) ?? Categorizer.defaultThreshold,
            embeddings: section.section("embeddings").map { decodeEmbeddings($0, providers: providers) })
        let tags = section.scalars("harness_tags")
        if section.has("harness_tags") { definition.harnessTags = tags.map(\.text) }
        for tag in tags
        where tag.text.isEmpty || !tag.text.allSatisfy({ $0.isLetter || $0.isNumber || "-_*".contains($0) }) {
            log.report(tag.location, "must be the name of a block: letters, digits, “-”, “_”, and “*” at its end")
        }
        if definition.embeddings != nil, definition.modelPath == nil {
            section.report("embeddings", "needs a classifier.model that was trained with them (train-categories)")
        }
        if definition.taxonomy == .default, definition.modelPath != nil {
            section.report("taxonomy", "and model exclude each other: a model brings its own categories")
        }
        return definition
    }

    private func decodeEmbeddings(
        _ section: MappingReader, providers: [ProviderDefinition]
    ) -> EmbeddingsDefinition {
        let provider = section.scalar("provider")
        if knowsProviders, let provider {
            checkReference(provider, to: "provider", among: providerLocations.keys)
            if providers.first(where: { $0.id == provider.text })?.kind == .anthropic {
                section.report("provider", "is of kind anthropic, which has no embeddings")
            }
        }
        return EmbeddingsDefinition(
            provider: provider?.text ?? "", model: section.text("model") ?? "",
            timeout: section.duration("timeout") ?? EmbeddingsDefinition.defaultTimeout,
            cacheEntries: section.integer("cache_entries", in: 1...10_000_000)
                ?? EmbeddingsDefinition.defaultCacheEntries,
            inputPerMillionUSD: section.number("input_per_million_usd", .atLeastZero))
    }

    func reportEmpty(_ key: String, of section: MappingReader) {
        // A list that is no list at all was reported when it was read.
        if section.isEmptyList(key) { section.report(key, "must not be empty") }
    }
}

extension MappingReader {
    /// An `http` or `https` URL without user, query and fragment, and without a slash at the end.
    ///
    /// Its text is never shown: people put keys into URLs.
    func baseURL(_ key: String) -> String? {
        guard let text = text(key) else { return nil }
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased() else {
            report(key, "is no URL; it must look like “https://api.example.com/v1”")
            return nil
        }
        guard scheme == "http" || scheme == "https" else {
            report(key, "must begin with http:// or https://")
            return nil
        }
        guard let host = parts.host, !host.isEmpty else {
            report(key, "names no host; it must look like “https://api.example.com/v1”")
            return nil
        }
        guard parts.user == nil, parts.password == nil else {
            report(key, "must not contain a user or a password; the key goes into api_key")
            return nil
        }
        guard parts.query == nil, parts.fragment == nil else {
            report(key, "must not contain “?” or “#”: paths are appended to it")
            return nil
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            report(key, "must be of visible ASCII characters")
            return nil
        }
        for suffix in ["/chat/completions", "/embeddings", "/messages", "/responses"] where parts.path.hasSuffix(suffix)
        {
            report(key, "must end with the version, as in “…/v1”: the router appends “\(suffix)” itself")
            return nil
        }
        return String(text.reversed().drop { $0 == "/" }.reversed())
    }
}
