import ProviderClient
import Testing

/// What providers have been seen to say: at least one for every pattern of `FaultTable`.
enum FaultWordings {
    struct Wording: Sendable, CustomTestStringConvertible {
        let provider: String
        let status: Int
        let reason: FaultVerdict.Reason
        let words: String
        var testDescription: String { "\(provider) \(status): \(words.prefix(60))" }
    }

    static let all: [Wording] = [
        (.contextOverflow, overflow), (.credit, credit), (.rateLimit, limits), (.key, keys), (.moderation, moderation),
        (.permission, permission), (.unknownModel, models), (.unsupportedValue, values), (.unsupported, unsupported),
        (.invalid, invalid), (.tooLarge, tooLarge),
    ].flatMap { reason, wordings in
        wordings.map { Wording(provider: $0.0, status: $0.1, reason: reason, words: $0.2) }
    }

    private typealias Words = [(String, Int, String)]

    private static let overflow: Words = [
        (
            "OpenAI", 400,
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens."
        ),
        ("OpenAI's code", 400, "context_length_exceeded"), ("OpenAI, Responses", 400, "string_above_max_length"),
        (
            "GitHub Copilot", 400,
            "model_max_prompt_tokens_exceeded: prompt token count of 9001 exceeds the limit of 8192"
        ),
        ("Azure", 400, "This model's maximum context length is 4096 tokens, however you requested 5000 tokens"),
        ("DeepSeek", 400, "This model's maximum context length is 65536 tokens. However, you requested 70000 tokens"),
        (
            "OpenRouter", 400,
            "This endpoint's maximum context length is 131072 tokens. However, you requested about 140000"
        ),
        ("OpenRouter's type", 400, "context_window_exceeded"),
        ("vLLM", 400, "The decoder prompt (length 9000) is longer than the maximum model length of 8192."),
        ("vLLM", 400, "The prompt (total length 9000) is too long to fit into the model (context length 8192)."),
        ("vLLM, older", 500, "Input too long for the model: max context length 4096"),
        ("SGLang", 400, "The input (9001 tokens) is longer than the model's context length (8192 tokens)."),
        ("SGLang", 400, "Requested token count exceeds the model's maximum context length of 8192 tokens."),
        ("llama.cpp", 400, "request (9001 tokens) exceeds the available context size (8192 tokens), try increasing it"),
        ("llama.cpp's type", 400, "exceed_context_size_error"),
        ("llama.cpp, older", 500, "the request exceeds the available context size. try increasing the context size"),
        ("Ollama", 400, "the input length exceeds the context length"),
        (
            "LM Studio", 400,
            "Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough."
        ),
        ("LM Studio", 400, "Context overflow: the chat does not fit"),
        (
            "Text Generation Inference", 422,
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 200 `max_new_tokens`"
        ),
        (
            "Text Generation Inference", 422,
            "Input validation error: `inputs` must have less than 1024 tokens. Given: 2000"
        ),
        ("Text Generation Inference, older", 422, "inputs must have less than 1024 tokens. Given: 2000"),
        ("Anthropic", 400, "prompt is too long: 205000 tokens > 200000 maximum"),
        (
            "Anthropic", 400,
            "input length and `max_tokens` exceed context limit: 199000 + 20000 > 200000, decrease input length"
        ),
        ("Bedrock", 400, "Input is too long for requested model."),
        ("Bedrock", 400, "The model returned the following errors: input length is too long"),
        ("Bedrock", 400, "Too many input tokens. Max input tokens: 8192, request input token count: 9001"),
        ("Google", 400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048575)."),
        (
            "Vertex", 400,
            "Unable to submit request because the input token count is 40000 but model only supports up to 32768."
        ),
        (
            "Mistral", 400,
            "Prompt contains 32769 tokens and 0 draft tokens, too large for model with 32768 maximum context length"
        ),
        ("Mistral", 400, "The prompt is too large for a context of 32768"),
        ("Cohere", 400, "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000."),
        ("Cohere", 400, "the number of tokens in the prompt (5000) cannot exceed 4081"),
        ("watsonx", 400, "the number of input tokens 5000 cannot exceed the total tokens limit 4096 for this model"),
        ("Groq", 400, "Please reduce the length of the messages or completion."),
        (
            "Groq", 413,
            "Request too large for model `x` in organization `org_1` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 9000, please reduce your message size and try again."
        ),
        ("OpenAI", 429, "Request too large for gpt-4 in organization org-1 on TPM: Limit 10000, Requested 12000."),
        (
            "Cerebras", 400,
            "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192"
        ),
        ("xAI", 400, "This model's maximum prompt length is 131072 but the request contains 133000 tokens."),
        ("Fireworks", 400, "The prompt is too long: 10000, model maximum context length: 8191"),
        ("Together", 422, "Input validation error: prompt too long, 9000 tokens"),
        ("Perplexity", 400, "The prompt you gave is too long for this model"),
        ("AI21", 400, "Prompt has too many tokens (9000), the limit is 8191"),
        ("MiniMax", 400, "invalid params, context window exceeds limit (2013)"),
        ("Databricks", 400, "Input exceeds the context window of this model"),
        (
            "OpenAI, Responses", 400,
            "Your input exceeds the context window of this model. Please adjust your input and try again."
        ),
        ("SambaNova", 400, "context length 9000 exceeds the maximum"),
        ("MLX", 400, "Context size (9000) exceeded"),
        ("Moonshot", 400, "Invalid request: Your request exceeded model token limit: 8192"),
        ("NVIDIA NIM", 400, "Prompt length 9001 exceeds maximum input length 8192"),
        ("TensorRT-LLM", 400, "prompt_len exceeds max input of the engine"),
        ("Hugging Face", 400, "Sequence of 9000 exceeds maximum sequence length"),
        ("exllama", 400, "Prompt is larger than the context"), ("a gateway", 400, "The context is too long"),
        ("a gateway", 400, "Message too long for the context"),
        ("DashScope", 400, "Range of input length should be [1, 30720]"), ("Poe", 400, "Your conversation is too long"),
    ]

