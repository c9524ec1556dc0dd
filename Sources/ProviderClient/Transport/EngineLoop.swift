import CCurl
import Glibc
import NIOCore
import WireFormats

/// One thread's worth of upstream calls: a libcurl multi handle driven by epoll.
///
/// A pass of the loop lets libcurl move every socket that is ready, takes all queued commands, and only then delivers: many
/// chunks of a call become one event. While the thread waits, a caller may begin its call itself (`begin`), which
/// saves waking the thread; events are delivered on the thread only, but for an answer that is there before the caller's turn ends
/// and whose receiver allows it.
///
/// Sendable because everything mutable is touched in somebody's turn alone: the thread's passes, and `begin`.
final class EngineLoop: @unchecked Sendable {
    let options: ProviderTransport.Options
    let inbox = EngineInbox()
    private let turn = EngineTurn()
    let multi: UnsafeMutableRawPointer
    let epoll: Int32
    /// The time at the last return from waiting.
    private(set) var now: Int64 = 0
    /// When libcurl wants to be called without a socket being ready; `.max`: never.
    var libcurlWakeAt = Int64.max
    /// What is known of each descriptor libcurl has told us about, by its number.
    var sockets: [EngineSocket] = []

    private let share: UnsafeMutableRawPointer?
    private let usesProxies: Bool
    private var active: [Transfer] = []
    private var idle: [Transfer] = []
    private var dirty: [Transfer] = []
    /// Transfers that ended in a caller's turn, of which their receivers are to be told by the thread.
    private var untold: [(transfer: Transfer, code: CURLcode)] = []
    private var commands: [EngineCommand] = []
    /// No active call times out before this.
    private var earliestDeadline = Int64.max
    private var isStopping = false
    /// libcurl's count of transfers that have not ended.
    private var running: Int32 = 0
    /// Until when the thread sleeps if nothing wakes it.
    private var sleepsUntil = Int64.min
    /// Whether a caller is at it, on whose thread no receiver may be called.
    private(set) var isBorrowed = false

    private static let idleTransfersKept = 64
    /// How many of them are looked through for one of the same endpoint.
    private static let idleTransfersSearched = 8
    private static let eventsAtOnce = 256
    /// Time limits are looked at no more often than this.
    private static let deadlineGrainNanoseconds: Int64 = 2_000_000

