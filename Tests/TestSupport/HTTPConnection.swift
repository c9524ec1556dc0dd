import Glibc

/// What went wrong on a connection of a test's.
package struct ConnectionFailure: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// A connection to a server on this machine's loopback: blocking, one user at a time, nothing hidden, so that what is sent and
/// what comes back can be told byte by byte.
package final class HTTPConnection: @unchecked Sendable {
    /// Of what came before answers (1xx).
    package private(set) var interimStatuses: [Int] = []
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var isClosed = false

    private enum Framing {
        case whole(left: Int)
        case chunked(left: Int, isFirst: Bool)
        case untilClose
        case over
    }

    private var framing = Framing.over

    /// - Parameter patience: seconds after which waiting for a byte is an error.
    package init(port: Int, patience: Int = 30) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var time = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let reason = String(cString: strerror(errno))
            close()
            throw ConnectionFailure(description: "connect to port \(port): \(reason)")
        }
    }

    deinit { close() }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        _ = Glibc.close(descriptor)
    }

    /// Says that nothing more is sent; answers can still be read.
    package func endSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends the connection with RST instead of FIN.
    package func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    // MARK: - Sending

    package func send(_ call: HTTPCall) throws { try send(call.bytes) }

    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw ConnectionFailure(description: "send: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }

    // MARK: - Receiving

    /// Whether something can be read, or the end of the connection be seen, after waiting for it so long at most.
    package func hasBytes(within milliseconds: Int32) -> Bool {
        guard buffer.isEmpty else { return true }
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, milliseconds) > 0
    }

    /// A whole answer; interim ones (1xx) are passed over.
    package func readAnswer(to method: String = "GET") throws -> HTTPAnswer {
        var answer = try readHead(to: method)
        while let bytes = try readSome() { answer.body += bytes }
        return answer
    }

    /// The head of the next answer; its body is read by `readSome`.
    package func readHead(to method: String = "GET") throws -> HTTPAnswer {
        while true {
            let lines = try readLines()
            let parts = lines[0].split(separator: " ", maxSplits: 2)
            guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]) else {
                throw ConnectionFailure(description: "no status line: \(lines[0])")
            }
            guard status >= 200 else {
                interimStatuses.append(status)
                continue
            }
            let headers = lines.dropFirst().map { line -> (name: String, value: String) in
                let colon = line.firstIndex(of: ":") ?? line.endIndex
                return (String(line[..<colon]), String(line[colon...].dropFirst().drop { $0 == " " }))
            }
            let answer = HTTPAnswer(status: status, headers: headers)
            if method == "HEAD" || status == 204 || status == 304 {
                framing = .over
            } else if answer.header("transfer-encoding")?.lowercased() == "chunked" {
                framing = .chunked(left: 0, isFirst: true)
            } else if let length = answer.header("content-length").flatMap(Int.init) {
                framing = length == 0 ? .over : .whole(left: length)
            } else {
                framing = .untilClose
            }
            return answer
        }
    }

    /// The next bytes of the body, as they arrive; nil after its end.
    ///
    /// - Throws: where the connection ends before the body does.
    package func readSome() throws -> [UInt8]? {
        switch framing {
        case .over: return nil
        case .untilClose:
            if buffer.isEmpty, try !fill() {
                framing = .over
                return nil
            }
            defer { buffer = [] }
            return buffer
        case .whole(let left):
            if buffer.isEmpty { try fillOrThrow() }
            let bytes = take(min(left, buffer.count))
            framing = bytes.count == left ? .over : .whole(left: left - bytes.count)
            return bytes
        case .chunked(var left, let isFirst):
            if left == 0 {
                if !isFirst { _ = try readLine() }
                let line = try readLine()
                guard let size = Int(line.prefix { $0 != ";" }, radix: 16) else {
                    throw ConnectionFailure(description: "no chunk size: \(line)")
                }
                if size == 0 {
                    while try !readLine().isEmpty {}
                    framing = .over
                    return nil
                }
                left = size
            }
            if buffer.isEmpty { try fillOrThrow() }
            let bytes = take(min(left, buffer.count))
            framing = .chunked(left: left - bytes.count, isFirst: false)
            return bytes
        }
    }

    /// Whether the peer closes, properly or not, before it sends anything more.
    package func isClosedByPeer() -> Bool {
        guard buffer.isEmpty else { return false }
        do { return try !fill() } catch { return errno != EAGAIN }
    }

    private func readLines() throws -> [String] {
        var lines: [String] = []
        while true {
            let line = try readLine()
            if line.isEmpty, !lines.isEmpty { return lines }
            if !line.isEmpty { lines.append(line) }
        }
    }

    private func readLine() throws -> String {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = take(end + 1)
                return String(decoding: line.dropLast(line.dropLast().last == 0x0D ? 2 : 1), as: UTF8.self)
            }
            try fillOrThrow()
        }
    }

    private func take(_ count: Int) -> [UInt8] {
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func fillOrThrow() throws {
        guard try fill() else { throw ConnectionFailure(description: "the connection ended in mid-answer") }
    }

    /// False at the end of the connection.
    private func fill() throws -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        var count = -1
        // A socket with a time limit is interrupted also where the whole process was stopped for a while.
        repeat { count = recv(descriptor, &bytes, bytes.count, 0) } while count < 0 && errno == EINTR
        guard count >= 0 else { throw ConnectionFailure(description: "receive: \(String(cString: strerror(errno)))") }
        buffer += bytes[..<count]
        return count > 0
    }
}
