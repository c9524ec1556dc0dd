/// Blots out what looks like a key in a provider's words: some repeat the one they were given.
enum ProviderSecrets {
    private static let beginnings = [
        "sk-", "sk_", "gsk_", "xai-", "hf_", "aiza", "pplx-", "nvapi-", "fw_", "tgp_", "r8_", "csk-", "akia", "eyj",
        "ya29.",
    ]
    /// Shorter words are no keys.
    private static let shortest = 10

    static func removed(from text: String) -> String {
        var result = ""
        var word = ""
        func isPartOfKey(_ character: Character) -> Bool {
            character.isASCII && (character.isLetter || character.isNumber || "-_.*".contains(character))
        }
        func flush() {
            let lower = word.lowercased()
            let isKey = word.count >= shortest && beginnings.contains { lower.hasPrefix($0) }
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
}
