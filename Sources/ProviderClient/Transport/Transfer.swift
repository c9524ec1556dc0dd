import CCurl
import NIOCore
import WireFormats

/// An easy handle with the call it carries at the moment: the engine's side of an `UpstreamCall`, reused from call to call.
///
/// Lives on the engine's thread only. It stays configured for its last endpoint, so that the next call to the same
/// endpoint sets a body and nothing else.
final class Transfer {
    let easy: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private unowned let engine: EngineLoop

    /// The endpoint's headers and one of the request's own, where it has one; freed when it goes.
    private var ownHeaders: UnsafeMutablePointer<curl_slist>?

    /// What `easy` is configured for.
    private(set) var endpoint: UpstreamEndpoint?
    /// The endpoint's URL in parts, which libcurl would else take apart for every call; nil where it cannot.
    private var url: OpaquePointer?
    private(set) var call: UpstreamCall?
    /// Where the transfer stands in the engine's list of active ones.
    var activeIndex = -1
    /// Whether the engine's list of transfers with undelivered bytes has this one.
    var isDirty = false

    private var isConnected = false
    private var isHeadDelivered = false
    private var isPaused = false
    private var receivedBytes = 0
    private var limitBytes = Int.max
    private var firstByteAt: Int64 = 0
    private var lastActivityAt: Int64 = 0
    private var pending = ByteBuffer()
    /// Whether the call goes over no connection that was open before.
    private var wantsFreshConnection = false
    /// Why our own callback refused to go on; wins over what libcurl then reports.
    private var refusal: UpstreamError?

    /// Undelivered bytes of a stream are handed over in the middle of a read beyond this many.
    private static let deliverAtBytes = 65_536
    /// Whole answers up to this length always have room.
    private static let ordinaryBytes = 65_536
    /// No more than this is allocated on a provider's word (its Content-Length) alone.
    private static let trustedLengthBytes = 1 << 20

    init(engine: EngineLoop) {
        guard let easy = curl_easy_init() else { preconditionFailure("libcurl: no memory for a handle") }
        self.easy = easy
        self.engine = engine
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_url_cleanup(url)
        curl_slist_free_all(ownHeaders)
        errorText.deallocate()
    }

    /// Makes the handle ready to carry the call.
    func begin(_ call: UpstreamCall) {
        if endpoint !== call.request.endpoint {
            configure(for: call.request.endpoint)
            endpoint = call.request.endpoint
        }
        setRequest(call.request)
        if !call.request.headerLines.isEmpty || ownHeaders != nil { setHeaders(call.request) }
        self.call = call
        if wantsFreshConnection {
            wantsFreshConnection = false
            bandit_curl_setopt_long(easy, CURLOPT_FRESH_CONNECT, 0)
        }
        isConnected = false
        isHeadDelivered = false
        isPaused = false
        receivedBytes = 0
        limitBytes =
            call.request.maxBodyBytes ?? (call.request.wantsStream ? .max : engine.options.maxBufferedAnswerBytes)
        firstByteAt = 0
        lastActivityAt = call.startedAt
        refusal = nil
        errorText[0] = 0
    }

    /// Forgets the call; the handle may carry another one.
    func clear() {
        call = nil
        pending = ByteBuffer()
    }

    // MARK: - Configuration

    private func configure(for endpoint: UpstreamEndpoint) {
        curl_easy_reset(easy)
        let context = Unmanaged.passUnretained(self).toOpaque()
        bandit_curl_setopt_pointer(easy, CURLOPT_PRIVATE, context)
        bandit_curl_setopt_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        bandit_curl_setopt_write(easy, Self.onBody, context)
        bandit_curl_setopt_before_request(easy, Self.onConnected, context)
        engine.configure(easy)
        curl_url_cleanup(url)
        url = curl_url()
        if curl_url_set(url, CURLUPART_URL, endpoint.url, 0) == CURLUE_OK {
            bandit_curl_setopt_pointer(easy, CURLOPT_CURLU, UnsafeRawPointer(url))
        } else {
            // It says what is wrong with it when the call begins.
            bandit_curl_setopt_string(easy, CURLOPT_URL, endpoint.url)
        }
        bandit_curl_setopt_pointer(easy, CURLOPT_HTTPHEADER, endpoint.headerList)
        bandit_curl_setopt_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        bandit_curl_setopt_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        // Undone where it is used all the same; what is asked for is identity (the endpoint's header).
        bandit_curl_setopt_string(easy, CURLOPT_ACCEPT_ENCODING, "")
        bandit_curl_setopt_long(easy, CURLOPT_NOSIGNAL, 1)
        bandit_curl_setopt_long(easy, CURLOPT_TCP_NODELAY, 1)
        bandit_curl_setopt_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
        // A slow name server must not hold the thread when the call it belongs to is over.
        bandit_curl_setopt_long(easy, CURLOPT_QUICK_EXIT, 1)
        if endpoint.isEncrypted {
            bandit_curl_setopt_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
            // A burst to a host that may speak HTTP/2 shares one connection instead of opening many.
            bandit_curl_setopt_long(easy, CURLOPT_PIPEWAIT, 1)
        } else {
            bandit_curl_setopt_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        }
        if endpoint.method != "POST" { bandit_curl_setopt_string(easy, CURLOPT_CUSTOMREQUEST, endpoint.method) }
    }

