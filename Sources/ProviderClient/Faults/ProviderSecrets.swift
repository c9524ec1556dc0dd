/// Blots out what looks like a key or an account in a provider's words: some repeat the ones they were given.
enum ProviderSecrets {
    private static let beginnings = [
        "sk-", "sk_", "gsk_", "xai-", "hf_", "aiza", "pplx-", "nvapi-", "fw_", "tgp_", "r8_", "csk-", "akia", "eyj",
        "ya29.", "org-", "org_", "proj-", "proj_", "acct_", "user-", "key-",
    ]
    /// Shorter words are no keys.
    private static let shortest = 10
    /// Letters and digits in a row that are taken for a key whatever they begin with; names of models are shorter.
    private static let longest = 24

    static func removed(from text: String) -> String {
        var result = ""
        var word = ""
        func isPartOfKey(_ character: Character) -> Bool {
            character.isASCII && (character.isLetter || character.isNumber || "-_.*".contains(character))
        }
        func flush() {
            let lower = word.lowercased()
            let plain = lower.filter { $0.isLetter || $0.isNumber }
            let isKey =
                word.count >= shortest && beginnings.contains { lower.hasPrefix($0) }
                || plain.count >= longest && plain.contains(where: \.isNumber) && plain.contains(where: \.isLetter)
            result += isKey ? "[redacted]" : word
            word = ""
        }
        for character in text {
            if isPartOfKey(character) {
                word.append(character)
            } else {
                flush()
                result.append(character)
            }
        }
        flush()
        return result
    }

    /// What providers say of the keys and accounts that they are asked with, in lower case.
    private static let accountWords = [
        "api key", "api_key", "api-key", "apikey", "credentials", "access token", "access_token", "service account",
        "your account", "account is", "account has", "deactivated", "suspended", "bearer", "authentication failed",
    ]

    /// Whether a failure's words are of the router's own keys and accounts, whatever its status.
    static func speaksOfAccounts(_ words: ErrorWords) -> Bool {
        let said = [words.message ?? "", words.code ?? "", words.type ?? ""].joined(separator: " ").lowercased()
        return accountWords.contains { said.contains($0) }
    }
}
