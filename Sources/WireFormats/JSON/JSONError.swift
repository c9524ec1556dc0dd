/// Where and why a text is not JSON.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        case unexpectedByte = "unexpected character"
        case unexpectedEnd = "the text ends too soon"
        case trailingBytes = "something follows the value"
        case badEscape = "unknown escape in a string"
        case controlCharacter = "unescaped control character in a string"
        case badNumber = "malformed number"
        case badUTF8 = "not UTF-8"
        case tooDeep = "nested too deeply"
    }

    package let reason: Reason
    /// In bytes from the beginning of the text.
    package let offset: Int

    package init(reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "\(reason.rawValue) at byte \(offset)" }
}
