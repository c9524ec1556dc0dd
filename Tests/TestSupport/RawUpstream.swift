import Dispatch
import Glibc
import Synchronization

/// A provider that answers with exactly the bytes a test gives it, and keeps the requests as they came.
package final class RawUpstream: Sendable {
    package struct Request: Sendable {
        /// The request line and the header lines.
        package let head: String
        package let body: [UInt8]

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// What to send, and whether the connection ends with it.
    package struct Reply: Sendable {
        let bytes: [UInt8]
        let closes: Bool

        /// These bytes, and then the end of the connection.
        package static func raw(_ text: String) -> Reply { Reply(bytes: Array(text.utf8), closes: true) }

        package static func json(_ body: String, status: String = "200 OK", headers: [String] = []) -> Reply {
            let lines =
                ["HTTP/1.1 \(status)", "Content-Type: application/json"] + headers + [
                    "Content-Length: \(body.utf8.count)"
                ]
            return Reply(bytes: Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8), closes: false)
        }

        /// A body of any kind.
        package static func bytes(_ body: [UInt8], type: String) -> Reply {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n"
            return Reply(bytes: Array(head.utf8) + body, closes: false)
        }

        /// A whole event stream, a chunk for each part.
        package static func stream(_ parts: [String], headers: [String] = []) -> Reply {
            let lines = ["HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked"] + headers
            let chunks = parts.map { String($0.utf8.count, radix: 16) + "\r\n\($0)\r\n" }
            return Reply(
                bytes: Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + chunks.joined() + "0\r\n\r\n").utf8),
                closes: false)
        }
    }

    package let port: Int
    private let listener: Int32
    private let seen = Mutex<[Request]>([])
    private let reply: @Sendable (Request) -> Reply

    package init(_ reply: @escaping @Sendable (Request) -> Reply) throws {
        self.reply = reply
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw ConnectionFailure(description: "no port for an upstream") }
        port = Int(in_port_t(bigEndian: address.sin_port))
        DispatchQueue(label: "upstream").async { [self] in
            while true {
                let accepted = accept(listener, nil, nil)
                guard accepted >= 0 else { return }
                DispatchQueue(label: "upstream connection").async { self.serve(accepted) }
            }
        }
    }

    package var requests: [Request] { seen.withLock { $0 } }

    package func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ descriptor: Int32) {
        defer { close(descriptor) }
        var buffer: [UInt8] = []
        while let request = Self.next(descriptor, &buffer) {
            seen.withLock { $0.append(request) }
            let answer = reply(request)
            var sent = 0
            while sent < answer.bytes.count {
                let count = answer.bytes[sent...].withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                sent += count
            }
            if answer.closes { return }
        }
    }

    private static func next(_ descriptor: Int32, _ buffer: inout [UInt8]) -> Request? {
        while true {
            if let end = buffer.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: buffer[..<end.lowerBound], as: UTF8.self)
                let length =
                    head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
                if buffer.count >= end.upperBound + length {
                    let body = Array(buffer[end.upperBound..<end.upperBound + length])
                    buffer.removeFirst(end.upperBound + length)
                    return Request(head: head, body: body)
                }
            }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { return nil }
            buffer += bytes[..<count]
        }
    }
}
