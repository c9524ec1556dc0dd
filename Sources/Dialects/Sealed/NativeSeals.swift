package import NIOCore
package import WireFormats

/// Sealed values in a body that goes to a provider of the client's own dialect: those that travelled are restored where the arm made them,
/// and removed with what they seal where another did; thinking that nobody signed is removed.
///
/// A history that an arm of another dialect has written would be refused otherwise, with every turn that follows.
package enum NativeSeals {
    private struct Tally: Equatable {
        var removed = 0
        var restored = 0
    }

    private static let travelled = Array("br1.".utf8)
    /// However it is spaced.
    private static let unsigned = [#""signature":"""#, #""signature": """#].map { Array($0.utf8) }

    /// - Returns: the body without what is not the arm's, and how much that was; nil: there is nothing of the kind, which most bodies
    ///   show by one look for its marks.
    package static func settled(_ body: JSONDocument, in shape: InboundShape, realm: String) -> (
        body: ByteBuffer, removed: Int
    )? {
        let hasMarks =
            holds(body.text, travelled) || shape == .messages && unsigned.contains { holds(body.text, $0) }
        guard hasMarks else { return nil }
        var tally = Tally()
        let list: String
        switch shape {
        case .chat, .messages: list = "messages"
        case .responses: list = "input"
        }
        var json = JSONBytes(capacity: body.text.readableBytes)
        json.object { json in
            body.root.forEachMember { name, value in
                guard name == list, value.kind == .array else {
                    json.member(name, raw: value.rawBytes)
                    return true
                }
                json.key(name)
                json.array { json in
                    value.forEachElement { item in
                        if let settled = Self.item(item, shape, realm, &tally) { json.raw(settled) }
                        return true
                    }
                }
                return true
            }
        }
        return tally == Tally() ? nil : (json.buffer, tally.removed)
    }

    private static func holds(_ text: ByteBuffer, _ mark: [UInt8]) -> Bool {
        text.withUnsafeReadableBytes { $0.firstRange(of: mark) != nil }
    }

    /// A turn or an item as the arm takes it; nil: nothing is left of it.
    private static func item(
        _ item: JSONValue, _ shape: InboundShape, _ realm: String, _ tally: inout Tally
    ) -> ByteBuffer? {
        switch shape {
        case .messages: return turn(item, realm, &tally)
        case .responses:
            guard item.member("type")?.isString("reasoning") ?? false,
                let text = item.member("encrypted_content")?.string, let seal = Seal(travelled: text)
            else { return item.rawBytes }
            guard seal.kind == .encrypted, seal.realm == realm else {
                tally.removed += 1
                return nil
            }
            tally.restored += 1
            let parts = seal.value.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            return replaced(
                item, ["id": quoted(parts[0]), "encrypted_content": quoted(parts.count > 1 ? parts[1] : "")])
        case .chat: return message(item, realm, &tally)
        }
    }

    /// A turn of Anthropic's.
    private static func turn(_ turn: JSONValue, _ realm: String, _ tally: inout Tally) -> ByteBuffer? {
        guard let content = turn.member("content"), content.kind == .array else { return turn.rawBytes }
        var blocks: [ByteBuffer] = []
        let before = tally.removed
        content.forEachElement { block in
            let name: String
            let kind: Seal.Kind
            if block.member("type")?.isString("thinking") ?? false {
                (name, kind) = ("signature", .signature)
            } else if block.member("type")?.isString("redacted_thinking") ?? false {
                (name, kind) = ("data", .redacted)
            } else {
                blocks.append(block.rawBytes)
                return true
            }
            let text = (kind == .signature ? block.member("signature") : block.member("data"))?.string ?? ""
            if let seal = Seal(travelled: text) {
                if seal.kind == kind, seal.realm == realm {
                    tally.restored += 1
                    blocks.append(replaced(block, [name: quoted(seal.value)]))
                } else {
                    tally.removed += 1
                }
            } else if text.isEmpty {
                tally.removed += 1
            } else {
                blocks.append(block.rawBytes)
            }
            return true
        }
        // A turn without content is refused.
        if blocks.isEmpty, tally.removed > before {
            blocks = [ByteBuffer(staticString: #"{"type":"text","text":"."}"#)]
        }
        return replaced(turn, ["content": array(blocks)])
    }

    /// A message of a chat.
    private static func message(_ message: JSONValue, _ realm: String, _ tally: inout Tally) -> ByteBuffer? {
        var changes: [String: ByteBuffer?] = [:]
        if let details = message.member("reasoning_details"), details.kind == .array {
            var kept: [ByteBuffer] = []
            details.forEachElement { detail in
                let texts = [detail.member("data")?.string, detail.member("signature")?.string]
                if texts.contains(where: { $0.flatMap(Seal.init(travelled:)) != nil }) {
                    tally.removed += 1
                } else {
                    kept.append(detail.rawBytes)
                }
                return true
            }
            changes["reasoning_details"] = kept.isEmpty ? .some(nil) : array(kept)
        }
        if let calls = message.member("tool_calls"), calls.kind == .array {
            var kept: [ByteBuffer] = []
            calls.forEachElement { call in
                let google = call.member("extra_content")?.member("google")
                guard let text = google?.member("thought_signature")?.string, let seal = Seal(travelled: text) else {
                    kept.append(call.rawBytes)
                    return true
                }
                if seal.kind == .thought, seal.realm == realm {
                    tally.restored += 1
                    var json = JSONBytes()
                    json.object { json in
                        json.key("google")
                        json.object { $0.member("thought_signature", seal.value) }
                    }
                    kept.append(replaced(call, ["extra_content": json.buffer]))
                } else {
                    tally.removed += 1
                    kept.append(replaced(call, ["extra_content": Optional<ByteBuffer>.none]))
                }
                return true
            }
            changes["tool_calls"] = array(kept)
        }
        return changes.isEmpty ? message.rawBytes : replaced(message, changes)
    }

    /// An object with some members in other words; nil: without them.
    private static func replaced(_ object: JSONValue, _ changes: [String: ByteBuffer?]) -> ByteBuffer {
        var json = JSONBytes(capacity: object.range.count + 64)
        json.object { json in
            object.forEachMember { name, value in
                guard let change = changes[name] else {
                    json.member(name, raw: value.rawBytes)
                    return true
                }
                if let change { json.member(name, raw: change) }
                return true
            }
        }
        return json.buffer
    }

    private static func array(_ elements: [ByteBuffer]) -> ByteBuffer {
        var json = JSONBytes(capacity: elements.reduce(2) { $0 + $1.readableBytes + 1 })
        json.array { json in for element in elements { json.raw(element) } }
        return json.buffer
    }

    private static func quoted(_ text: some StringProtocol) -> ByteBuffer {
        ByteBuffer(string: JSONString.quoted(text))
    }
}
