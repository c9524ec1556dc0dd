import HTTPTypes
import Hummingbird
import NIOCore
import RoutingEngine

/// Who may call an endpoint.
enum EndpointAccess: Sendable {
    /// Everybody, without a key.
    case open
    /// Whoever has a key, whatever its scopes.
    case anyKey
    case scope(KeyScope)
}

/// A request of the framework's side, once its key was checked and its body read.
struct EndpointRequest: Sendable {
    let caller: Caller
    let requestID: String
    let now: Timestamp
    let headers: HTTPFields
    let body: ByteBuffer
    private let parameters: Parameters
    private let query: Parameters

    init(
        caller: Caller, requestID: String, now: Timestamp, headers: HTTPFields, body: ByteBuffer,
        parameters: Parameters,
        query: Parameters
    ) {
        self.caller = caller
        self.requestID = requestID
        self.now = now
        self.headers = headers
        self.body = body
        self.parameters = parameters
        self.query = query
    }

    /// A part of the path, percent-decoded.
    func parameter(_ name: String) -> String {
        let raw = parameters.get(name) ?? ""
        return raw.removingURLPercentEncoding() ?? raw
    }

    /// A parameter of the query; nil where it is absent or empty.
    func query(_ name: String) -> String? {
        query.get(name).flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// The answer of an endpoint.
struct EndpointAnswer: Sendable {
    var status: Int = 200
    var contentType: String? = "application/json"
    var bytes: [UInt8] = []
    var headers: [(HTTPField.Name, String)] = []
    /// A body that is sent as it comes, instead of `bytes`.
    var stream: AsyncStream<ByteBuffer>?

    static func json(_ bytes: [UInt8], status: Int = 200) -> EndpointAnswer {
        EndpointAnswer(status: status, bytes: bytes)
    }
}

/// One method of one path.
struct Endpoint: Sendable {
    let method: HTTPRequest.Method
    /// With `:name` for the parts that vary.
    let path: String
    let access: EndpointAccess
    let handle: @Sendable (EndpointRequest) async throws -> EndpointAnswer

    init(
        _ method: HTTPRequest.Method, _ path: String, _ access: EndpointAccess,
        _ handle: @escaping @Sendable (EndpointRequest) async throws -> EndpointAnswer
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.handle = handle
    }
}

extension String {
    /// The text with `%XX` decoded; nil where that gives no UTF-8.
    fileprivate func removingURLPercentEncoding() -> String? {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        var bytes: [UInt8] = []
        var rest = Substring(self).utf8
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(Self.nibble), let low = rest.popFirst().flatMap(Self.nibble)
                else {
                    return nil
                }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