    private static let credit: Words = [
        ("OpenAI's code", 429, "insufficient_quota"), ("one-api", 403, "insufficient_user_quota"),
        ("OpenAI", 429, "You exceeded your current quota, please check your plan and billing details."),
        ("OpenAI", 400, "Billing hard limit has been reached"), ("OpenAI's code", 400, "billing_hard_limit_reached"),
        ("OpenAI's code", 403, "billing_not_active"),
        ("OpenAI", 429, "Your account billing is not active, please check your billing details on our website."),
        ("Anthropic", 400, "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing."),
        ("Anthropic's type", 402, "billing_error"),
        ("Anthropic", 400, "You have reached your specified API usage limits. You will regain access on 2026-12-01."),
        ("DeepSeek", 402, "Insufficient Balance"), ("Moonshot's type", 403, "insufficient_balance"),
        ("OpenRouter", 402, "Insufficient credits. Add more using https://openrouter.ai/credits"),
        ("OpenRouter", 402, "This request requires more credits, or fewer max_tokens. You can only afford 1000"),
        ("OpenRouter", 402, "This account never purchased credits. Make sure your key is on the correct account"),
        ("OpenRouter's code", 400, "insufficient_credits"),
        ("Together", 402, "Credit limit exceeded: account balance is negative"),
        ("xAI", 403, "Your newly created team doesn't have any credits yet: no credits"),
        ("xAI", 403, "Your team has either used all available credits or reached its monthly spending limit"),
        ("Fireworks", 412, "Account suspended due to reaching the monthly spend limit"),
        ("Hugging Face", 402, "You have exceeded your monthly included credits; monthly usage limit"),
        ("Hugging Face", 400, "Your monthly included credits limit has been exceeded"),
        ("Mistral", 403, "Payment required to use this model"), ("a gateway's code", 400, "payment_required"),
        ("Cohere", 400, "Please add a payment method to go on"), ("Perplexity", 400, "You are out of credits"),
        ("Replicate", 400, "not enough credit to run this model"), ("Cloudflare", 400, "account: quota exceeded"),
        ("a gateway's code", 400, "quota_exceeded"),
        ("Azure", 403, "Out of call volume quota. Quota has been exceeded"),
        ("Vertex", 403, "This API method requires billing to be enabled."),
        ("Vertex", 403, "Cloud billing is not enabled for the project"),
        ("DashScope's code", 400, "Arrearage"), ("DashScope", 403, "The free tier of the model has been exhausted."),
        ("Zhipu", 429, "Your account balance is insufficient; balance is not enough"),
        ("Volcengine", 403, "The account has an overdue payment"), ("Baidu", 400, "your quota is used up"),
        ("SiliconFlow", 403, "Insufficient funds"), ("a gateway", 400, "You have exhausted the quota of this key"),
        ("a gateway", 400, "insufficient quota for this request"),
    ]

