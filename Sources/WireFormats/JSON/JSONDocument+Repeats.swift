import NIOCore

extension JSONDocument {
    /// A name that the outermost object has more than once; nil where each stands once.
    ///
    /// Readers differ in which of several members of one name they take: such a text means one thing here and another elsewhere.
    package var repeatedName: String? {
        // Two of a name have keys of one length, unless one of them is escaped; mostly none have.
        guard outermost.count > 1 else { return nil }
        if outermost.count <= 16, !hasEscapedKeys {
            return text.withUnsafeReadableBytes { bytes -> String? in
                for later in outermost.indices.dropFirst() {
                    let key = outermost[later].key
                    for earlier in outermost[..<later] where earlier.key.count == key.count {
                        if bytes[key].elementsEqual(bytes[earlier.key]) {
                            return String(decoding: bytes[key].dropFirst().dropLast(), as: UTF8.self)
                        }
                    }
                }
                return nil
            }
        }
        return root.repeatedName
    }
}

extension JSONValue {
    /// A name that this object has more than once; nil where each stands once, and for what is no object.
    package var repeatedName: String? {
        guard kind == .object else { return nil }
        var names: Set<String> = []
        var repeated: String?
        forEachMember { name, _ in
            if !names.insert(name).inserted { repeated = name }
            return repeated == nil
        }
        return repeated
    }
}
