import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypesHTTP1

/// The framework's HTTP/1 connection with ``ExchangeHandler`` between NIO's decoder and the framework's own form of requests.
struct HotPathChannel: ServerChildChannel {
    private let framework: HTTP1Channel
    private let service: ChatService

    init(responder: @escaping HTTPChannelHandler.Responder, service: ChatService) {
        framework = HTTP1Channel(responder: responder)
        self.service = service
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        framework.setup(channel: channel, logger: logger).flatMapThrowing { [service] value in
            // On the event loop still, and before the first byte is read.
            let pipeline = channel.pipeline.syncOperations
            let converter = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandler(ExchangeHandler(service: service), position: .before(converter))
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await framework.handle(value: value, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// A server whose connections serve the hot path themselves.
    static func hotPath(_ service: ChatService) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in HotPathChannel(responder: responder, service: service) }
    }
}
