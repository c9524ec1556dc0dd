package import NIOCore
package import ProviderClient
import RoutingEngine
import WireFormats

/// OpenAI's responses API. Errors are those of the chat API; a stream that breaks ends with `response.failed`.
package struct ResponsesInbound: InboundDialect {
    /// Seconds since the epoch.
    private let created: Int

    /// - Parameter created: for answers that fail before their provider said anything, seconds since the epoch.
    package init(created: Int) { self.created = created }

    package func brokenEnding(_ error: GatewayError, after summary: StreamSummary?) -> ByteBuffer {
        var events = ByteBuffer()
        var number = summary?.nextSequenceNumber ?? 0
        let id = summary?.id ?? "resp_" + (error.decisionID.map(\.digits) ?? "0")
        if summary == nil {
            // What reads streams wants to see an answer begin before it fails.
            write("response.created", number, to: &events) { response(&$0, id: id, status: "in_progress", error: nil) }
            number += 1
        }
        write("response.failed", number, to: &events) { response(&$0, id: id, status: "failed", error: error) }
        return events
    }

    private func write(
        _ event: StaticString, _ number: Int, to events: inout ByteBuffer, _ response: (inout JSONBytes) -> Void
    ) {
        var json = JSONBytes()
        json.object {
            $0.member("type", event.description)
            $0.member("sequence_number", number)
            $0.key("response")
            response(&$0)
        }
        events.writeString("event: \(event)\ndata: ")
        events.writeBytes(json.bytes)
        events.writeStaticString("\n\n")
    }

    /// What every client's types require of a response, and why there is none.
    private func response(_ json: inout JSONBytes, id: String, status: String, error: GatewayError?) {
        json.object { json in
            json.member("id", id)
            json.member("object", "response")
            json.member("created_at", created)
            json.member("status", status)
            json.key("error")
            if let error {
                json.object {
                    $0.member("code", Self.code(of: error))
                    $0.member("message", error.message)
                }
            } else {
                json.null()
            }
            json.key("incomplete_details")
            json.null()
            json.key("instructions")
            json.null()
            json.member("model", "")
            json.key("output")
            json.array { _ in }
            json.member("parallel_tool_calls", true)
            json.member("tool_choice", "auto")
            json.key("tools")
            json.array { _ in }
            json.key("usage")
            json.null()
        }
    }

    private static func code(of error: GatewayError) -> String {
        if error.code == "context_length_exceeded" || error.cause?.reason == .contextOverflow {
            return "context_length_exceeded"
        }
        return (error.cause?.status ?? error.status) == 429 ? "rate_limit_exceeded" : "server_error"
    }
}
