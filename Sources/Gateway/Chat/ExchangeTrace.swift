/// The router's span in a client's trace: made only for requests that carry one.
final class ExchangeTrace {
    let context: TraceContext
    let span: String
    /// `traceparent` of the router's span, for the client.
    let header: String
    /// The same as a header line for the provider.
    let upstreamLine: String

    init(_ context: TraceContext, span: String) {
        self.context = context
        self.span = span
        header = context.header(span: span)
        upstreamLine = "traceparent: " + header
    }
}
