/// Whose doing a fault is, and what of a provider's words may be told.
///
/// Providers answer 403 to flagged prompts and 404 where a model lacks a feature as they do to a bad key and a wrong name: the status
/// alone does not say. What the words do not tell keeps the rule of its status.
extension UpstreamFault {
    /// Whether the request is refused for what it says or asks for: another arm may take it, and it is no failure of this one.
    package var isRequests: Bool {
        guard !isAccounts else { return false }
        if isClients { return true }
        guard kind == .status || kind == .errorObject, status != 408, status != 429 else { return false }
        return says(Self.refusals)
    }

    /// Whether the account that the router asks with is refused: keys, permissions, money.
    package var isAccounts: Bool {
        guard kind == .status || kind == .errorObject else { return false }
        return status == 401 || status == 402 || status == 407 || saysCredentials || says(Self.money)
    }

    /// Whether nothing that a client sends can have brought it about.
    package var isCertainlyArms: Bool {
        switch transport?.code {
        case .dns, .connect, .tls, .timeoutConnect: true
        case .some: false
        case nil: kind == .redirect || status == 429 || isAccounts
        }
    }

    /// What happened, without what is the router's own affair: its keys and the accounts behind them.
    package var clientMessage: String {
        guard kind == .status || kind == .errorObject else { return message }
        return withholdsWords ? Self.withheldWords : ProviderWords.withoutSecrets(message)
    }

    /// `code`, where it does not speak of the router's credentials: a client would take it for its own key's.
    package var clientCode: String? { withholdsWords ? nil : code }
    package var clientType: String? { withholdsWords ? nil : type }

    package static let withheldWords = "the provider refused the router's credentials"

    private var withholdsWords: Bool {
        guard kind == .status || kind == .errorObject else { return false }
        return status == 401 || status == 403 && !isRequests || saysCredentials
    }

    /// Words that clients use, too, count only where the status is not one for clients' mistakes.
    private var saysCredentials: Bool {
        if says(Self.credentials) { return true }
        guard let status, kind == .status, status != 403, status < 500 else { return says(Self.permissions) }
        return false
    }

    private func says(_ phrases: [String]) -> Bool {
        let said = said
        return phrases.contains { said.contains($0) }
    }

    private var said: String {
        [message, code ?? "", type ?? ""].joined(separator: " ").lowercased()
    }

    /// What providers say of a request that they will not serve, in lower case.
    static let refusals = [
        "flagged", "moderation", "content policy", "content_policy", "content filter", "content_filter",
        "content management policy", "responsible ai", "responsibleai", "safety", "harmful", "usage policies",
        "usage policy",
        "prohibited content", "inappropriate", "data_inspection_failed", "data inspection", "sensitive content",
        "does not support", "do not support", "doesn't support", "not supported", "unsupported",
        "no endpoints found that",
        "context length", "context_length", "context window", "too many tokens", "prompt is too long",
        "maximum context",
        "invalid_request_error", "invalid image", "could not process image", "image exceeds",
    ]

    /// What they say of the key that they were asked with.
    static let credentials = [
        "api key", "api_key", "api-key", "apikey", "credentials", "access token", "access_token", "service account",
        "your account", "account is", "account has", "account_", "deactivated", "suspended", "organization must",
        "billing hard limit", "billing_hard_limit", "bearer token",
    ]

    /// The same in words that a message may also repeat of a request.
    static let permissions = [
        "authorization", "authentication", "unauthorized", "unauthenticated", "bearer", "access denied", "permission",
        "not authorized", "subscription", "token expired", "expired token", "signature",
    ]

    /// What they say of its money: whoever reads it can do something about it.
    static let money = [
        "credit balance", "insufficient credit", "insufficient_credit", "insufficient_quota", "insufficient balance",
        "exceeded your current quota", "out of credits", "payment required",
    ]
}

/// Takes out of a provider's words what names the router's own keys and accounts.
enum ProviderWords {
    private static let prefixes = [
        "sk-", "sk_", "key-", "org-", "org_", "proj_", "proj-", "user-", "acct_", "AIza", "AKIA", "Bearer ",
    ]
    /// Letters and digits in a row that are taken for a secret where digits are among them.
    private static let longest = 24

    /// Words that begin as keys and accounts do, or are as long as they are, become `…`.
    static func withoutSecrets(_ text: String) -> String {
        var out = ""
        var word = ""
        func flush() {
            out += isSecret(word) ? "…" : word
            word = ""
        }
        for character in text {
            if character.isLetter || character.isNumber || "-_*.".contains(character) {
                word.append(character)
            } else {
                flush()
                out.append(character)
            }
        }
        flush()
        return out
    }

    private static func isSecret(_ word: String) -> Bool {
        if prefixes.contains(where: { word.hasPrefix($0) && word.utf8.count >= $0.utf8.count + 4 }) { return true }
        let plain = word.filter { $0 != "." && $0 != "-" }
        return plain.count >= longest && plain.contains { $0.isNumber } && plain.contains { $0.isLetter }
    }
}
