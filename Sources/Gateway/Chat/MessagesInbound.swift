package import NIOCore
package import ProviderClient
import WireFormats

/// Anthropic's messages API: `{"type":"error","error":{"type","message","code","param"},"request_id"}`.
package struct MessagesInbound: InboundDialect {
    package init() {}

    package var requestIDField: StaticString? { "request-id" }

    package func status(of error: GatewayError) -> Int { error.status }

    package func body(of error: GatewayError, requestID: String) -> ByteBuffer {
        Self.body(Self.type(of: error.status), error, requestID: requestID)
    }

    /// An event with a name: its readers do not know comments for a sign of life.
    package var keepAlive: ByteBuffer { ByteBuffer(staticString: "event: ping\ndata: {\"type\": \"ping\"}\n\n") }

    package func brokenEnding(_ error: GatewayError, after summary: StreamSummary?) -> ByteBuffer {
        let type =
            switch error.cause?.status ?? error.status {
            case 429: "rate_limit_error"
            case 503, 529: "overloaded_error"
            default: "api_error"
            }
        var event = ByteBuffer(staticString: "event: error\ndata: ")
        event.writeImmutableBuffer(Self.body(type, error, requestID: nil))
        event.writeStaticString("\n\n")
        return event
    }

    private static func body(_ type: String, _ error: GatewayError, requestID: String?) -> ByteBuffer {
        var json = JSONBytes()
        json.object { json in
            json.member("type", "error")
            json.key("error")
            json.object {
                $0.member("type", type)
                $0.member("message", message(of: error))
                $0.member("code", error.code)
                $0.member("param", error.param)
            }
            if let requestID { json.member("request_id", requestID) }
        }
        return ByteBuffer(bytes: json.bytes)
    }

    /// Agents make their history shorter where they read these words, and nothing else tells them to.
    private static let overflow = "prompt is too long"

    private static func message(of error: GatewayError) -> String {
        let overflows = error.code == "context_length_exceeded" || error.cause?.reason == .contextOverflow
        return overflows && !error.message.hasPrefix(overflow) ? "\(overflow): \(error.message)" : error.message
    }

    private static func type(of status: Int) -> String {
        switch status {
        case 400: "invalid_request_error"
        case 401: "authentication_error"
        case 402: "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 504: "timeout_error"
        case 503, 529: "overloaded_error"
        default: "api_error"
        }
    }
}
