import LogFiles
import WireFormats

/// Writes JSON text without spaces, member by member.
struct CompactJSON {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    mutating func member(_ name: String, _ value: String?) {
        guard let value else { return }
        key(name)
        JSONString.append(value, to: &bytes)
    }

    mutating func member(_ name: String, _ value: Int64?) {
        guard let value else { return }
        key(name)
        bytes += "\(value)".utf8
    }

    mutating func member(_ name: String, _ value: Int?) { member(name, value.map(Int64.init)) }

    mutating func member(_ name: String, _ value: Bool) {
        key(name)
        bytes += (value ? "true" : "false").utf8
    }

    /// The shortest digits that read back as the same number; nothing where it is none.
    mutating func member(_ name: String, _ value: Double?) {
        guard let value, value.isFinite else { return }
        key(name)
        bytes += "\(value)".utf8
    }

    mutating func null(_ name: String) {
        key(name)
        bytes += "null".utf8
    }

    mutating func object(_ name: String, _ body: (inout CompactJSON) -> Void) {
        key(name)
        enclose("{", "}") { body(&$0) }
    }

    /// A list of objects; nothing where it is empty.
    mutating func list<Item>(_ name: String, _ items: [Item], _ body: (Item, inout CompactJSON) -> Void) {
        guard !items.isEmpty else { return }
        key(name)
        enclose("[", "]") { json in
            for item in items {
                json.comma()
                json.enclose("{", "}") { body(item, &$0) }
                json.needsComma = true
            }
        }
    }

    private mutating func enclose(_ open: String, _ close: String, _ body: (inout CompactJSON) -> Void) {
        bytes += open.utf8
        needsComma = false
        body(&self)
        bytes += close.utf8
        needsComma = true
    }

    private mutating func key(_ name: String) {
        comma()
        JSONString.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }
}
