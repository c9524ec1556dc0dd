import NIOCore
import ProviderClient
import WireFormats

extension ByteBuffer {
    /// Without the byte-order mark that some clients put before UTF-8; it is no part of JSON (RFC 8259, 8.1).
    var withoutMark: ByteBuffer {
        guard getBytes(at: readerIndex, length: 3) == [0xEF, 0xBB, 0xBF] else { return self }
        var rest = self
        rest.moveReaderIndex(forwardBy: 3)
        return rest
    }
}

/// Reading request bodies: what is wrong is told in the API's words.
extension JSONDocument {
    /// The body as a JSON object.
    static func object(_ body: ByteBuffer) throws(GatewayError) -> JSONDocument {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body.withoutMark)
        } catch {
            throw .invalidJSON(error.description)
        }
        guard document.isObject else { throw .invalidJSON("it is no object") }
        // Whoever is given the body may take the other of the two.
        if let name = document.repeatedName { throw .invalidJSON("'\(name)' stands in it more than once") }
        return document
    }

    /// A member that must be a string of at most `limit` bytes where it is there; null counts as absent.
    func text(_ name: StaticString, atMost limit: Int) throws(GatewayError) -> String? {
        guard let value = member(name), !value.isNull else { return nil }
        guard let text = value.string else { throw .invalidValue(name.description, "it must be a string") }
        guard text.utf8.count <= limit else { throw .tooLong(name.description, limit) }
        return text
    }

    /// A member that must be true or false where it is there; null counts as absent.
    func flag(_ name: StaticString) throws(GatewayError) -> Bool? {
        guard let value = member(name), !value.isNull else { return nil }
        guard let flag = value.bool else { throw .invalidValue(name.description, "it must be true or false") }
        return flag
    }

    /// Refuses members that the endpoint does not know.
    func refuseUnknown(_ known: Set<String>) throws(GatewayError) {
        for (name, _) in root.members where !known.contains(name) { throw .unknownParameter(name) }
    }
}
