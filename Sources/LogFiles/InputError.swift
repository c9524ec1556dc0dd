/// What is wrong with a file somebody handed in, and where: printed as `FILE:LINE: field: reason`.
package struct InputError: Error, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    /// The line, from 1; nil where the trouble is the file's, not a line's.
    package let line: Int?
    /// The field, column or layer (`gzip`, `line`, `file`) at fault.
    package let field: String
    package let reason: String

    package init(file: String, line: Int? = nil, field: String, reason: String) {
        self.file = file
        self.line = line
        self.field = field
        self.reason = reason
    }

    package var description: String {
        "\(file)\(line.map { ":\($0)" } ?? ""): \(field): \(reason)"
    }
}
