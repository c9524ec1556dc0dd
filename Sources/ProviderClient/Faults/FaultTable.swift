/// What providers say, and what it means: the one place where their wordings are known.
///
/// A pattern is lower-case text; `*` stands for anything between its parts. It is looked for in the message, the code and the type of an
/// error, each for itself. The first row that matches counts, so what is special comes before what is general. `FaultTableTests` has an
/// example for every row.
package enum FaultTable {
    package typealias Reason = FaultVerdict.Reason

    /// Read for every refusal but 429, which speaks of tokens a minute.
    package static let overflow: [String] = [
        // The codes: OpenAI and who follows it, llama.cpp, OpenRouter, MiniMax.
        "context_length_exceeded", "exceed_context_size", "context_window_exceeded", "model_max_prompt_tokens_exceeded",
        "string_above_max_length",
        // OpenAI, Azure, DeepSeek, vLLM, Together, OpenRouter, xAI, Fireworks, Mistral, LM Studio.
        "maximum context length", "max context length", "maximum prompt length", "maximum model length",
        "context length of only",
        // llama.cpp, Ollama, SGLang, NVIDIA NIM, SambaNova, MiniMax, Databricks.
        "exceed*context size", "exceed*context length", "exceed*context window", "exceed*context limit",
        "context length*exceed", "context window*exceed", "context size*exceed", "longer than*context",
        "larger than*context", "too long*context", "context*too long", "too large*context", "context overflow",
        "exceed*model token limit", "exceed*maximum input length", "exceed*max input", "exceed*maximum sequence length",
        // Anthropic, Bedrock, Fireworks, Perplexity, AI21.
        "prompt is too long", "prompt too long", "prompt*is too long", "input is too long", "input too long",
        "input length is too long", "too many input tokens", "prompt has too many tokens", "conversation is too long",
        // Google, watsonx, Cohere, Text Generation Inference, DashScope.
        "input token count*exceeds", "input token count*only supports", "input tokens*cannot exceed",
        "too many tokens:", "tokens in the prompt*cannot exceed", "`inputs` tokens*must be <=",
        "`inputs` must have less than", "inputs must have less than", "range of input length",
        // Groq and Cerebras.
        "reduce the length of",
    ]

    /// A limit of tokens a minute that one request is above of by itself: read for every refusal, where the others are not read with 429.
    package static let overflowOfLimit: [String] = [
        "request too large for*tokens per min", "request too large for*tpm",
    ]

    /// Read for refusals with a status that says nothing by itself: 400, 403, 404, 413, 422 and their like.
    package static let rows: [(reason: Reason, patterns: [String])] = [
        (
            .rateLimit,
            [
                "resource_exhausted", "rate limit", "rate_limit", "ratelimit", "too many requests", "throttl",
                "requests per min", "tokens per min", "requests per day", "tokens per day", "try again later",
                "concurrency limit", "overloaded",
            ]
        ),
        (.credit, credit),
        (
            .key,
            [
                "api key not valid", "api_key_invalid", "invalid_api_key", "invalid api key", "incorrect api key",
                "invalid x-api-key", "invalid api token", "authentication_error", "authentication fail",
                "invalid authentication", "invalid bearer", "no auth credentials", "missing api key", "api key*expired",
                "token*expired", "unauthenticated", "unrecognizedclient", "security token included in the request",
            ]
        ),
        (
            .moderation,
            [
                "content_filter", "content_policy", "content filter", "content management policy", "content policy",
                "usage policy", "usage policies", "safety system", "safety setting", "responsibleaipolicy",
                "prohibited_content", "prohibited content", "content exists risk", "data_inspection_failed",
                "inappropriate content", "contentfilter", "flagged", "requires moderation", "invalid_prompt",
                "content filtering policy", "guardrail", "violat*polic", "unsafe content", "sensitive content",
                "input new_sensitive", "output new_sensitive",
            ]
        ),
        (
            .permission,
            [
                "account*suspended", "account*deactivated", "account*disabled", "account*blocked", "account*banned",
                "organization*disabled", "organization*deactivated", "account_deactivated", "access_terminated",
                "project*archived", "permission_denied", "permission_error", "permission denied",
                "do not have permission",
                "does not have permission", "not have access to this", "accessdenied", "not authorized",
                "not been used in project", "unsupported_country", "country, region, or territory",
                "location is not supported", "service_disabled", "subscription*not active", "good standing",
            ]
        ),
        (
            .unknownModel,
            [
                "model_not_found", "model_not_exist", "model not found", "model not exist", "model*does not exist",
                "model*was not found", "no such model", "unknown model", "invalid model", "not a valid model",
                "model_decommissioned", "decommissioned", "model_not_available", "deploymentnotfound",
                "deployment*does not exist", "model identifier is invalid", "try pulling it first",
                "is not found for api version", "unable to access model", "no allowed providers", "model*not loaded",
                "model*retired", "access to the model", "access to model",
            ]
        ),
        (
            .unsupportedValue,
            [
                "unsupported_value", "unsupported value", "only the default (1) value", "max_tokens is too large",
                "max_tokens*too large", "supports at most*completion tokens", "max_tokens*cannot exceed",
                "max_tokens*must be less than", "max_tokens*maximum allowed", "max_output_tokens*supported range",
                "max_tokens*> *which is the maximum", "max_completion_tokens*too large", "invalid max_tokens value",
                "integer_above_max_value", "decimal_above_max_value", "array_above_max_length",
            ]
        ),
        (
            .unsupported,
            [
                "unsupported_parameter", "unsupported parameter", "unknown_parameter", "unknown parameter",
                "unrecognized request argument", "unrecognized*argument", "unrecognized*parameter",
                "unrecognized*field",
                "unrecognized key", "unknown field", "unknown name", "cannot find field", "unknown argument",
                "unexpected keyword argument", "unexpected field", "unexpected parameter",
                "extra inputs are not permitted",
                "extra fields not permitted", "extra_forbidden", "additional properties are not allowed",
                "not supported", "unsupported", "does not support", "doesn't support", "do not support", "not support ",
                "no endpoints found that", "deprecated for this model", "not available for this model",
                "not enabled for this model", "not implemented", "not a multimodal model",
                "may be provided in one prompt",
                "tool choice requires", "must be verified to", "cannot both be", "cannot both specify",
                "is not allowed with", "not compatible with", "incompatible with", "supported parameters",
            ]
        ),
        (
            .invalid,
            [
                "must be unique", "must be a response to a preceding", "did not have response messages",
                "without `tool_use`", "`tool_result`", "tool_result", "could not process image", "invalid base64",
                "invalid_base64", "invalid_image", "failed to parse json", "could not parse the json",
                "invalid_function_parameters", "invalid schema", "invalid_json_schema",
            ]
        ),
    ]

    /// Also read where the status is 429 or a server's: some give these words one of those.
    package static let credit: [String] = [
        "insufficient_quota", "insufficient_user_quota", "insufficient quota", "exceeded your current quota",
        "quota_exceeded", "quota exceeded", "quota has been exceeded", "credit balance", "insufficient balance",
        "insufficient_balance", "insufficient credit", "insufficient_credit", "insufficient funds",
        "not enough credit", "out of credit", "requires more credits", "no credits", "never purchased credits",
        "billing_hard_limit", "billing hard limit", "billing_not_active", "billing*not active",
        "billing is not enabled",
        "billing_error", "requires billing", "payment required", "payment_required", "payment method", "spending limit",
        "spend limit", "specified api usage limits", "monthly usage limit", "monthly*limit*exceeded", "arrearage",
        "overdue payment", "account balance", "quota*used up", "exhausted*quota", "free tier*exhausted",
        "balance is not enough",
    ]

    /// Every list, in the order in which they are read.
    package static var all: [(reason: Reason, patterns: [String])] {
        [(.contextOverflow, overflow + overflowOfLimit)] + rows
    }

    /// Whether a pattern of the list is in one of the texts, which are lower-case.
    package static func matches(_ patterns: [String], _ texts: [[UInt8]]) -> Bool {
        patterns.contains { pattern in texts.contains { matches(pattern, $0) } }
    }

    private static func matches(_ pattern: String, _ text: [UInt8]) -> Bool {
        var rest = text[...]
        for part in pattern.utf8.split(separator: UInt8(ascii: "*")) {
            guard let end = endOfFirst(Array(part), in: rest) else { return false }
            rest = rest[end...]
        }
        return true
    }

    private static func endOfFirst(_ part: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
        guard let first = part.first, text.count >= part.count else { return nil }
        var at = text.startIndex
        while at <= text.endIndex - part.count {
            if text[at] == first, text[at..<at + part.count].elementsEqual(part) { return at + part.count }
            at += 1
        }
        return nil
    }
}
