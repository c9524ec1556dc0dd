/// Embeddings as features: which texts they are wanted of. Getting them is not this module's business.
extension Categorizer {
    /// What the model knows of embeddings; nil: they are of no use.
    package var embeddingHead: EmbeddingHead? { model?.head }

    /// Version of what classified, for the decision log: with an embedding the head is part of it (`cm-…+em-…`).
    package func version(usingEmbedding: Bool) -> String {
        guard usingEmbedding, let head = model?.head else { return version }
        return version + "+" + head.hash
    }

    /// The texts whose embeddings bear on the category, in the form in which they are to be embedded; empty where something
    /// else decides.
    package func textsToEmbed(_ features: QueryFeatures, explicit: String? = nil) -> [String] {
        guard model?.head != nil, explicit == nil, !rules.contains(where: { $0.rule.holds(for: features) }) else {
            return []
        }
        var texts: [String] = []
        for text in [features.userText, features.latestUserText ?? ""] {
            let trimmed = Boilerplate.trimmed(text)
            guard pattern(in: trimmed) == nil, !TokenizedText(trimmed).tokens.isEmpty else { continue }
            let capped = Self.capped(trimmed)
            if !texts.contains(capped) { texts.append(capped) }
        }
        return texts
    }

    /// What of a text is embedded, in training and in serving: without what people put around it, and of a long one the
    /// first 6 KB and the last 2 KB, which providers take.
    package static func embeddedText(of text: String) -> String { capped(Boilerplate.trimmed(text)) }

    static func capped(_ text: String) -> String {
        let limit = QueryFeatures.textLimitBytes
        guard text.utf8.count > limit else { return text }
        var text = text
        return text.withUTF8 { bytes in
            let head = bytes[..<TokenizedText.boundary(atOrBefore: limit / 4 * 3, in: bytes)]
            let tail = bytes[TokenizedText.boundary(atOrBefore: bytes.count - limit / 4, in: bytes)...]
            return String(decoding: head, as: UTF8.self) + "\n" + String(decoding: tail, as: UTF8.self)
        }
    }
}
