import CCurl
import Glibc
import Synchronization

/// HTTP to providers: calls in, events out, over libcurl's multi interface on threads of its own.
///
/// HTTP/1.1 and, over TLS, HTTP/2; connections are reused; certificates are verified against the system's trust store;
/// proxies come from the environment (`https_proxy`, `http_proxy`, `no_proxy`, …); redirects are not followed, cookies not
/// kept. Dropping the last reference shuts it down without waiting.
package final class ProviderTransport: Sendable {
    package struct Options: Sendable {
        /// Threads; calls go to them in turn. Connections are not shared between them.
        package var engineThreads = 1
        /// Calls beyond it wait for a connection to become free.
        package var maxConnectionsPerHost = 4_096
        /// The same for all hosts together; nil: no limit. Of one engine.
        package var maxConnections: Int?
        /// Connections kept open without a call, in all.
        package var maxIdleConnections = 512
        /// A connection idle for longer is not used again.
        package var idleTimeout: Duration = .seconds(60)
        /// The longest whole answer (`UpstreamRequest.wantsStream` false) where the request names no limit.
        package var maxBufferedAnswerBytes = 32 * 1_024 * 1_024
        /// Bytes of streams that may wait for their readers in an engine, shared among its calls; each may have up to 128 KiB of it, and
        /// 32 KiB where there are so many that it would be less.
        package var undeliveredBytes = 64 * 1_024 * 1_024
        /// Bytes of whole answers that may be on their way at once, read from providers and not taken by clients. What is longer than 64 KiB
        /// fails with `noRoom` where it would become more.
        package var answerBytes = 256 * 1_024 * 1_024
        /// With fewer calls in progress than this a call is begun on the thread that asks for it, if the engine's is asleep:
        /// that saves waking it. With more, waking it once for several calls costs less. 0: never.
        package var callersThreadBelow = 4
        /// PEM file of the certificates to trust instead of the system's.
        package var trustedCertificatesFile: String?

        package init() {}
    }

    private let engines: [EngineThread]
    private let next = Atomic<Int>(0)
    /// Bytes of streams that were read from providers and that no receiver has taken yet.
    package let undelivered = ByteTally()
    /// Bytes of whole answers on their way: from providers until their calls are forgotten, and what their receiver counts of them then,
    /// until clients have taken them.
    package let answers = ByteTally()

    package init(options: Options = Options()) {
        precondition(options.engineThreads > 0, "a transport needs a thread")
        _ = Self.libraryIsReady
        engines = (0..<options.engineThreads).map { EngineThread(index: $0, options: options) }
    }

    deinit {
        for engine in engines { engine.loop.inbox.post(.shutdown) }
    }

    /// Begins a call. The receiver hears of it on an engine's thread, possibly before this returns; after `shutdown`, at once
    /// on the caller's.
    @discardableResult
    package func start(_ request: UpstreamRequest, receiver: any UpstreamReceiver) -> UpstreamCall {
        let turn = engines.count == 1 ? 0 : next.wrappingAdd(1, ordering: .relaxed).oldValue
        let engine = engines[Int(UInt(bitPattern: turn) % UInt(engines.count))].loop
        let call = UpstreamCall(
            request: request, receiver: receiver, inbox: engine.inbox, undelivered: undelivered, answers: answers)
        if engine.begin(call) { return call }
        if !engine.inbox.post(.start(call)) {
            receiver.received(.failed(EngineLoop.shutdownError))
            call.forgetReceiver()
        }
        return call
    }

    /// Fails every call in progress with `shutdown`, closes all connections and waits for the threads to end.
    package func shutdown() async {
        for engine in engines { engine.loop.inbox.post(.shutdown) }
        for engine in engines { await engine.waitUntilEnded() }
    }

    /// Of libcurl, as 8.5.0.
    package static var libraryVersion: String {
        // `libcurl/8.5.0 OpenSSL/3.0.13 …`
        String(cString: curl_version()).split(separator: " ").first?.split(separator: "/").last.map(String.init) ?? "?"
    }

    private static let libraryIsReady: Void = {
        precondition(curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, "libcurl cannot be initialised")
    }()
}
