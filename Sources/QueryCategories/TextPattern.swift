/// A case-insensitive pattern searched in a user's text.
package struct TextPattern: @unchecked Sendable {
    package let source: String
    private let regex: Regex<AnyRegexOutput>

    /// - Throws: `invalid_pattern` saying why it cannot be read.
    package init(_ source: String) throws(CategoryError) {
        self.source = source
        do {
            regex = try Regex(source).ignoresCase()
        } catch {
            throw CategoryError(.invalidPattern, "invalid pattern '\(source)': \(error)")
        }
    }

    package func matches(_ text: String) -> Bool { text.firstMatch(of: regex) != nil }
}
