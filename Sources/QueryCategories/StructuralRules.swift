/// Categories that follow from a request's shape, whatever its wording. A rule applies when a category of its id exists.
package enum StructuralRule: String, Sendable, CaseIterable {
    /// The request offers tools: `tool_use`.
    case tools
    /// A turn carries an image: `vision`.
    case images
    /// Most of the text is source code in a fence, or it is a compiler's or interpreter's trace: `code`.
    case code
    /// The answer must be JSON, and the text says nothing else: `extraction`.
    case json

    /// The category this rule stands for.
    package var categoryID: String {
        switch self {
        case .tools: "tool_use"
        case .images: "vision"
        case .code: "code"
        case .json: "extraction"
        }
    }
}
