import NIOCore
import WireFormats

/// What a provider's requests are paid with for a while.
package struct CredentialToken: Sendable, Equatable {
    package let text: String
    /// Microseconds since the epoch.
    package let expiresAt: Int64

    package init(text: String, expiresAt: Int64) {
        self.text = text
        self.expiresAt = expiresAt
    }
}

/// Why there is no token; holds nothing secret.
package struct CredentialError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Where a token comes from: one request to whoever gives them, and how its answer is read.
package protocol CredentialSource: Sendable {
    /// - Parameter now: microseconds since the epoch.
    func request(at now: Int64) throws(CredentialError) -> UpstreamRequest
}

/// Seconds that a token is taken to be good for at the most.
private let longestLife = 86_400

extension CredentialSource {
    /// The token in an answer, in the shape of OAuth (RFC 6749, 5.1), which all that are asked here have.
    package func token(in answer: UpstreamAnswer, at now: Int64) throws(CredentialError) -> CredentialToken {
        let document = try? JSONDocument(parsing: answer.body)
        guard 200..<300 ~= answer.head.status else {
            // `error` is a word of a fixed list; what explains it may repeat what was sent.
            let word = document?.member("error")?.string.map { ": \($0.prefix(64))" } ?? ""
            throw CredentialError("whoever gives tokens answered with status \(answer.head.status)\(word)")
        }
        guard let text = document?.member("access_token")?.string, !text.isEmpty,
            text.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        else { throw CredentialError("whoever gives tokens gave none") }
        let seconds = document?.member("expires_in").flatMap { $0.int ?? $0.string.flatMap { Int($0) } } ?? 300
        // Some say nonsense; none of these is good for more than a day.
        let life = Int64(min(max(1, seconds), longestLife)) * 1_000_000
        return CredentialToken(text: text, expiresAt: now + life)
    }
}

/// Microsoft's tokens for an application.
package struct EntraSource: CredentialSource {
    private let endpoint: UpstreamEndpoint
    private let body: ByteBuffer

    package init(tenant: String, clientID: String, clientSecret: String, scope: String, tokenURL: String?) {
        let url = tokenURL ?? "https://login.microsoftonline.com/\(FormText.escaped(tenant))/oauth2/v2.0/token"
        endpoint = .form(url)
        body = FormText.body([
            ("client_id", clientID), ("client_secret", clientSecret), ("grant_type", "client_credentials"),
            ("scope", scope),
        ])
    }

    package func request(at now: Int64) throws(CredentialError) -> UpstreamRequest {
        UpstreamRequest(endpoint: endpoint, body: body, timeouts: .credentials, maxBodyBytes: 1 << 20)
    }
}

/// Tokens for what a machine of Google's cloud is.
package struct GoogleMetadataSource: CredentialSource {
    private let endpoint: UpstreamEndpoint

    package init(
        url: String = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
    ) {
        endpoint = UpstreamEndpoint(url: url, method: "GET", headers: [("Metadata-Flavor", "Google")])
    }

    package func request(at now: Int64) throws(CredentialError) -> UpstreamRequest {
        UpstreamRequest(endpoint: endpoint, timeouts: .credentials, maxBodyBytes: 1 << 20)
    }
}

extension UpstreamTimeouts {
    /// Nobody waits for them, but what hangs must not hang for good.
    static let credentials = UpstreamTimeouts(connect: .seconds(3), total: .seconds(10))
}

extension UpstreamEndpoint {
    static func form(_ url: String) -> UpstreamEndpoint {
        UpstreamEndpoint(url: url, headers: [("Content-Type", "application/x-www-form-urlencoded")])
    }
}

/// Forms as they are posted (`application/x-www-form-urlencoded`).
enum FormText {
    static func body(_ fields: [(String, String)]) -> ByteBuffer {
        ByteBuffer(string: fields.map { "\($0)=\(escaped($1))" }.joined(separator: "&"))
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }
}
