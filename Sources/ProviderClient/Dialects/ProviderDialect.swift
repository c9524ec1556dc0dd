package import NIOCore
package import WireFormats

/// How a provider wants to be asked and how it answers. Clients always speak OpenAI's chat API.
package protocol ProviderDialect: Sendable {
    /// Appended to the provider's `base_url`, which includes the version.
    var chatPath: String { get }
    /// `nil`: no embeddings in this dialect.
    var embeddingsPath: String? { get }
    /// The headers of every request; nothing of the client's is among them.
    func headers(apiKey: String?) -> [(String, String)]
    /// The body for the provider, from a client's chat body.
    /// - Throws: where the body cannot be said in this dialect; the client's fault.
    func chatRequest(_ body: JSONDocument, model: String) throws(DialectError) -> PreparedRequest
    /// Judges a whole answer to a chat, and brings it into OpenAI's shape.
    func checkChat(_ answer: UpstreamAnswer, model: String) -> Result<CheckedAnswer, UpstreamFault>
    /// What relays the provider's stream to the client.
    func streamRelay(head: UpstreamHead, model: String, prepared: PreparedRequest) -> StreamRelay
}

/// A body for a provider.
package struct PreparedRequest: Sendable {
    package let body: ByteBuffer
    package let wantsStream: Bool
    /// Whether usage was asked for behind the client's back, so that what it causes is kept from the client; or, in a
    /// dialect that always reports usage, whether the client did not ask for it.
    package let hidesUsage: Bool

    package init(body: ByteBuffer, wantsStream: Bool, hidesUsage: Bool) {
        self.body = body
        self.wantsStream = wantsStream
        self.hidesUsage = hidesUsage
    }
}

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
