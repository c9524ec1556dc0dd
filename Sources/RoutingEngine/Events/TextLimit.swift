/// How long a text from outside may be where it is stored, labelled or listed, UTF-8 bytes. What is longer is refused where a client
/// said it, and left out where a provider did.
package enum TextLimit {
    /// Names: of keys, groups, categories, metrics, sources, capabilities.
    package static let name = 256
    /// Ids: of arms, routes, models, sessions, completions.
    package static let id = 512
    /// Words that say what went wrong.
    package static let word = 64
    /// What a person says of an answer.
    package static let comment = 16_384
    /// What an error repeats of a request.
    package static let echo = 256
    /// An error's whole message.
    package static let message = 4_096
    /// The same in a provider's words.
    package static let providersMessage = 16_384

    /// The text where it is no longer than `limit`; nil otherwise.
    package static func within(_ limit: Int, _ text: String?) -> String? {
        text.flatMap { $0.utf8.count <= limit ? $0 : nil }
    }

    /// The beginning of a text, whole characters of it.
    package static func cut(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: limit)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        return text[..<end] + "…"
    }
}