    init(options: ProviderTransport.Options) {
        self.options = options
        guard let multi = curl_multi_init() else { preconditionFailure("libcurl: no memory for a multi handle") }
        self.multi = multi
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(epoll >= 0, "epoll: no descriptor left")
        share = curl_share_init()
        let proxyVariables = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        usesProxies = proxyVariables.contains { getenv($0).map { $0.pointee != 0 } ?? false }
        if let share { bandit_curl_share_tls_sessions(share) }
        let context = Unmanaged.passUnretained(self).toOpaque()
        bandit_curl_multi_setopt_callbacks(multi, Self.onSocketInterest, Self.onTimer, context)
        bandit_curl_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, options.maxIdleConnections)
        bandit_curl_multi_setopt_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, options.maxConnectionsPerHost)
        bandit_curl_multi_setopt_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, options.maxConnections ?? 0)
        let wakeMask = EPOLLIN.rawValue | EPOLLET.rawValue
        bandit_epoll_control(epoll, EPOLL_CTL_ADD, inbox.wakeDescriptor, wakeMask)
    }

    /// How many bytes of a stream may wait for its reader: less where many share the budget.
    var undeliveredLimit: Int {
        let share = options.undeliveredBytes / max(1, active.count)
        return min(DeliveryAccount.highWaterBytes, max(DeliveryAccount.lowWaterBytes, share))
    }

    /// What every handle of this engine has in common.
    func configure(_ easy: UnsafeMutableRawPointer) {
        if let share { bandit_curl_setopt_pointer(easy, CURLOPT_SHARE, share) }
        setSocketCallbacks(easy)
        bandit_curl_setopt_long(easy, CURLOPT_MAXAGE_CONN, Int(max(1, options.idleTimeout.components.seconds)))
        if let file = options.trustedCertificatesFile { bandit_curl_setopt_string(easy, CURLOPT_CAINFO, file) }
        // Looked up in the environment for every transfer otherwise.
        guard !usesProxies else { return }
        bandit_curl_setopt_string(easy, CURLOPT_PROXY, "")
        bandit_curl_setopt_string(easy, CURLOPT_NOPROXY, "")
    }

    /// Serves until told to shut down; then every call has had its last event and every connection is closed.
    func run() {
        var events = [epoll_event](repeating: epoll_event(), count: Self.eventsAtOnce)
        var count = 0
        // A caller may still be at it when the provider has answered already: it need not wake a thread that is awake.
        while let wait = turn.take(waiting: inbox.wokeUp, { pass(events[..<count]) }) {
            count = max(0, Int(epoll_wait(epoll, &events, Int32(Self.eventsAtOnce), wait)))
        }
        turn.take { stop() }
    }

    /// Does all there is to do; returns how long to wait then, in milliseconds, or `nil` to end.
    private func pass(_ events: ArraySlice<epoll_event>) -> Int32? {
        now = MonotonicTime.nanoseconds()
        sleepsUntil = .min
        // Before anything else: a command could give one of these transfers to another call.
        for (transfer, code) in untold { finish(transfer, code) }
        untold.removeAll(keepingCapacity: true)
        for var event in events {
            let descriptor = bandit_epoll_descriptor(&event)
            guard descriptor != inbox.wakeDescriptor else { continue }
            socketIsReady(descriptor, mask: bandit_epoll_mask(&event))
        }
        inbox.take(into: &commands)
        for command in commands { perform(command) }
        commands.removeAll(keepingCapacity: true)
        if isStopping { return nil }
        runTimers()
        collectFinished()
        deliverDirty()
        if earliestDeadline <= now { expireCalls() }
        return waitMilliseconds()
    }

    private func runTimers() {
        guard libcurlWakeAt <= now else { return }
        libcurlWakeAt = .max
        drive(CURL_SOCKET_BAD, 0)
    }

    private func waitMilliseconds() -> Int32 {
        guard inbox.fallAsleep() else { return 0 }
        let until = min(libcurlWakeAt, earliestDeadline)
        sleepsUntil = until
        guard until != .max else { return -1 }
        let milliseconds = (max(0, until - now) + 999_999) / 1_000_000
        return Int32(min(milliseconds, 60_000))
    }

    /// Begins a call on the calling thread, where the engine's is waiting and little goes on; no receiver is called but the call's own,
    /// where it allows it. `false`: the call is to be posted.
    func begin(_ call: UpstreamCall) -> Bool {
        guard options.callersThreadBelow > 0 else { return false }
        return turn.takeIfFree {
            guard active.count < options.callersThreadBelow, !isStopping, call.request.endpoint.fault == nil else {
                return false
            }
            isBorrowed = true
            now = max(now, call.startedAt)
            start(call)
            runTimers()
            // A provider next door has answered before libcurl looked whether it had.
            if running < active.count, call.receiver?.onlyQueues == true, !call.request.wantsStream {
                collectFinished(onlyTelling: call)
            }
            isBorrowed = false
            // What only the thread may do: tell a receiver, or wait for less long.
            if running < active.count || !dirty.isEmpty || min(libcurlWakeAt, earliestDeadline) < sleepsUntil {
                inbox.wake()
            }
            return true
        } ?? false
    }

    func drive(_ socket: curl_socket_t, _ mask: Int32) {
        curl_multi_socket_action(multi, socket, mask, &running)
    }

    // MARK: - Commands

    private func perform(_ command: EngineCommand) {
        switch command {
        case .start(let call): start(call)
        case .cancel(let call): end(call, with: UpstreamError(.cancelled, "the call was cancelled"))
        case .resume(let call):
            guard !call.isFinished else { return }
            call.transfer?.resume()
            noteDeadline(of: call.transfer)
        case .shutdown: isStopping = true
        }
    }

    private func start(_ call: UpstreamCall) {
        if let fault = call.request.endpoint.fault { return end(call, with: fault) }
        let transfer = idleTransfer(for: call.request.endpoint)
        transfer.begin(call)
        call.transfer = transfer
        transfer.activeIndex = active.count
        active.append(transfer)
        noteDeadline(of: transfer)
        let result = curl_multi_add_handle(multi, transfer.easy)
        precondition(result == CURLM_OK, "libcurl refused a handle")
    }

    private func idleTransfer(for endpoint: UpstreamEndpoint) -> Transfer {
        if let match = idle.indices.suffix(Self.idleTransfersSearched).last(where: { idle[$0].endpoint === endpoint }) {
            idle.swapAt(match, idle.count - 1)
        } else if idle.count < Self.idleTransfersSearched {
            // Another endpoint's would have to be set up anew, again and again where calls go to several in turn.
            return Transfer(engine: self)
        }
        return idle.popLast() ?? Transfer(engine: self)
    }

    // MARK: - Ends

    /// - Parameter only: the call whose receiver may be told on this thread; other ends are kept for the engine's.
    private func collectFinished(onlyTelling only: UpstreamCall? = nil) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let code = bandit_curl_message_result(message)
            var context: UnsafeMutableRawPointer?
            bandit_curl_getinfo_pointer(easy, CURLINFO_PRIVATE, &context)
            guard let context else { continue }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            if only == nil || transfer.call === only {
                finish(transfer, code)
            } else {
                untold.append((transfer, code))
            }
        }
    }

    private func finish(_ transfer: Transfer, _ code: CURLcode) {
        guard let call = transfer.call, !call.isFinished else { return }
        curl_multi_remove_handle(multi, transfer.easy)
        if transfer.beginsAnew(after: code), curl_multi_add_handle(multi, transfer.easy) == CURLM_OK { return }
        call.isFinished = true
        transfer.finish(call, code: code)
        call.forgetReceiver()
        release(transfer, of: call)
    }

    private func end(_ call: UpstreamCall, with error: UpstreamError) {
        guard !call.isFinished else { return }
        call.isFinished = true
        defer { call.forgetReceiver() }
        guard let transfer = call.transfer else {
            call.receiver?.received(.failed(error))
            return
        }
        // Off the wire first: a receiver that waits for the connection to be closed must find it closed.
        curl_multi_remove_handle(multi, transfer.easy)
        transfer.fail(call, error)
        release(transfer, of: call)
    }

    private func release(_ transfer: Transfer, of call: UpstreamCall) {
        let index = transfer.activeIndex
        active.swapAt(index, active.count - 1)
        active[index].activeIndex = index
        active.removeLast()
        transfer.activeIndex = -1
        transfer.clear()
        call.transfer = nil
        if idle.count < Self.idleTransfersKept { idle.append(transfer) }
    }

    func markDirty(_ transfer: Transfer) {
        guard !transfer.isDirty else { return }
        transfer.isDirty = true
        dirty.append(transfer)
    }

    private func deliverDirty() {
        guard !dirty.isEmpty else { return }
        for transfer in dirty {
            transfer.isDirty = false
            transfer.deliverPending()
        }
        dirty.removeAll(keepingCapacity: true)
    }

    // MARK: - Time limits

    /// To be called where a call's limit may have come nearer; where it moves away nothing needs to be done.
    func noteDeadline(of transfer: Transfer?) {
        guard let transfer else { return }
        earliestDeadline = min(earliestDeadline, transfer.deadline().at)
    }

    /// Fails what is out of time. Limits move on with every byte, so the earliest one is found anew only when it seems past.
    private func expireCalls() {
        var earliest = Int64.max
        var index = 0
        while index < active.count {
            let transfer = active[index]
            let (at, code) = transfer.deadline()
            if at <= now, let call = transfer.call {
                // Puts another transfer in this place.
                end(call, with: UpstreamError(code, Self.message(of: code)))
            } else {
                earliest = min(earliest, at)
                index += 1
            }
        }
        earliestDeadline = earliest == .max ? .max : max(earliest, now + Self.deadlineGrainNanoseconds)
    }

    private static func message(of code: UpstreamError.Code) -> String {
        switch code {
        case .timeoutConnect: "no connection within the time allowed for it"
        case .timeoutFirstByte: "no answer within the time allowed for its first byte"
        case .timeoutBetweenChunks: "the answer stalled for longer than is allowed between two chunks"
        default: "the answer was not complete within the time allowed in all"
        }
    }

    static let shutdownError = UpstreamError(.shutdown, "the transport was shut down")

    private func stop() {
        while let call = active.last?.call { end(call, with: Self.shutdownError) }
        for command in inbox.close() {
            if case .start(let call) = command { end(call, with: Self.shutdownError) }
        }
        idle.removeAll()
        dirty.removeAll()
        curl_multi_cleanup(multi)
        if let share { curl_share_cleanup(share) }
        close(epoll)
    }
}
