import Glibc
import Hummingbird
import NIOCore

/// A request's context that knows its connection, so that faults can be done to it.
struct SimulatedContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let connection: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        connection = source.channel
    }

    var maxUploadSize: Int { 64 * 1_024 * 1_024 }

    /// Closes the connection in mid-answer, politely or not, and returns when it is closed.
    func close(reset: Bool) async {
        if reset {
            let abrupt = linger(l_onoff: 1, l_linger: 0)
            try? await (connection as? any SocketOptionProvider)?.setSoLinger(abrupt).get()
        }
        try? await connection.close(mode: .all).get()
    }
}

/// Closes a connection whose client has closed its side: it wants no answer any more.
final class LeavingClientHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}

/// Thrown out of an answer's body where its connection was closed on purpose.
struct ConnectionEnded: Error {}
