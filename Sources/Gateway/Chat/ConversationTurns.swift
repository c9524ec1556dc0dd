import NIOCore
import RoutingEngine

/// What of a request's messages tells which conversation it belongs to.
struct ConversationTurns: Sendable {
    /// System prompt, first human turn, and `prompt_cache_key`, which alone would name all conversations of an application.
    var opening: [String] = []
    /// Whether no message is an answer.
    var isOpening = true
    /// The messages as they stand in the body, and the bytes of them that precede the last answer.
    var messages = ByteBuffer()
    var bytesBefore = 0

    /// Longer histories are known by their opening only.
    private static let historyLimit = 4 << 20

    /// The conversation of a caller's request.
    ///
    /// - Parameter group: of the key that asks: nobody gets at another group's seats by saying the same.
    func conversation(of group: String, _ hashing: KeyHashing) -> Conversation? {
        guard !opening.isEmpty else { return nil }
        let turns = self
        return Conversation(opening: hashing.name([group] + opening), isOpening: isOpening) {
            guard 1...Self.historyLimit ~= turns.bytesBefore, turns.messages.readableBytes <= Self.historyLimit else {
                return nil
            }
            let view = turns.messages.readableBytesView
            return (
                hashing.name(group, view.prefix(turns.bytesBefore)), hashing.name(group, view.dropLast())
            )
        }
    }
}

extension KeyHashing {
    /// 24 digits that stand for texts, and tell nothing of them.
    func name(_ texts: [String]) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(texts.reduce(0) { $0 + $1.utf8.count + 8 })
        for text in texts {
            // Lengths first, so that no two lists run together into the same bytes.
            withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { bytes += $0 }
            bytes += text.utf8
        }
        return Self.digits(hash(bytes))
    }

    fileprivate func name(_ group: String, _ bytes: some Sequence<UInt8>) -> String {
        Self.digits(hash(Array("turns \(group) ".utf8) + Array(bytes)))
    }

    /// Written in place: on the path of every request.
    private static func digits(_ hash: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: 24) { buffer in
            for place in 0..<24 {
                let byte = hash[place / 2]
                let value = place.isMultiple(of: 2) ? byte >> 4 : byte & 15
                buffer[place] = value + (value < 10 ? 0x30 : 0x61 - 10)
            }
            return 24
        }
    }
}
