package import NIOCore
import WireFormats

/// A change to a request that loses nothing, after which an arm may take what it has refused.
///
/// Known only from refusals, and remembered for the arm: a bit each, so what is remembered is bounded.
package enum RequestRepair: UInt8, Sendable, CaseIterable {
    case streamOptions, maxTokens, maxCompletionTokens, temperature, topP, presencePenalty, frequencyPenalty, count
    case logprobs, logitBias, parallelToolCalls, toolChoice, responseFormat, reasoningEffort, verbosity, modalities
    case store, metadata, user, safetyIdentifier, serviceTier, promptCacheKey, promptCacheRetention

    /// The member that goes.
    package var member: StaticString {
        switch self {
        case .streamOptions: "stream_options"
        case .maxTokens: "max_tokens"
        case .maxCompletionTokens: "max_completion_tokens"
        case .temperature: "temperature"
        case .topP: "top_p"
        case .presencePenalty: "presence_penalty"
        case .frequencyPenalty: "frequency_penalty"
        case .count: "n"
        case .logprobs: "logprobs"
        case .logitBias: "logit_bias"
        case .parallelToolCalls: "parallel_tool_calls"
        case .toolChoice: "tool_choice"
        case .responseFormat: "response_format"
        case .reasoningEffort: "reasoning_effort"
        case .verbosity: "verbosity"
        case .modalities: "modalities"
        case .store: "store"
        case .metadata: "metadata"
        case .user: "user"
        case .safetyIdentifier: "safety_identifier"
        case .serviceTier: "service_tier"
        case .promptCacheKey: "prompt_cache_key"
        case .promptCacheRetention: "prompt_cache_retention"
        }
    }

    /// The member that takes its value, where the arm has another name for it.
    private var successor: StaticString? {
        switch self {
        case .maxTokens: "max_completion_tokens"
        case .maxCompletionTokens: "max_tokens"
        default: nil
        }
    }

    /// The repair that must not be remembered beside this one: it would undo it.
    package var opposite: RequestRepair? {
        switch self {
        case .maxTokens: .maxCompletionTokens
        case .maxCompletionTokens: .maxTokens
        default: nil
        }
    }

    /// Whether nothing is lost with this value: it says what would be so without it, or nothing about the answer.
    private func isHarmless(_ value: JSONValue) -> Bool {
        switch self {
        case .maxTokens, .maxCompletionTokens, .streamOptions: true
        // A model that does not know effort has none.
        case .reasoningEffort: true
        case .metadata, .user, .safetyIdentifier, .promptCacheKey, .promptCacheRetention: true
        default: isUsual(value)
        }
    }

    /// Whether a member with this value says what would be so without it.
    private func isUsual(_ value: JSONValue) -> Bool {
        if value.isNull { return true }
        switch self {
        case .maxTokens, .maxCompletionTokens, .reasoningEffort, .metadata, .user, .safetyIdentifier, .promptCacheKey,
            .promptCacheRetention:
            return false
        // Usage is what the router itself asks for, and counts where there is none.
        case .streamOptions: return true
        case .temperature, .topP, .count: return value.double == 1
        case .presencePenalty, .frequencyPenalty: return value.double == 0
        case .logprobs, .store: return value.bool == false
        case .logitBias: return value.kind == .object && value.isEmpty
        case .parallelToolCalls: return value.bool == true
        case .toolChoice: return value.isString("auto")
        case .responseFormat: return value.member("type")?.isString("text") ?? false
        case .verbosity: return value.isString("medium")
        case .modalities: return value.kind == .array && value.elements.allSatisfy { $0.isString("text") }
        case .serviceTier: return value.isString("auto") || value.isString("default")
        }
    }

    /// Whether a member of a request, by its name, says what would be so without it.
    static func isUsual(_ name: String, _ value: JSONValue) -> Bool {
        allCases.first { $0.member.description == name }?.isUsual(value) ?? false
    }

    /// The repair for a refusal of this body; nil where there is none that loses nothing.
    package static func forRefusal(_ verdict: FaultVerdict, of body: ByteBuffer) -> RequestRepair? {
        guard verdict.reason == .unsupported, let parameter = verdict.parameter,
            let repair = allCases.first(where: { $0.member.description == parameter })
        else { return nil }
        return repair.applied(to: body) == nil ? nil : repair
    }

    /// Whether the client has asked for something that the repair leaves out.
    fileprivate func losesWish(in body: ByteBuffer) -> Bool {
        guard successor == nil, let value = (try? JSONDocument(parsing: body))?.member(member) else { return false }
        return !isUsual(value)
    }

    /// The body after the repair; nil where there is nothing to repair, or something would be lost.
    package func applied(to body: ByteBuffer) -> ByteBuffer? {
        guard let document = try? JSONDocument(parsing: body), document.isObject, let value = document.member(member),
            isHarmless(value)
        else { return nil }
        var splice = JSONSplice(document)
        splice.remove(member)
        if let successor, !value.isNull, !document.has(successor) { splice.set(successor, to: value.rawBytes) }
        return splice.applied()
    }
}

/// The repairs that an arm is known to need.
package struct RequestRepairs: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package init(_ repair: RequestRepair) { rawValue = 1 << UInt32(repair.rawValue) }

    /// Makes every one of them that applies; what is left out, and said something, is named as adjusted.
    package func apply(to request: inout PreparedRequest) {
        for repair in RequestRepair.allCases where contains(RequestRepairs(repair)) {
            guard let body = repair.applied(to: request.body) else { continue }
            if repair.losesWish(in: request.body) { request.adjusted.append(repair.member.description) }
            request.body = body
        }
    }

    /// With one more; what would undo it is forgotten.
    package func learning(_ repair: RequestRepair) -> RequestRepairs {
        var learned = self
        if let opposite = repair.opposite { learned.remove(RequestRepairs(opposite)) }
        learned.insert(RequestRepairs(repair))
        return learned
    }
}