    private static let limits: Words = [
        ("Google's status", 429, "RESOURCE_EXHAUSTED"),
        ("Bedrock", 429, "Too many tokens, please wait before trying again."),
        ("a gateway", 429, "context length exceeded for your tier, slow down"),
        ("Google", 400, "RESOURCE_EXHAUSTED: try later"),
        ("a gateway", 400, "Rate limit reached for requests"), ("a gateway's code", 400, "rate_limit_exceeded"),
        ("Azure", 400, "upstream ratelimit"), ("Bedrock", 400, "ThrottlingException: Too many requests"),
        ("Cohere", 400, "Too many requests, please wait"), ("OpenAI", 400, "Limit of requests per min reached"),
        ("Groq", 413, "tokens per min: limit 6000"), ("OpenRouter", 403, "free requests per day reached"),
        ("Groq", 400, "tokens per day: limit"), ("a gateway", 400, "Busy. Please try again later."),
        ("Zhipu", 400, "concurrency limit reached"), ("a gateway", 400, "The engine is currently overloaded"),
    ]

    private static let keys: Words = [
        ("Google", 400, "API key not valid. Please pass a valid API key."), ("Google's reason", 400, "API_KEY_INVALID"),
        ("OpenAI's code", 401, "invalid_api_key"), ("Mistral", 400, "Invalid API key"),
        ("Mistral", 401, "Unauthorized"),
        ("xAI", 400, "Incorrect API key provided: xa***zz. You can obtain an API key from https://console.x.ai."),
        ("Anthropic", 401, "invalid x-api-key"), ("Cohere", 400, "invalid api token"),
        ("Anthropic's type", 400, "authentication_error"), ("DeepSeek", 400, "Authentication Fails (governor)"),
        ("Moonshot", 400, "Invalid Authentication"), ("Hugging Face", 400, "Invalid bearer token"),
        ("OpenRouter", 400, "No auth credentials found"), ("Groq", 400, "missing api key"),
        ("Google", 400, "API key expired. Please renew the API key."), ("Azure", 400, "The access token has expired"),
        ("Google's status", 400, "UNAUTHENTICATED"), ("Bedrock's type", 403, "UnrecognizedClientException"),
        ("Bedrock", 403, "The security token included in the request is invalid."),
    ]

    private static let moderation: Words = [
        ("Azure's code", 400, "content_filter"), ("OpenAI's code", 400, "content_policy_violation"),
        (
            "Azure", 400,
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."
        ),
        ("Azure's code", 400, "ResponsibleAIPolicyViolation"), ("a gateway", 400, "stopped by the content filter"),
        ("OpenAI", 400, "Your request was rejected as a result of our safety system."),
        ("OpenAI", 400, "Invalid prompt: your prompt was flagged as potentially violating our usage policy."),
        ("OpenAI's code", 400, "invalid_prompt"), ("OpenAI", 400, "This content may break our content policy"),
        ("Anthropic", 400, "Output blocked by content filtering policy"),
        ("xAI", 403, "Content violates usage guidelines and policy"),
        ("a gateway", 400, "against the usage policies"), ("Google", 400, "blocked by the safety settings"),
        ("Google's reason", 400, "PROHIBITED_CONTENT"), ("Google", 400, "The prompt has prohibited content"),
        ("OpenRouter", 403, "Your chosen model requires moderation and your input was flagged"),
        ("OpenRouter", 403, "x/y requires moderation"), ("DeepSeek", 400, "Content Exists Risk"),
        ("DashScope's code", 400, "data_inspection_failed"),
        ("DashScope", 400, "Input data may contain inappropriate content."), ("Zhipu's field", 400, "contentFilter"),
        ("Bedrock", 400, "The guardrail intervened"), ("Together", 400, "unsafe content was found"),
        ("Volcengine", 400, "may contain sensitive content"), ("MiniMax", 400, "input new_sensitive (1026)"),
        ("MiniMax", 400, "output new_sensitive (1027)"),
    ]

