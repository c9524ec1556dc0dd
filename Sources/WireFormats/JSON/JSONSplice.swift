package import NIOCore

/// Changes to the members of a document's outermost object that leave every other byte as it is.
///
/// Applied by copying the stretches between the changes: numbers keep their digits, unknown fields their spelling. A name
/// that occurs more than once is changed at every place, so that it does not matter which one a reader believes.
package struct JSONSplice {
    private enum Change {
        case replace(ByteBuffer)
        case remove
    }

    private let document: JSONDocument
    private var changes: [(name: StaticString, change: Change)] = []
    private var additions: [ByteBuffer] = []

    /// - Precondition: the document is an object.
    package init(_ document: JSONDocument) {
        precondition(document.isObject, "only an object has members to change")
        self.document = document
    }

    /// Puts another value (JSON text) in the place of a member's; adds the member where there is none.
    package mutating func set(_ name: StaticString, to value: ByteBuffer) {
        guard document.has(name) else {
            let capacity = value.readableBytes + name.utf8CodeUnitCount + 8
            var member = ByteBufferAllocator().buffer(capacity: capacity)
            JSONString.append(name.description, to: &member)
            member.writeInteger(UInt8(ascii: ":"))
            member.writeImmutableBuffer(value)
            additions.append(member)
            return
        }
        changes.append((name, .replace(value)))
    }

    /// Puts a string in the place of a member's value; adds the member where there is none.
    package mutating func set(_ name: StaticString, to text: String) {
        var value = ByteBufferAllocator().buffer(capacity: text.utf8.count + 8)
        JSONString.append(text, to: &value)
        set(name, to: value)
    }

    /// Takes a member out, with the comma that goes with it.
    package mutating func remove(_ name: StaticString) { changes.append((name, .remove)) }

    /// The text with the changes made.
    package func applied() -> ByteBuffer {
        let text = document.text
        let added = additions.reduce(0) { $0 + $1.readableBytes + 1 }
        var result = ByteBufferAllocator().buffer(capacity: text.readableBytes + added + 64)
        text.withUnsafeReadableBytes { bytes in
            let scanner = JSONScanner(bytes)
            var members = document.outermost[...]
            // Copied up to here; a stretch without a change is copied in one go.
            var copied = 0
            var keptOne = false
            while let member = members.popFirst() {
                switch change(of: member, scanner) {
                case nil: keptOne = true
                case .replace(let value):
                    keptOne = true
                    result.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[copied..<member.value.lowerBound]))
                    result.writeImmutableBuffer(value)
                    copied = member.value.upperBound
                case .remove:
                    result.writeBytes(
                        UnsafeRawBufferPointer(
                            rebasing: bytes[copied..<Self.end(before: member, keptOne, bytes, copied)]))
                    // Nothing is kept before it: the comma after it goes; else the one before it has gone.
                    copied =
                        keptOne ? member.value.upperBound : members.first?.key.lowerBound ?? member.value.upperBound
                }
            }
            if !additions.isEmpty {
                let end = max(copied, document.outermost.last?.value.upperBound ?? document.root.range.lowerBound + 1)
                result.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[copied..<end]))
                copied = end
                for addition in additions {
                    if keptOne { result.writeInteger(UInt8(ascii: ",")) }
                    keptOne = true
                    result.writeImmutableBuffer(addition)
                }
            }
            result.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[copied...]))
        }
        return result
    }

    private func change(of member: JSONDocument.Member, _ scanner: JSONScanner) -> Change? {
        changes.last { JSONString.equals(scanner, member.key, $0.name) }?.change
    }

    /// Where to stop copying before a member that goes: before the comma that leads to it, or before itself.
    private static func end(
        before member: JSONDocument.Member, _ keptOne: Bool, _ bytes: UnsafeRawBufferPointer, _ copied: Int
    ) -> Int {
        guard keptOne else { return member.key.lowerBound }
        var at = member.key.lowerBound
        repeat { at -= 1 } while bytes[at] != UInt8(ascii: ",")
        while at > copied, bytes[at - 1] <= 0x20 { at -= 1 }
        return at
    }
}
