/// The names of a request's tools as providers take them, and what the client calls them.
///
/// Most providers want at most 64 of the characters `[A-Za-z0-9_-]`. What is longer, has others, or stands in a namespace goes by a
/// name made of it; the same name always becomes the same, so that a prompt's beginning stays one.
package struct ToolNames: Sendable, Equatable {
    package struct Identity: Sendable, Equatable {
        package var name: String
        package var namespace: String?
        /// Whether it takes free text instead of an object.
        package var isFreeform = false

        package init(name: String, namespace: String? = nil, isFreeform: Bool = false) {
            self.name = name
            self.namespace = namespace
            self.isFreeform = isFreeform
        }
    }

    static let longest = 64
    private var byWireName: [String: Identity] = [:]

    package init() {}

    /// The name for providers; remembered with what it stands for.
    package mutating func wireName(_ name: String, namespace: String? = nil, isFreeform: Bool? = nil) -> String {
        let wire = Self.legal(namespace.map { "\($0)__\(name)" } ?? name)
        if var known = byWireName[wire] {
            if let isFreeform { known.isFreeform = isFreeform }
            byWireName[wire] = known
        } else {
            byWireName[wire] = Identity(name: name, namespace: namespace, isFreeform: isFreeform ?? false)
        }
        return wire
    }

    /// What the client calls a tool that the provider calls so.
    package subscript(_ wireName: String) -> Identity { byWireName[wireName] ?? Identity(name: wireName) }

    package static func legal(_ name: String) -> String {
        let isPlain = !name.isEmpty && name.utf8.allSatisfy(isLegal)
        guard !isPlain || name.utf8.count > longest else { return name }
        let letters = String(decoding: name.utf8.map { isLegal($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
        // FNV-1a: tells names apart that are cut or changed to the same one.
        var hash: UInt32 = 2_166_136_261
        for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        let tail = String(hash, radix: 16)
        return "\(letters.prefix(longest - 9))_\(String(repeating: "0", count: 8 - tail.count))\(tail)"
    }

    static func isLegal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
