import NIOCore
package import WireFormats

/// What a request consists of, as far as its tokens go: text, and what is no text but is billed as so many tokens.
///
/// Text is everything in the body but the payloads of images, audio and documents: tools and schemas are billed as text, too.
package struct PromptContent: Sendable, Equatable {
    /// Bytes of the body that are text.
    package var textBytes: Int
    package var script = TextScript.latin
    package var media = PromptMedia()
    /// Tokens that the client counted out itself, as embeddings may have them.
    package var countedTokens = 0
    /// The share of the prompt in the longest of several inputs, which a context window bounds one by one.
    package var longestShare = 1.0

    package init(textBytes: Int) { self.textBytes = textBytes }

    /// Whether text is all that is billed, so that the provider's count says something of text.
    package var isTextOnly: Bool { media.isEmpty && countedTokens == 0 }
}

/// Reads a request's content while the gateway reads its messages.
package struct PromptReader {
    package private(set) var content: PromptContent
    private var sample = ScriptSample()
    private var payloadBytes = 0
    package private(set) var hasImages = false
    package private(set) var hasDocuments = false

    /// Parts in parts that are looked into: a tool's result holds images, and no more.
    private static let depthLimit = 3

    /// - Parameter bodyBytes: of the whole request.
    package init(bodyBytes: Int) { content = PromptContent(textBytes: bodyBytes) }

    /// Reads a message's content; of parts, the text is handed out.
    package mutating func read(_ value: JSONValue, depth: Int = 0, text: (String) -> Void = { _ in }) {
        switch value.kind {
        case .string: sample.add(value.rawBytes)
        case .array where depth < Self.depthLimit:
            value.forEachElement { part in
                readPart(part, depth: depth, text: text)
                return true
            }
        default: break
        }
    }

    private mutating func readPart(_ part: JSONValue, depth: Int, text: (String) -> Void) {
        let (type, words) = part.members("type", "text")
        guard let kind = type?.string.flatMap(PartKind.init(type:)) else {
            guard let words, words.kind == .string else {
                // A tool's result, which may be made of parts itself.
                if let inner = part.member("content") { read(inner, depth: depth + 1) }
                return
            }
            sample.add(words.rawBytes)
            if let string = words.string { text(string) }
            return
        }
        if kind == .image { hasImages = true }
        if kind == .document { hasDocuments = true }
        guard let payload = Payload(of: part) else { return content.media.addUnseen(kind) }
        if payload.isText {
            // The words of a document are prompt as any others are.
            return sample.add(payload.bytes)
        }
        payloadBytes += payload.bytes.readableBytes
        content.media.add(kind, payload)
    }

    /// Reads what embeddings are to be made of: a text, several, or tokens.
    package mutating func readInputs(_ input: JSONValue) {
        var (total, longest) = (0, 0)
        func measure(_ value: JSONValue) -> Int {
            switch value.kind {
            case .string:
                sample.add(value.rawBytes)
                return value.range.count
            case .array where value.holdsNumbers:
                let count = value.elementCount
                content.countedTokens += count
                payloadBytes += value.range.count
                return 4 * count
            default: return value.range.count
            }
        }
        if input.kind == .array, !input.holdsNumbers {
            input.forEachElement { element in
                let size = measure(element)
                total += size
                longest = max(longest, size)
                return true
            }
            if total > 0 { content.longestShare = Double(longest) / Double(total) }
        } else {
            _ = measure(input)
        }
    }

    /// The content once all is read.
    package mutating func finish() -> PromptContent {
        content.script = sample.script
        let escaped = Double(max(0, content.textBytes - payloadBytes))
        content.textBytes = Int(saturating: escaped * sample.unescapedShare)
        return content
    }
}

extension JSONValue {
    /// Whether it is an array whose first element is a number.
    fileprivate var holdsNumbers: Bool {
        var answer = false
        forEachElement {
            answer = $0.kind == .number
            return false
        }
        return kind == .array && answer
    }

    fileprivate var elementCount: Int {
        var count = 0
        forEachElement { _ in
            count += 1
            return true
        }
        return count
    }
}
