import Glibc
import Synchronization

/// A connection as a script sees it: blocking, byte by byte what the script says.
final class ScriptedConnection: Sendable {
    let descriptor: Int32
    /// The how-manieth connection the server accepted, from 0.
    let index: Int
    private let buffer = Mutex<[UInt8]>([])

    init(descriptor: Int32, index: Int) {
        self.descriptor = descriptor
        self.index = index
    }

    /// The next request (head and body of its Content-Length), or `nil` when the peer has closed.
    func readRequest() -> (head: String, body: [UInt8])? {
        while true {
            let found = buffer.withLock { bytes -> (String, [UInt8])? in
                guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
                let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                let length =
                    head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
                guard bytes.count >= end.upperBound + length else { return nil }
                let body = Array(bytes[end.upperBound..<end.upperBound + length])
                bytes.removeFirst(end.upperBound + length)
                return (head, body)
            }
            if let found { return found }
            guard let more = read() else { return nil }
            buffer.withLock { $0 += more }
        }
    }

    /// The next bytes; `nil` when the peer has closed or reset the connection.
    func read() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? Array(bytes[..<count]) : nil
    }

    /// Writes all of it; `false` when the peer is gone.
    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// An answer with a Content-Length.
    @discardableResult
    func answer(_ body: String, status: String = "200 OK", headers: String = "Content-Type: application/json\r\n")
        -> Bool
    {
        write("HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// The head of a chunked answer.
    func beginChunks(contentType: String = "text/event-stream") {
        write("HTTP/1.1 200 OK\r\nContent-Type: \(contentType)\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    @discardableResult
    func writeChunk(_ text: String) -> Bool { write(String(text.utf8.count, radix: 16) + "\r\n\(text)\r\n") }

    func endChunks() { write("0\r\n\r\n") }

    /// Ends the connection with RST instead of FIN.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Blocks until the peer closes or resets; what it sends meanwhile is thrown away.
    func waitUntilClosed() {
        while read() != nil {}
    }
}

/// A number that many threads count up.
final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    /// The value after counting one (or `amount`) more.
    @discardableResult
    func increment(by amount: Int = 1) -> Int {
        count.withLock { count in
            count += amount
            return count
        }
    }
}

/// A TCP server on a free port of the loopback that runs a script for each connection, on a thread of its own.
///
/// It is never stopped: it goes with the process, so that no test depends on when the last reference to it is dropped.
final class LoopbackServer: Sendable {
    typealias Script = @Sendable (ScriptedConnection) -> Void

    let port: Int
    private let accepted = Counter()

    var url: String { "http://127.0.0.1:\(port)" }
    /// How many connections were accepted so far.
    var connectionCount: Int { accepted.value }

    private final class Work {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }

    init(script: @escaping Script) {
        let (listener, port) = Self.bind(listens: true)
        self.port = port
        Self.spawn { [accepted] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                let index = accepted.increment() - 1
                Self.spawn {
                    let connection = ScriptedConnection(descriptor: descriptor, index: index)
                    script(connection)
                    close(descriptor)
                }
            }
        }
    }

    /// Every request of every connection gets the answer that the closure makes of it.
    convenience init(answering answer: @escaping @Sendable (_ head: String, _ body: [UInt8]) -> String) {
        self.init { connection in
            while let (head, body) = connection.readRequest() { connection.answer(answer(head, body)) }
        }
    }

    private static func bind(listens: Bool) -> (listener: Int32, port: Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(listener, $0, length) == 0 && (!listens || listen(listener, 512) == 0)
                    && getsockname(listener, $0, &length) == 0
            }
        }
        precondition(isBound, "no port on the loopback")
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// A port that refuses connections, and goes on to: it stays taken until the process ends, so that no other test can listen there.
    static func closedPort() -> Int { bind(listens: false).port }

    /// A port that was free a moment ago.
    static func freePort() -> Int {
        let (listener, port) = bind(listens: false)
        close(listener)
        return port
    }

    /// Whether somebody accepts connections on a port of the loopback.
    static func accepts(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func spawn(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(run: run)).toOpaque()
        let result = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, work)
        precondition(result == 0, "no thread for the loopback server")
        pthread_detach(thread)
    }
}

/// Something that happens once, on any thread, and can be awaited by a task or by a thread.
final class Signal: Sendable {
    private struct State {
        var isRaised = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    nonisolated(unsafe) private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit { semaphore.deallocate() }

    func raise() {
        let waiters = state.withLock { state in
            state.isRaised = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
        sem_post(semaphore)
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isRaised = state.withLock { state in
                if !state.isRaised { state.waiters.append(continuation) }
                return state.isRaised
            }
            if isRaised { continuation.resume() }
        }
    }

    /// Blocks the thread: for scripts.
    func block() {
        while sem_wait(semaphore) != 0 {}
        sem_post(semaphore)
    }
}
