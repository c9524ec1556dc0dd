import Digests
package import NIOCore

/// AWS's signature of a request, version 4: a pure function of the request, the time and the key; every attempt is signed anew.
package struct RequestSignature: Sendable {
    package struct Credentials: Sendable {
        package var accessKeyID: String
        package var secretAccessKey: String
        package var sessionToken: String?

        package init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
            self.accessKeyID = accessKeyID
            self.secretAccessKey = secretAccessKey
            self.sessionToken = sessionToken
        }
    }

    package var region: String
    package var service: String

    package init(region: String, service: String = "bedrock") {
        self.region = region
        self.service = service
    }

    /// The headers to send: `x-amz-date`, `authorization`, and the session's token where there is one.
    ///
    /// - Parameters:
    ///   - path: as it is in the URL, escaped once; it is escaped again for the signature.
    ///   - query: as it is in the URL, without its question mark.
    ///   - time: `YYYYMMDDTHHMMSSZ`, within five minutes of the provider's.
    package func headers(
        method: String = "POST", host: String, path: String, query: String = "", contentType: String, body: ByteBuffer,
        time: String, _ credentials: Credentials
    ) -> [(name: String, value: String)] {
        let canonical = canonicalRequest(
            method: method, host: host, path: path, query: query, contentType: contentType, body: body, time: time,
            token: credentials.sessionToken)
        let day = String(time.prefix(8))
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(Self.hex(SHA256.hash(canonical.request.utf8)))"
        var key = Array("AWS4\(credentials.secretAccessKey)".utf8)
        for word in [day, region, service, "aws4_request"] { key = HMACSHA256(key: key).code(for: word.utf8) }
        let signature = Self.hex(HMACSHA256(key: key).code(for: text.utf8))
        var headers = [(name: "x-amz-date", value: time)]
        if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
        headers.append(
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(canonical.signed), "
                    + "Signature=\(signature)"
            ))
        return headers
    }

    /// What is signed, and the names of the headers in it.
    func canonicalRequest(
        method: String, host: String, path: String, query: String, contentType: String, body: ByteBuffer, time: String,
        token: String?
    ) -> (request: String, signed: String) {
        var headers = [("content-type", contentType), ("host", host), ("x-amz-date", time)]
        if let token { headers.append(("x-amz-security-token", token)) }
        let signed = headers.map(\.0).joined(separator: ";")
        let lines = headers.map { "\($0.0):\(Self.trimmed($0.1))\n" }.joined()
        let sum = body.withUnsafeReadableBytes { Self.hex(SHA256.hash($0)) }
        let sorted = query.split(separator: "&").sorted().joined(separator: "&")
        return (
            "\(method)\n\(Self.escaped(path))\n\(sorted)\n\(lines)\n\(signed)\n\(sum)", signed
        )
    }

    private static func trimmed(_ value: String) -> String {
        value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }

    private static func escaped(_ path: String) -> String {
        var text = ""
        for byte in path.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                text += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return text.isEmpty ? "/" : text
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            let hex = String(byte, radix: 16)
            return hex.count == 1 ? "0\(hex)" : hex
        }.joined()
    }
}
