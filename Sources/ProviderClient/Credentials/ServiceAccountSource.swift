import Digests
import Foundation
package import NIOCore
import WireFormats

/// Tokens for a service account of Google's cloud: an assertion that is signed with its key (RFC 7523) is exchanged for one.
package struct ServiceAccountSource: CredentialSource {
    private let email: String
    private let tokenURL: String
    private let endpoint: UpstreamEndpoint
    private let key: RSASigningKey

    private static let scope = "https://www.googleapis.com/auth/cloud-platform"
    /// As long as an assertion may be good for, seconds.
    private static let lifetime = 3600

    /// - Parameter bytes: of the account's file, as the cloud's console gives it.
    package init(file bytes: ByteBuffer) throws(CredentialError) {
        guard let file = try? JSONDocument(parsing: bytes), let email = file.member("client_email")?.string,
            let pem = file.member("private_key")?.string
        else { throw CredentialError("the file has no client_email, or no private_key") }
        guard let key = RSASigningKey(pem: pem) else {
            throw CredentialError("the file's private_key is no RSA key in PEM")
        }
        self.key = key
        self.email = email
        tokenURL = file.member("token_uri")?.string ?? "https://oauth2.googleapis.com/token"
        endpoint = .form(tokenURL)
    }

    package func request(at now: Int64) throws(CredentialError) -> UpstreamRequest {
        let body = FormText.body([
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", try assertion(at: now)),
        ])
        return UpstreamRequest(endpoint: endpoint, body: body, timeouts: .credentials, maxBodyBytes: 1 << 20)
    }

    func assertion(at now: Int64) throws(CredentialError) -> String {
        let seconds = Int(clamping: now / 1_000_000)
        var claims = JSONBytes()
        claims.object {
            $0.member("iss", email)
            $0.member("scope", Self.scope)
            $0.member("aud", tokenURL)
            $0.member("iat", seconds)
            $0.member("exp", seconds + Self.lifetime)
        }
        let head = Self.base64(Array(#"{"alg":"RS256","typ":"JWT"}"#.utf8))
        let text = head + "." + Self.base64(claims.bytes)
        guard let signature = key.signature(of: Array(text.utf8)) else {
            throw CredentialError("the assertion could not be signed")
        }
        return text + "." + Self.base64(signature)
    }

    /// For URLs, without padding (RFC 4648, 5).
    private static func base64(_ bytes: [UInt8]) -> String {
        String(
            Data(bytes).base64EncodedString().map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }.prefix { $0 != "=" })
    }
}
