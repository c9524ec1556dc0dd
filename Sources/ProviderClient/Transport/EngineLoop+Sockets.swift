import CCurl
import Glibc
import WireFormats

/// What the engine knows of a descriptor.
struct EngineSocket {
    /// What libcurl wants to be told of (epoll's mask).
    var wanted: UInt32 = 0
    /// What epoll has been told.
    var registered: UInt32 = 0
    /// Whether libcurl opened and will close it through our callbacks, so that its number cannot change hands unseen.
    var isTracked = false
}

/// libcurl's interest in sockets, translated to epoll with as few system calls as possible.
///
/// Between two requests on a kept-alive connection libcurl takes its interest back and declares it again: two `epoll_ctl`
/// a request. Here a tracked socket stays registered for reading; only when something arrives that nobody wants (the
/// provider closes an idle connection) is it taken out.
extension EngineLoop {
    static let onTimer: curl_multi_timer_callback = { _, milliseconds, context in
        Unmanaged<EngineLoop>.fromOpaque(context!)._withUnsafeGuaranteedRef { engine in
            engine.libcurlWakeAt =
                switch milliseconds {
                case ..<0: .max
                // At once: in this same pass, after the other commands.
                case 0: 0
                default: MonotonicTime.nanoseconds() + Int64(milliseconds) * 1_000_000
                }
        }
        return 0
    }

    static let onSocketInterest: curl_socket_callback = { _, descriptor, what, context, _ in
        Unmanaged<EngineLoop>.fromOpaque(context!)._withUnsafeGuaranteedRef { engine in
            let mask: UInt32 =
                switch what {
                case CURL_POLL_IN: EPOLLIN.rawValue
                case CURL_POLL_OUT: EPOLLOUT.rawValue
                case CURL_POLL_INOUT: EPOLLIN.rawValue | EPOLLOUT.rawValue
                default: 0
                }
            engine.setInterest(descriptor, mask)
        }
        return 0
    }

    private static let onOpen: curl_opensocket_callback = { context, _, address in
        guard let context, let address else { return CURL_SOCKET_BAD }
        let descriptor = socket(
            address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
        guard descriptor >= 0 else { return CURL_SOCKET_BAD }
        Unmanaged<EngineLoop>.fromOpaque(context)._withUnsafeGuaranteedRef { engine in
            engine.reserve(descriptor)
            engine.sockets[Int(descriptor)] = EngineSocket(isTracked: true)
        }
        return descriptor
    }

    private static let onClose: curl_closesocket_callback = { context, descriptor in
        // Closing takes the descriptor out of epoll.
        Unmanaged<EngineLoop>.fromOpaque(context!)._withUnsafeGuaranteedRef { engine in
            engine.reserve(descriptor)
            engine.sockets[Int(descriptor)] = EngineSocket()
        }
        return close(descriptor)
    }

    func setSocketCallbacks(_ easy: UnsafeMutableRawPointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        bandit_curl_setopt_sockets(easy, Self.onOpen, Self.onClose, context)
    }

    private func reserve(_ descriptor: curl_socket_t) {
        while sockets.count <= Int(descriptor) { sockets.append(EngineSocket()) }
    }

    private func setInterest(_ descriptor: curl_socket_t, _ mask: UInt32) {
        reserve(descriptor)
        let socket = sockets[Int(descriptor)]
        sockets[Int(descriptor)].wanted = mask
        let staysReadable = mask == 0 && socket.isTracked && socket.registered == EPOLLIN.rawValue
        if mask == socket.registered || staysReadable { return }
        register(descriptor, mask)
    }

    private func register(_ descriptor: curl_socket_t, _ mask: UInt32) {
        let before = sockets[Int(descriptor)].registered
        let operation = mask == 0 ? EPOLL_CTL_DEL : before == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
        bandit_epoll_control(epoll, operation, descriptor, mask)
        sockets[Int(descriptor)].registered = mask
    }

    /// Lets libcurl move the transfer behind a descriptor.
    func socketIsReady(_ descriptor: curl_socket_t, mask: UInt32) {
        guard Int(descriptor) < sockets.count else { return }
        let wanted = sockets[Int(descriptor)].wanted
        guard wanted != 0 else {
            if sockets[Int(descriptor)].registered != 0 { register(descriptor, 0) }
            return
        }
        var select: Int32 = 0
        if mask & (EPOLLIN.rawValue | EPOLLHUP.rawValue) != 0 { select |= CURL_CSELECT_IN }
        if mask & EPOLLOUT.rawValue != 0 { select |= CURL_CSELECT_OUT }
        if mask & EPOLLERR.rawValue != 0 { select |= CURL_CSELECT_ERR }
        drive(descriptor, select)
    }
}
