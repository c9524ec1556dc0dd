/// A client's request that cannot be said in a provider's dialect.
package struct DialectError: Error, Sendable, Equatable {
    package let message: String
    /// The member at fault (`messages[2].content`).
    package let param: String?

    package init(_ message: String, param: String?) {
        self.message = message
        self.param = param
    }
}