    private static let permission: Words = [
        ("Fireworks", 412, "Account x is suspended"), ("OpenAI", 400, "The account has been deactivated"),
        ("OpenAI's code", 400, "account_deactivated"), ("Groq", 400, "Your account is disabled"),
        ("a gateway", 400, "This account was blocked"), ("a gateway", 400, "account banned"),
        ("Anthropic", 400, "This organization has been disabled."),
        ("OpenAI", 400, "Your organization was deactivated"),
        ("OpenAI's code", 400, "access_terminated"),
        ("OpenAI", 400, "The project you are requesting has been archived: project is archived"),
        ("Google's status", 403, "PERMISSION_DENIED"), ("Anthropic's type", 400, "permission_error"),
        ("Google", 400, "Permission denied on resource project x"),
        ("Azure", 400, "You do not have permission to do this"),
        ("Google", 403, "The caller does not have permission"),
        ("a gateway", 400, "You do not have access: not have access to this"),
        ("Bedrock's type", 403, "AccessDeniedException"),
        ("Bedrock", 400, "You are not authorized to perform bedrock:InvokeModel"),
        ("Google", 403, "Generative Language API has not been used in project 1 before or it is off"),
        ("OpenAI's code", 403, "unsupported_country_region_territory"),
        ("OpenAI", 400, "Country, region, or territory not supported"),
        ("Google", 400, "User location is not supported for the API use."),
        ("Google's reason", 403, "SERVICE_DISABLED"),
        ("Azure", 400, "Your subscription is not active"),
        ("DashScope", 400, "make sure your account is in good standing."),
        ("nobody's words", 403, "no"),
    ]

    private static let models: Words = [
        ("OpenAI's code", 404, "model_not_found"),
        ("Groq", 404, "The model `x` does not exist or you do not have access to it."),
        ("Anthropic", 404, "model: claude-x"), ("DeepSeek", 400, "Model Not Exist"),
        ("Baidu's code", 400, "model_not_exist"),
        ("a gateway", 400, "Model not found: x"), ("Ollama", 404, "model \"x\" not found, try pulling it first"),
        ("Together", 400, "The model x was not found in the catalogue"), ("a gateway", 400, "No such model: x"),
        ("xAI", 400, "Unknown model: x"), ("Mistral", 400, "Invalid model: x"),
        ("OpenRouter", 400, "x/y is not a valid model ID"), ("Groq's code", 400, "model_decommissioned"),
        ("Groq", 400, "The model `x` has been decommissioned and is no longer served"),
        ("a gateway's code", 400, "model_not_available"), ("Azure's code", 404, "DeploymentNotFound"),
        ("Azure", 404, "The API deployment for this resource does not exist."),
        ("Bedrock", 400, "The provided model identifier is invalid."),
        ("Google", 404, "models/x is not found for API version v1beta, or is not served for generateContent."),
        ("Together", 400, "Unable to access model x. Please visit the model page"),
        ("OpenRouter", 404, "No allowed providers are available for the selected model."),
        ("LM Studio", 400, "The model x is not loaded"), ("OpenAI", 400, "The model x is retired"),
        ("OpenAI", 403, "Project `p` has no access to the model `x`"), ("Databricks", 403, "no access to model x"),
        ("nobody's words", 404, "nothing here"), ("nobody's words", 410, "gone"),
    ]

    private static let values: Words = [
        (
            "OpenAI", 400,
            "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported."
        ),
        ("OpenAI's code", 400, "unsupported_value"),
        ("a gateway", 400, "temperature: only the default (1) value can be used"),
        (
            "OpenAI", 400,
            "max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you provided 100000."
        ),
        ("Together", 400, "max_tokens of 9000 too large"), ("Fireworks", 400, "max_tokens value cannot exceed 4096"),
        ("DeepSeek", 400, "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]"),
        (
            "Groq", 400,
            "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the context"
        ),
        (
            "Anthropic", 400,
            "max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens for claude-x"
        ),
        ("Cohere", 400, "max_tokens 9000 above the maximum allowed"),
        (
            "Vertex", 400,
            "Unable to submit request because it has a max_output_tokens value of 90000 but the supported range is from 1 to 65537"
        ),
        ("OpenAI", 400, "max_completion_tokens is too large: 100000"),
        ("OpenAI's code", 400, "integer_above_max_value"),
        ("OpenAI's code", 400, "decimal_above_max_value"), ("OpenAI's code", 400, "array_above_max_length"),
        ("OpenAI", 400, "The model supports at most 4096 completion tokens"),
    ]

