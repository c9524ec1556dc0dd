import BanditCore

/// A condition on the shape of a request; all that is stated must hold.
package struct CategoryRule: Sendable, Equatable {
    package var hasTools: Bool?
    package var hasImages: Bool?
    package var wantsJSON: Bool?
    /// At least half of the user's text is fenced code or a program's trace.
    package var isMostlyCode: Bool?
    /// The script most of the text's letters belong to.
    package var script: TextScript?
    /// The language of the text, where it is clear (see `TextLanguage`).
    package var language: TextLanguage?
    package var minimumBytes: Int?
    package var maximumBytes: Int?
    package var minimumTurns: Int?
    /// The system prompt, by `systemPromptHash(_:)`: one application's traffic without a header.
    package var systemPromptHash: String?

    package init(
        hasTools: Bool? = nil, hasImages: Bool? = nil, wantsJSON: Bool? = nil, isMostlyCode: Bool? = nil,
        script: TextScript? = nil, language: TextLanguage? = nil, minimumBytes: Int? = nil, maximumBytes: Int? = nil,
        minimumTurns: Int? = nil,
        systemPromptHash: String? = nil
    ) {
        self.hasTools = hasTools
        self.hasImages = hasImages
        self.wantsJSON = wantsJSON
        self.isMostlyCode = isMostlyCode
        self.script = script
        self.language = language
        self.minimumBytes = minimumBytes
        self.maximumBytes = maximumBytes
        self.minimumTurns = minimumTurns
        self.systemPromptHash = systemPromptHash
    }

    /// The names of the conditions in the configuration.
    package static let keys = [
        "tools", "images", "json", "mostly_code", "script", "language", "min_bytes", "max_bytes", "min_turns",
        "system_prompt_hash",
    ]

    /// Whether the rule states nothing: such a rule would claim every request.
    var isEmpty: Bool { self == CategoryRule() }

    package func holds(for features: QueryFeatures) -> Bool {
        func agrees<Value: Equatable>(_ wanted: Value?, _ actual: @autoclosure () -> Value?) -> Bool {
            wanted == nil || wanted == actual()
        }
        return agrees(hasTools, features.hasTools) && agrees(hasImages, features.hasImages)
            && agrees(wantsJSON, features.wantsJSON) && features.byteCount >= minimumBytes ?? 0
            && features.byteCount <= maximumBytes ?? .max && features.turnCount >= minimumTurns ?? 0
            && agrees(systemPromptHash, features.systemText.map(Self.systemPromptHash))
            && agrees(script, TextScript.dominant(in: features.userText))
            && agrees(language, TextLanguage.dominant(in: features.userText))
            && agrees(isMostlyCode, CodeShape.isMostlyCode(features.userText))
    }

    /// 16 hexadecimal digits that name a system prompt (FNV-1a, 64 bits; not for secrets).
    package static func systemPromptHash(_ text: String) -> String {
        FNV1a(text.utf8).digits
    }
}

/// The writing systems that rules tell apart.
package enum TextScript: String, Sendable, CaseIterable {
    case latin, greek, cyrillic, hebrew, arabic, devanagari, thai, hangul, kana, han

    private static let sampleLimit = 1_000

    /// The script of most letters among the first 1,000 characters; nil without letters. Japanese counts as kana when a
    /// tenth of it is kana, for it always mixes in Chinese characters.
    package static func dominant(in text: String) -> TextScript? {
        var counts = [Int](repeating: 0, count: allCases.count)
        for scalar in text.unicodeScalars.prefix(sampleLimit) {
            let script: TextScript
            switch scalar.value {
            case 0x41...0x5A, 0x61...0x7A, 0xC0...0x24F, 0x1E00...0x1EFF: script = .latin
            case 0x370...0x3FF, 0x1F00...0x1FFF: script = .greek
            case 0x400...0x52F: script = .cyrillic
            case 0x590...0x5FF: script = .hebrew
            case 0x600...0x6FF, 0x750...0x77F: script = .arabic
            case 0x900...0x97F: script = .devanagari
            case 0xE00...0xE7F: script = .thai
            case 0x1100...0x11FF, 0xAC00...0xD7A3: script = .hangul
            case 0x3040...0x30FF: script = .kana
            case 0x3400...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF: script = .han
            default: continue
            }
            counts[allCases.firstIndex(of: script)!] += 1
        }
        let kana = allCases.firstIndex(of: .kana)!
        let han = allCases.firstIndex(of: .han)!
        if counts[kana] * 10 >= counts[han] { counts[kana] += counts[han] }
        guard let most = counts.max(), most > 0 else { return nil }
        return allCases[counts.firstIndex(of: most)!]
    }
}

/// Recognises source code by its fences, not by its language.
enum CodeShape {
    private static let fence: [UInt8] = Array("```".utf8)

    /// The place of the next back tick; sixteen bytes at a time, for most texts have none.
    private static func nextMark(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        let marks = SIMD16<UInt8>(repeating: fence[0])
        var position = start
        while position + 16 <= bytes.count {
            let block = UnsafeRawPointer(bytes.baseAddress! + position).loadUnaligned(as: SIMD16<UInt8>.self)
            if any(block .== marks) { break }
            position += 16
        }
        while position < bytes.count {
            if bytes[position] == fence[0] { return position }
            position += 1
        }
        return nil
    }

    /// Whether at least half of the text's bytes stand between code fences.
    static func isMostlyCode(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var inside = 0
            var opened: Int?
            var position = 0
            while let mark = nextMark(in: bytes, from: position) {
                position = mark
                guard position + 3 <= bytes.count else { break }
                guard bytes[position + 1] == fence[0], bytes[position + 2] == fence[0] else {
                    position += 1
                    continue
                }
                if let start = opened {
                    inside += position - start
                    opened = nil
                } else {
                    opened = position
                }
                position += 3
            }
            if let start = opened { inside += bytes.count - start }  // a fence left open runs to the end
            return inside > 0 && inside * 2 >= bytes.count
        }
    }
}
