/// A request as a client would write it.
package struct HTTPCall: Sendable {
    package var method: String
    package var path: String
    package var headers: [(String, String)]
    package var body: [UInt8]?

    package init(_ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
    }

    package init(_ method: String, _ path: String, headers: [(String, String)] = [], json: String) {
        self.init(method, path, headers: [("Content-Type", "application/json")] + headers, body: Array(json.utf8))
    }

    /// With `Host`, and for a body its length and the type of JSON, where they are not among the headers.
    package var bytes: [UInt8] {
        var lines = ["\(method) \(path) HTTP/1.1"]
        func has(_ name: String) -> Bool { headers.contains { $0.0.lowercased() == name } }
        if !has("host") { lines.append("Host: 127.0.0.1") }
        if body != nil, !has("content-type") { lines.append("Content-Type: application/json") }
        for (name, value) in headers { lines.append("\(name): \(value)") }
        if let body, !has("content-length"), !has("transfer-encoding") { lines.append("Content-Length: \(body.count)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (body ?? [])
    }
}

/// An answer as it came.
package struct HTTPAnswer: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package var body: [UInt8] = []

    package var text: String { String(decoding: body, as: UTF8.self) }
    package var json: JSON { JSON(body) }

    /// The value of the first header of this name, in whatever case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The data of the events of a stream, in order.
    package var events: [String] {
        text.components(between: "\n\n").compactMap { event in
            event.hasPrefix("data:") ? String(event.dropFirst(5).drop { $0 == " " }) : nil
        }
    }
}

extension String {
    fileprivate func components(between mark: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = Substring(self)
        while let found = rest.firstRange(of: mark) {
            parts.append(rest[..<found.lowerBound])
            rest = rest[found.upperBound...]
        }
        if !rest.isEmpty { parts.append(rest) }
        return parts
    }
}