    private func setRequest(_ request: UpstreamRequest) {
        let connectMilliseconds = request.timeouts.connect.map { max(1, $0.nanoseconds / 1_000_000) } ?? 0
        bandit_curl_setopt_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Int(connectMilliseconds))
        guard request.body.readableBytes > 0 || request.endpoint.method == "POST" else {
            // Also forgets the last call's body, whose bytes are gone.
            bandit_curl_setopt_long(easy, CURLOPT_HTTPGET, 1)
            return
        }
        // The pointer outlives the closure: `call` holds the buffer, hence its storage, and nobody writes to that.
        request.body.withUnsafeReadableBytesWithStorageManagement { bytes, _ in
            bandit_curl_setopt_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
            bandit_curl_setopt_pointer(easy, CURLOPT_POSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(errorText))
        }
    }

    /// Sends the request's own headers beside the endpoint's, or takes that of the call before away.
    private func setHeaders(_ request: UpstreamRequest) {
        let before = ownHeaders
        ownHeaders = nil
        let lines = request.headerLines.filter { line in !line.utf8.contains { $0 < 0x20 || $0 == 0x7F } }
        if !lines.isEmpty {
            var next = request.endpoint.headerList
            while let entry = next {
                ownHeaders = curl_slist_append(ownHeaders, entry.pointee.data)
                next = entry.pointee.next
            }
            for line in lines { ownHeaders = curl_slist_append(ownHeaders, line) }
        }
        bandit_curl_setopt_pointer(easy, CURLOPT_HTTPHEADER, ownHeaders ?? request.endpoint.headerList)
        curl_slist_free_all(before)
    }

    // MARK: - libcurl's callbacks

    private static let onConnected: curl_prereq_callback = { context, _, _, _, _ in
        Unmanaged<Transfer>.fromOpaque(context!)._withUnsafeGuaranteedRef { $0.isConnected = true }
        return CURL_PREREQFUNC_OK
    }

    private static let onBody: curl_write_callback = { bytes, size, count, context in
        Unmanaged<Transfer>.fromOpaque(context!)._withUnsafeGuaranteedRef {
            $0.take(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let call else { return Int(CURL_WRITEFUNC_ERROR) }
        let isStream = call.request.wantsStream
        if isStream && call.stops(at: engine.undeliveredLimit) {
            isPaused = true
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        if firstByteAt == 0 {
            firstByteAt = engine.now
            lastActivityAt = engine.now
            // From here on the limit between chunks counts, which may be over sooner than what was noted.
            engine.noteDeadline(of: self)
        }
        lastActivityAt = engine.now
        receivedBytes += bytes.count
        guard receivedBytes <= limitBytes else {
            refusal = UpstreamError(.tooLarge, "the answer is longer than \(limitBytes) bytes")
            return Int(CURL_WRITEFUNC_ERROR)
        }
        if !isStream, call.collect(bytes.count) > engine.options.answerBytes, receivedBytes > Self.ordinaryBytes {
            refusal = UpstreamError(.noRoom, "the answers on their way take all the memory that is set aside for them")
            return Int(CURL_WRITEFUNC_ERROR)
        }
        if pending.capacity == 0 {
            pending = ByteBufferAllocator().buffer(capacity: isStream ? bytes.count : expectedLength(bytes.count))
        }
        pending.writeBytes(bytes)
        if isStream {
            call.charge(bytes.count)
            if pending.readableBytes >= Self.deliverAtBytes && !engine.isBorrowed {
                deliver(to: call)
            } else {
                engine.markDirty(self)
            }
        }
        return bytes.count
    }

    private func expectedLength(_ first: Int) -> Int {
        var length: curl_off_t = -1
        bandit_curl_getinfo_offset(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length)
        return max(first, min(Int(length), Self.trustedLengthBytes))
    }

    // MARK: - Delivery

    /// Hands the bytes of a stream that came since the last time to the receiver, after the head.
    func deliverPending() {
        guard let call, pending.readableBytes > 0 else { return }
        deliver(to: call)
    }

    private func deliver(to call: UpstreamCall) {
        deliverHead(to: call)
        let bytes = pending
        pending = ByteBuffer()
        if bytes.readableBytes > 0 { call.receiver?.received(.body(bytes)) }
    }

    private func deliverHead(to call: UpstreamCall) {
        guard !isHeadDelivered else { return }
        isHeadDelivered = true
        call.receiver?.received(.head(head()))
    }

    /// The receiver's last event, from libcurl's verdict.
    func finish(_ call: UpstreamCall, code: CURLcode) {
        if let refusal { return fail(call, refusal) }
        guard code == CURLE_OK || isUnreadableRefusal(code) else { return fail(call, error(code)) }
        if call.request.wantsStream {
            deliver(to: call)
            call.receiver?.received(.end(timings(call)))
        } else {
            let body = pending
            pending = ByteBuffer()
            call.receiver?.received(.complete(head(), body, timings(call)))
        }
    }

    /// The receiver's last event where there is no (further) answer; what a stream got before is delivered first.
    func fail(_ call: UpstreamCall, _ error: UpstreamError) {
        if call.request.wantsStream && error.code != .cancelled { deliverPending() }
        call.receiver?.received(.failed(error))
    }

    private func head() -> UpstreamHead {
        var status = 0
        var version = 0
        var contentType: UnsafePointer<CChar>?
        bandit_curl_getinfo_long(easy, CURLINFO_RESPONSE_CODE, &status)
        bandit_curl_getinfo_long(easy, CURLINFO_HTTP_VERSION, &version)
        bandit_curl_getinfo_string(easy, CURLINFO_CONTENT_TYPE, &contentType)
        return UpstreamHead(
            status: status, contentType: contentType.map { String(cString: $0) },
            retryAfter: status < 400
                ? nil : RetryHints.text(status: status, now: WallClock.now()) { self.header($0) },
            shouldRetry: status < 400 ? nil : header("x-should-retry").flatMap { Bool($0.lowercased()) },
            isHTTP2: version == Int(CURL_HTTP_VERSION_2_0))
    }

    private func header(_ name: String) -> String? {
        var found: UnsafeMutablePointer<curl_header>?
        guard curl_easy_header(easy, name, 0, UInt32(CURLH_HEADER), -1, &found) == CURLHE_OK, let found else {
            return nil
        }
        return String(cString: found.pointee.value)
    }

    /// Whether it is a refusal in a coding that cannot be undone: its status and hints are worth more than its words.
    private func isUnreadableRefusal(_ code: CURLcode) -> Bool {
        code == CURLE_BAD_CONTENT_ENCODING && head().status >= 400
    }

    /// Whether the call has met what an answer before it left on its connection, and goes out once more on a fresh one.
    ///
    /// libcurl sees it as an answer that is no HTTP; the answer that was asked for is lost behind it, and its connection closed.
    func beginsAnew(after code: CURLcode) -> Bool {
        var newConnections = 0
        bandit_curl_getinfo_long(easy, CURLINFO_NUM_CONNECTS, &newConnections)
        guard code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY, firstByteAt == 0,
            newConnections == 0, !wantsFreshConnection
        else { return false }
        wantsFreshConnection = true
        isConnected = false
        errorText[0] = 0
        bandit_curl_setopt_long(easy, CURLOPT_FRESH_CONNECT, 1)
        return true
    }

    private func timings(_ call: UpstreamCall) -> UpstreamTimings {
        let now = MonotonicTime.nanoseconds()
        var newConnections = 0
        bandit_curl_getinfo_long(easy, CURLINFO_NUM_CONNECTS, &newConnections)
        return UpstreamTimings(
            firstByteNanoseconds: (firstByteAt == 0 ? now : max(firstByteAt, call.startedAt)) - call.startedAt,
            totalNanoseconds: now - call.startedAt, reusedConnection: newConnections == 0)
    }

    private func error(_ code: CURLcode) -> UpstreamError {
        let text = errorText[0] == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
        var systemError = 0
        bandit_curl_getinfo_long(easy, CURLINFO_OS_ERRNO, &systemError)
        let error = UpstreamError(libcurl: code, systemError: Int32(systemError), text: text)
        guard let endpoint else { return error }
        return UpstreamError(error.code, endpoint.redacted(error.message))
    }

    // MARK: - Time and back-pressure

    /// Lets libcurl deliver again where it was stopped.
    func resume() {
        lastActivityAt = engine.now
        guard isPaused else { return }
        isPaused = false
        curl_easy_pause(easy, CURLPAUSE_CONT)
    }

    /// When the call is to be looked at next (`.max`: never), and why it has failed if that time is past.
    func deadline() -> (at: Int64, code: UpstreamError.Code) {
        guard let call else { return (.max, .timeoutTotal) }
        let timeouts = call.request.timeouts
        var at = Int64.max
        var code = UpstreamError.Code.timeoutTotal
        func consider(_ limit: Duration?, from start: Int64, _ candidate: UpstreamError.Code) {
            guard let limit else { return }
            let (sum, overflow) = start.addingReportingOverflow(limit.nanoseconds)
            guard !overflow, sum < at else { return }
            at = sum
            code = candidate
        }
        consider(timeouts.total, from: call.startedAt, .timeoutTotal)
        if firstByteAt == 0 {
            consider(timeouts.firstByte, from: call.startedAt, .timeoutFirstByte)
            if !isConnected { consider(timeouts.connect, from: call.startedAt, .timeoutConnect) }
        } else if !isPaused {
            consider(timeouts.betweenChunks, from: lastActivityAt, .timeoutBetweenChunks)
        }
        return (at, code)
    }
}
