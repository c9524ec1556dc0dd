/// What people and programs put around a request without changing what it asks: greetings, thanks, marks of the role, the
/// sentence that every system prompt begins with, calls for care.
///
/// A short question with "thank you very much" behind it is half small talk to a classifier. So these are taken off before a text
/// is classified, as long as something else remains: "hello there!" alone stays what it is.
package enum Boilerplate {
    /// A text is gone over so often: greetings before greetings end somewhere.
    private static let rounds = 4
    /// The sentence at a text's beginning that says what the assistant is, up to this many bytes.
    private static let roleSentenceBytes = 160

    /// The text without what is around it.
    package static func trimmed(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            var rest = trimmedSpace(bytes[...])
            let whole = rest.count
            for _ in 0..<rounds {
                let before = rest.count
                rest = withoutOpening(rest)
                rest = withoutEnding(rest)
                if rest.count == before { break }
            }
            guard rest.count < whole, holdsWord(rest) else { return nil }
            return String(decoding: rest, as: UTF8.self)
        } ?? text
    }

    // MARK: - Openings

    private static func withoutOpening(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Slice<UnsafeBufferPointer<UInt8>>
    {
        if let tag = tag(at: bytes.startIndex, in: bytes) { return trimmedSpace(bytes[tag...]) }
        guard let first = bytes.first else { return bytes }
        for opening in openingsByFirst[Int(first | 0x20)] where begins(bytes, with: opening) {
            let end = bytes.startIndex + opening.utf8CodeUnitCount
            // The phrase must end as a phrase does: "hi, …", not "high".
            guard end < bytes.endIndex else { return bytes[end...] }
            guard let after = endOfPhrase(end, in: bytes) else { continue }
            return trimmedSpace(bytes[after...])
        }
        if let end = endOfRoleSentence(bytes) { return trimmedSpace(bytes[end...]) }
        return bytes
    }

    /// `<user>`, `</system>`, `[INST]`, `<|im_start|>`: marks of who speaks, as chat templates write them.
    private static func tag(at start: Int, in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        guard start < bytes.endIndex, bytes[start] == UInt8(ascii: "<") || bytes[start] == UInt8(ascii: "[") else {
            return nil
        }
        let closing = bytes[start] == UInt8(ascii: "<") ? UInt8(ascii: ">") : UInt8(ascii: "]")
        guard let end = bytes[start..<min(start + 24, bytes.endIndex)].firstIndex(of: closing) else { return nil }
        let name = bytes[(start + 1)..<end].filter { isLetter($0) || $0 == UInt8(ascii: "_") }.map { $0 | 0x20 }
        let isRole = roles.contains { role in
            name.elementsEqual(UnsafeBufferPointer(start: role.utf8Start, count: role.utf8CodeUnitCount))
        }
        return isRole ? end + 1 : nil
    }

    /// "You are a helpful and honest assistant.": only where no word says more than that; a pirate's assistant is another matter.
    private static func endOfRoleSentence(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        guard begins(bytes, with: "you are ") else { return nil }
        let window = bytes[bytes.startIndex..<min(bytes.startIndex + roleSentenceBytes, bytes.endIndex)]
        guard let end = window.firstIndex(where: { $0 == UInt8(ascii: ".") || $0 == 0x0A || $0 == UInt8(ascii: "!") })
        else { return nil }
        var isAssistant = false
        for word in window[..<end].split(whereSeparator: { !isLetter($0) }) {
            if assistants.contains(where: { same(word, $0) }) {
                isAssistant = true
            } else if !blandWords.contains(where: { same(word, $0) }) {
                return nil
            }
        }
        return isAssistant ? end + 1 : nil
    }

    /// Where what follows a phrase begins: past marks and spaces; nil where the phrase goes on as another word.
    private static func endOfPhrase(_ start: Int, in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        var at = start
        while at < bytes.endIndex, isMark(bytes[at]) { at += 1 }
        let marks = at - start
        while at < bytes.endIndex, isSpace(bytes[at]) { at += 1 }
        // A mark, or a line of its own; "hi what is …" has neither, and is left as it is.
        return marks > 0 || bytes[start..<at].contains(0x0A) ? at : nil
    }

    // MARK: - Endings

    private static func withoutEnding(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Slice<UnsafeBufferPointer<UInt8>> {
        let bytes = trimmedSpace(bytes)
        if bytes.last == UInt8(ascii: ">") || bytes.last == UInt8(ascii: "]") {
            let window = bytes[max(bytes.startIndex, bytes.endIndex - 24)...]
            if let start = window.lastIndex(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "[") }),
                tag(at: start, in: bytes) == bytes.endIndex
            {
                return trimmedSpace(bytes[..<start])
            }
        }
        var end = bytes.endIndex
        while end > bytes.startIndex, isMark(bytes[end - 1]) { end -= 1 }
        guard end > bytes.startIndex else { return bytes }
        for ending in endingsByLast[Int(bytes[end - 1] | 0x20)] {
            let count = ending.utf8CodeUnitCount
            guard end - bytes.startIndex > count, same(bytes[(end - count)..<end], ending) else { continue }
            // It must begin where a sentence or a line does, or be small talk that needs neither.
            let start = end - count
            guard let separator = bytes[..<start].last, isSpace(separator) || isMark(separator) else { continue }
            return trimmedSpace(bytes[..<start])
        }
        return bytes
    }

    // MARK: - Bytes

    private static func begins(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, with phrase: StaticString) -> Bool {
        bytes.count >= phrase.utf8CodeUnitCount
            && same(bytes[bytes.startIndex..<(bytes.startIndex + phrase.utf8CodeUnitCount)], phrase)
    }

    /// Whether the bytes say the phrase, whatever their case; runs of spaces are one to neither.
    private static func same(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, _ phrase: StaticString) -> Bool {
        guard bytes.count == phrase.utf8CodeUnitCount else { return false }
        var wanted = phrase.utf8Start
        for byte in bytes {
            guard (isLetter(byte) ? byte | 0x20 : byte) == wanted.pointee else { return false }
            wanted += 1
        }
        return true
    }

    private static func trimmedSpace(
        _ bytes: Slice<UnsafeBufferPointer<UInt8>>
    ) -> Slice<UnsafeBufferPointer<UInt8>> {
        var bytes = bytes
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return bytes
    }

    /// Whether something is left that can be classified.
    private static func holdsWord(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        bytes.contains { isLetter($0) || $0 >= 0x80 || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    private static func isMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "!")
            || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ";")
    }

    // MARK: - Phrases

    private static let roles: [StaticString] = [
        "user", "human", "system", "assistant", "inst", "im_start", "im_end", "im_startuser", "im_startsystem",
        "prompt",
        "question", "instruction", "s", "bos", "eos", "sys",
    ]

    private static let assistants: [StaticString] = [
        "assistant", "assistants", "ai", "bot", "chatbot", "model", "llm", "chatgpt",
    ]

    private static let blandWords: [StaticString] = [
        "you", "are", "a", "an", "the", "and", "very", "helpful", "honest", "harmless", "friendly", "polite",
        "respectful",
        "useful", "kind", "smart", "intelligent", "knowledgeable", "precise", "concise", "careful", "accurate",
        "reliable",
        "truthful", "expert", "professional", "personal", "virtual", "digital", "large", "language", "trained", "by",
        "openai", "always", "who", "that", "answers", "questions", "truthfully",
    ]

    private static let openingsByFirst = grouped(openings) { $0.utf8Start[0] }
    private static let endingsByLast = grouped(endings) { $0.utf8Start[$0.utf8CodeUnitCount - 1] }

    /// The phrases by one of their letters, which tells most of them from a text.
    private static func grouped(_ phrases: [StaticString], by letter: (StaticString) -> UInt8) -> [[StaticString]] {
        var groups = [[StaticString]](repeating: [], count: 256)
        for phrase in phrases { groups[Int(letter(phrase))].append(phrase) }
        return groups
    }

    /// Longer ones before those that they begin with.
    private static let openings: [StaticString] = [
        "good morning", "good afternoon", "good evening", "good day", "greetings", "hello there", "hello everyone",
        "hello everybody", "hello all", "hello dear", "hello", "hi there", "hi everyone", "hi everybody", "hi all",
        "hi guys", "hi team", "hi chatgpt", "hi gpt", "hi claude", "hi ai", "hi bot", "hi friend", "hi", "hey there",
        "hey guys", "hey all", "hey chatgpt", "hey gpt", "hey claude", "hey", "dear assistant", "dear ai",
        "dear chatgpt",
        "dear all", "dear sir or madam", "dear sir", "dear madam", "dear friend", "i have a question for you",
        "i have a question", "i have a quick question", "i have a request for you", "i have a request",
        "quick question",
        "one question", "a question", "please help me with this", "please help me", "please help", "can you help me",
        "could you help me", "follow the instructions below", "follow the instruction below",
        "please follow the instructions below", "follow these instructions", "read the instructions carefully",
        "please read carefully", "answer the question below", "below is an instruction that describes a task",
        "write a response that appropriately completes the request", "user", "human", "prompt", "instruction",
    ]

    private static let endings: [StaticString] = [
        "thank you very much in advance", "thank you so much in advance", "thank you very much", "thank you so much",
        "thank you in advance", "thank you for your help", "thank you a lot", "thank you", "thanks a lot in advance",
        "thanks in advance", "thanks so much", "thanks very much", "thanks a lot", "thanks a million",
        "thanks for your help", "thanks for any help", "many thanks", "thanks", "thx", "ty", "cheers", "best regards",
        "kind regards", "regards", "please and thank you", "please help", "please", "pls", "plz",
        "please answer as precisely as you can", "please answer as precisely as possible",
        "please answer as accurately as you can", "please answer as accurately as possible",
        "please answer as briefly as possible", "please be precise", "please be brief", "please be concise",
        "please be accurate", "please be as precise as possible", "please answer precisely", "please answer briefly",
        "please answer concisely", "please answer carefully", "answer precisely", "answer briefly", "be concise",
        "be brief",
        "be precise", "please respond as soon as possible", "please reply soon", "think carefully",
        "think step by step",
        "let's think step by step", "take a deep breath", "take your time", "do your best",
    ]
}