    private static let unsupported: Words = [
        (
            "OpenAI", 400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        ),
        ("OpenAI's code", 400, "unsupported_parameter"), ("OpenAI's code", 400, "unknown_parameter"),
        ("OpenAI", 400, "Unknown parameter: 'foo'."),
        ("OpenAI", 400, "Unrecognized request argument supplied: stream_options"),
        ("Azure", 400, "Unrecognized request arguments supplied: a, b: unrecognized arguments"),
        ("Cohere", 422, "unrecognized input parameter: x"), ("a gateway", 400, "Unrecognized field \"x\""),
        ("a gateway", 400, "Unrecognized key(s) in object: 'x'"),
        ("Cohere", 422, "unknown field: parameter 'x' is not a valid field"),
        ("Google", 400, "Invalid JSON payload received. Unknown name \"x\": Cannot find field."),
        ("Google", 400, "Cannot find field: x"), ("a gateway", 400, "unknown argument x"),
        ("vLLM", 400, "got an unexpected keyword argument 'stream_options'"), ("a gateway", 400, "unexpected field x"),
        ("a gateway", 400, "unexpected parameter x"), ("Anthropic", 400, "foo: Extra inputs are not permitted"),
        ("vLLM, older", 400, "extra fields not permitted"), ("Mistral's type", 422, "extra_forbidden"),
        ("Fireworks", 400, "Additional properties are not allowed ('x' was unexpected)"),
        ("Groq", 400, "property 'logprobs' is unsupported"), ("Ollama", 400, "\"x\" does not support tools"),
        ("a gateway", 400, "This model doesn't support images"),
        ("a gateway", 400, "These models do not support audio"),
        ("DeepSeek", 400, "deepseek-reasoner: Function Calling not support now"),
        ("OpenRouter", 404, "No endpoints found that support tool use."),
        ("Anthropic", 400, "`temperature` is deprecated for this model."),
        ("a gateway", 400, "n is not available for this model"),
        ("Google", 400, "Developer instruction is not enabled for this model"),
        ("a gateway", 400, "Tools are not supported"), ("a gateway", 400, "n > 1 is not implemented"),
        ("vLLM", 400, "x is not a multimodal model"),
        ("vLLM", 400, "At most 0 image(s) may be provided in one prompt."),
        ("vLLM", 400, "\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set"),
        ("OpenAI", 400, "Your organization must be verified to stream this model."),
        ("Bedrock", 400, "`temperature` and `top_p` cannot both be specified for this model. Please use only one."),
        ("Bedrock", 400, "cannot both specify a and b"), ("Anthropic", 400, "tool_choice is not allowed with thinking"),
        ("a gateway", 400, "response_format is not compatible with tools"),
        ("a gateway", 400, "n is incompatible with best_of"),
        ("a gateway", 400, "See the list of supported parameters"),
    ]

    private static let invalid: Words = [
        ("Anthropic", 400, "messages.1: `tool_use` ids must be unique"),
        (
            "OpenAI", 400,
            "messages with role 'tool' must be a response to a preceeding message: must be a response to a preceding message"
        ),
        ("OpenAI", 400, "The following tool_call_ids did not have response messages: call_1"),
        ("Anthropic", 400, "messages.2: block found without `tool_use`"),
        ("Anthropic", 400, "unexpected `tool_result` block"), ("a gateway", 400, "missing tool_result"),
        ("Anthropic", 400, "Could not process image"), ("a gateway", 400, "invalid base64 data"),
        ("OpenAI's code", 400, "invalid_base64"), ("OpenAI's code", 400, "invalid_image_url: invalid_image"),
        ("Groq", 400, "failed to parse JSON of the tool call"),
        ("OpenAI", 400, "We could not parse the JSON body of your request."),
        ("OpenAI's code", 400, "invalid_function_parameters"), ("OpenAI", 400, "Invalid schema for function 'f'"),
        ("OpenAI's code", 400, "invalid_json_schema"),
    ]

    private static let tooLarge: Words = [
        ("nginx", 413, "413 Request Entity Too Large"),
        ("Anthropic", 413, "Request exceeds the maximum allowed number of bytes."),
        ("nobody's words", 413, ""),
    ]
}
