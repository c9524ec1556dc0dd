import WireFormats

extension Conversation {
    static let missingResult = EscapedText("No result.")
    static let filler = Part.text(TextPart(EscapedText(".")))

    /// Puts the answers of each turn's calls at the head of the next turn, in the order of the calls. Calls without an answer get one that
    /// says so; answers without a call become text.
    ///
    /// Providers refuse histories that were cut or stitched together otherwise.
    package mutating func answerCalls() {
        var results: [String: [(turn: Int, result: ToolResult)]] = [:]
        for (index, turn) in turns.enumerated() where turn.role == .user {
            for case .toolResult(let result) in turn.parts { results[result.id, default: []].append((index, result)) }
        }
        let hasCalls = turns.contains { !$0.calls.isEmpty }
        guard hasCalls || !results.isEmpty else { return }
        // How many of each turn's results with an id have gone to the call that they answer.
        var taken: [Int: [String: Int]] = [:]
        // How many results with an id are behind: the next call of the id looks from there on.
        var passed: [String: Int] = [:]
        var mended: [Turn] = []
        for (index, turn) in turns.enumerated() {
            mended.append(turn)
            let calls = turn.role == .user ? [] : turn.calls
            guard !calls.isEmpty else { continue }
            let answers = calls.map { call -> Part in
                let own = results[call.id] ?? []
                var at = passed[call.id] ?? 0
                while at < own.count, own[at].turn <= index { at += 1 }
                passed[call.id] = at + 1
                if at < own.count {
                    let found = own[at]
                    taken[found.turn, default: [:]][call.id, default: 0] += 1
                    var result = found.result
                    result.isFreeform = call.isFreeform
                    return .toolResult(result)
                }
                adjusted.add("tool_calls")
                return .toolResult(
                    ToolResult(
                        id: call.id, parts: [.text(TextPart(Self.missingResult))], isError: true,
                        isFreeform: call.isFreeform))
            }
            mended.append(Turn(role: .user, parts: answers))
        }
        turns = mended
        dropTaken(&taken)
        joinResults()
    }

    /// Removes the answers that were moved, and says as text what answers nothing.
    private mutating func dropTaken(_ taken: inout [Int: [String: Int]]) {
        var original = -1
        var isInserted = false
        for at in turns.indices {
            // A turn of answers was put after each turn with calls.
            if isInserted {
                isInserted = false
                continue
            }
            original += 1
            isInserted = turns[at].role != .user && !turns[at].calls.isEmpty
            guard turns[at].role == .user else { continue }
            var parts: [Part] = []
            for part in turns[at].parts {
                guard case .toolResult(let result) = part else {
                    parts.append(part)
                    continue
                }
                if let count = taken[original]?[result.id], count > 0 {
                    taken[original]?[result.id] = count - 1
                    continue
                }
                adjusted.add("tool_call_id")
                parts.append(.text(TextPart(EscapedText("Result of a tool: \(result.parts.text.string)"))))
            }
            turns[at].parts = parts
        }
    }

    /// Answers stand in the same turn as what the user says with them.
    private mutating func joinResults() {
        var joined: [Turn] = []
        for turn in turns where !turn.parts.isEmpty {
            if let last = joined.indices.last, joined[last].role == .user, turn.role == .user {
                joined[last].parts += turn.parts
            } else {
                joined.append(turn)
            }
        }
        turns = joined
    }

    /// For providers whose systems speak before the turns only, and who want turns to alternate and the first to be the user's.
    mutating func alternate() {
        var result: [Turn] = []
        for turn in turns {
            if turn.role == .system {
                adjusted.add("system")
                for case .text(let text) in turn.parts { instructions.append(text) }
                continue
            }
            let parts = turn.parts.filter { !$0.isEmptyText }
            guard !parts.isEmpty else {
                adjusted.add("content")
                continue
            }
            if let last = result.indices.last, result[last].role == turn.role {
                result[last].parts += parts
            } else {
                result.append(Turn(role: turn.role, parts: parts))
            }
        }
        instructions.removeAll { $0.text.isBlank }
        if result.isEmpty {
            // Nobody has said anything but the system: it is what is asked.
            result = [Turn(role: .user, parts: instructions.isEmpty ? [Self.filler] : instructions.map { .text($0) })]
            instructions = []
            adjusted.add("messages")
        } else if result[0].role != .user {
            result.insert(Turn(role: .user, parts: [Self.filler]), at: 0)
            adjusted.add("messages")
        }
        trimPrefill(&result)
        turns = result
    }

    /// The beginning of an answer must not end in white space.
    private func trimPrefill(_ turns: inout [Turn]) {
        guard let last = turns.indices.last, turns[last].role == .assistant, let part = turns[last].parts.indices.last,
            case .text(var text) = turns[last].parts[part]
        else { return }
        var trimmed = Substring(text.text.string)
        guard trimmed.last?.isWhitespace ?? false else { return }
        while trimmed.last?.isWhitespace ?? false { trimmed.removeLast() }
        text.text = EscapedText(trimmed)
        turns[last].parts[part] = .text(text)
    }

    /// Whether the last turn is the assistant's, which it shall go on with.
    var isPrefilled: Bool { turns.last.map { $0.role == .assistant } ?? false }

    /// The names of the tools that were called, each once.
    var calledTools: [String] {
        var names: [String] = []
        var seen: Set<String> = []
        for turn in turns {
            for call in turn.calls where seen.insert(call.name).inserted { names.append(call.name) }
        }
        return names
    }

    /// The instructions as one text.
    package var instruction: EscapedText? {
        guard let first = instructions.first else { return nil }
        return instructions.dropFirst().reduce(into: first.text) { text, next in
            text.append(EscapedText("\n\n"))
            text.append(next.text)
        }
    }

    var hasMarks: Bool {
        instructions.contains { $0.mark != nil } || tools.contains { $0.mark != nil }
            || turns.contains { $0.parts.contains(where: \.hasMark) }
    }
}

extension Conversation.Turn {
    package var calls: [ToolCall] {
        parts.compactMap { part in
            guard case .toolCall(let call) = part else { return nil }
            return call
        }
    }
}

extension Part {
    var hasMark: Bool {
        switch self {
        case .text(let text): text.mark != nil
        case .image(let media), .document(let media): media.mark != nil
        case .toolCall(let call): call.mark != nil
        case .toolResult(let result): result.mark != nil || result.parts.contains(where: \.hasMark)
        case .audio, .reasoning, .refusal: false
        }
    }

    /// What most providers refuse as a text.
    var isEmptyText: Bool {
        switch self {
        case .text(let text): text.text.isBlank
        case .refusal(let text): text.isBlank
        default: false
        }
    }

    var isMedia: Bool {
        switch self {
        case .image, .document, .audio: true
        default: false
        }
    }
}

extension [Part] {
    /// All texts, a line each.
    package var text: EscapedText {
        var text = EscapedText()
        for part in self {
            let more: EscapedText
            switch part {
            case .text(let piece): more = piece.text
            case .refusal(let piece): more = piece
            default: continue
            }
            if !text.isEmpty { text.append(EscapedText("\n")) }
            text.append(more)
        }
        return text
    }
}
