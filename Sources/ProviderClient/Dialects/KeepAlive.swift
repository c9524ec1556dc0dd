import NIOCore

/// Frames by which providers say that they are still there, where a comment would do.
///
/// Many forget that clients take every `data:` for JSON: OpenRouter's and Perplexity's proxies send empty fields, others words.
enum KeepAlive {
    /// What goes to the client instead.
    static let comment = ByteBuffer(staticString: ": keep-alive\n\n")

    /// What may stand in the data, in brackets or not, in any case.
    private static let words: Set<String> = [
        "ping", "pong", "keepalive", "keep-alive", "keep_alive", "heartbeat", "processing", "waiting", "null", "{}",
        "\"\"",
    ]
    /// Events whose data is of no matter.
    private static let events: [StaticString] = ["ping", "keepalive", "keep-alive", "heartbeat"]
    private static let longestWord = 32

    /// - Parameters:
    ///   - data: the frame's.
    ///   - event: the frame's `event` field.
    static func isOne(_ data: ByteBuffer, event: ByteBuffer?) -> Bool {
        // Nearly every frame is an object with something in it.
        let view = data.readableBytesView
        if view.first == UInt8(ascii: "{"), view.count > longestWord, event == nil { return false }
        if let event, events.contains(where: { event == ByteBuffer(staticString: $0) }) { return true }
        guard let first = view.firstIndex(where: { $0 > 0x20 }) else { return true }
        if view[first] == UInt8(ascii: ":") { return true }
        guard view.count <= longestWord else { return false }
        let word = String(decoding: view[first...], as: UTF8.self).lowercased().filter { !" \t\r\n[]".contains($0) }
        return words.contains(word)
    }
}
