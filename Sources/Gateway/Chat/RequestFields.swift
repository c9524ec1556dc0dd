import HTTPTypes
import NIOHTTP1

/// The header fields of a request that the hot path reads, found in one walk over all of them.
///
/// Of a field that comes several times the first one counts, but for `Host`, `Transfer-Encoding` and `Content-Type`, where that would let
/// two servers see two requests: `isAmbiguous` tells of them.
///
/// Of a class, because it is long and handed from one to the next: it is changed by who lets the request in, and read from then on, all on
/// the connection's event loop.
final class RequestFields {
    var host: String?
    /// The model that the path names, as Azure's clients have it there.
    var deployment: String?
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var contentType: String?
    private(set) var contentEncoding: String?
    private(set) var browser = BrowserFields()
    private(set) var expectsContinue = false
    private(set) var requestID: String?
    private(set) var sessionID: String?
    /// The session as another product's clients name it: of several the one that counts first.
    private(set) var foreignSession: (id: String, source: String)?
    private(set) var category: String?
    private(set) var explore: String?
    private(set) var maxCostUSD: String?
    private(set) var cache: String?
    private(set) var traceparent: String?
    private var sessionRank = Int.max
    /// The conversation of a coding agent: its session and, where the request is a subagent's, that one's name.
    private(set) var agentSession: String?
    private var agentID: String?
    /// What kind of request it is, as the client says: `main`, `auxiliary`, `compaction`.
    private(set) var requestClass: String?
    /// Anthropic's, for providers that speak as the client does.
    private(set) var anthropicVersion: String?
    private(set) var anthropicBeta: [String] = []
    /// Whether another server might read the request, or its end, differently: two hosts, two types or codings of the body, or any
    /// transfer coding but one `chunked`.
    ///
    /// Lengths that contradict each other, or the coding, are refused by the parser.
    private(set) var isAmbiguous = false

    /// As Anthropic's, Azure's and Google's clients send it.
    private var apiKeys: [String] = []
    private var bearer: String?
    /// Keys beside `Authorization` that are looked at.
    private static let keyLimit = 3

    /// What to tell the caller by: `Authorization` where it is there, then the other fields for keys in its form.
    var authorizations: [String] {
        guard let bearer else { return apiKeys.map { "Bearer " + $0 } }
        return apiKeys.isEmpty ? [bearer] : [bearer] + apiKeys.map { "Bearer " + $0 }
    }

    /// Whether a body follows the head.
    var hasBody: Bool { isChunked || (contentLength ?? 0) > 0 }

    init() {}

    init(_ headers: HTTPHeaders) {
        var codings = 0
        for (name, value) in headers {
            switch name.utf8.count {
            case 4 where name.isField("host"):
                if host != nil { isAmbiguous = true }
                host = value
            case 6 where name.isField("expect"):
                expectsContinue = value.lowercased() == "100-continue"
            case 6 where name.isField("origin"): browser.take("origin", value)
            case 7 where name.isField("referer"): browser.take("referer", value)
            case 7 where name.isField("api-key"), 9 where name.isField("x-api-key"),
                14 where name.isField("x-goog-api-key"):
                if apiKeys.count < Self.keyLimit { apiKeys.append(value) }
            case 11 where name.isField("traceparent"): if traceparent == nil { traceparent = value }
            case 12 where name.isField("x-request-id"): if requestID == nil { requestID = value }
            case 12 where name.isField("x-session-id"): if sessionID == nil { sessionID = value }
            case 12 where name.isField("content-type"):
                if contentType != nil { isAmbiguous = true }
                contentType = value
            case 13 where name.isField("authorization"): if bearer == nil { bearer = value }
            case 14 where name.isField("content-length"): contentLength = Int(value)
            case 14 where name.isField("x-bandit-cache"): if cache == nil { cache = value }
            case 14 where name.isField("x-bandit-class"): requestClass = value
            case 14 where name.isField("anthropic-beta"):
                if anthropicBeta.count < Self.betaLimit { anthropicBeta.append(value) }
            case 16 where name.isField("content-encoding"):
                if contentEncoding != nil { isAmbiguous = true }
                contentEncoding = value
            case 16 where name.isField("x-bandit-explore"): if explore == nil { explore = value }
            case 17 where name.isField("anthropic-version"): if anthropicVersion == nil { anthropicVersion = value }
            case 17 where name.isField("x-bandit-category"): if category == nil { category = value }
            case 17 where name.isField("transfer-encoding"):
                codings += 1
                isChunked = true
                if codings > 1 || value.lowercased() != "chunked" { isAmbiguous = true }
            case 21 where name.isField("x-bandit-max-cost-usd"): if maxCostUSD == nil { maxCostUSD = value }
            case 22 where name.isField("x-claude-code-agent-id"): if agentID == nil { agentID = value }
            case 24 where name.isField("x-claude-code-session-id"):
                if agentSession == nil, SessionSources.isName(value) { agentSession = value }
            case 27 where name.isField("x-claude-code-request-class"): if requestClass == nil { requestClass = value }
            default:
                if 10...24 ~= name.count { noteSession(name, value) }
                // `Sec-Fetch-…` and its kin, of which pages cannot set any.
                if name.utf8.first.map({ $0 | 0x20 }) == UInt8(ascii: "s"), name.count > 4 {
                    browser.take(name.lowercased(), value)
                }
            }
        }
        // A subagent's conversation is another one than that which sent it out.
        if let session = agentSession, let agentID, SessionSources.isName(session + "/" + agentID) {
            agentSession = session + "/" + agentID
        }
    }

    /// Fields of betas that are passed on.
    private static let betaLimit = 32

    private func noteSession(_ name: String, _ value: String) {
        for (rank, header) in SessionSources.headers.enumerated()
        where name.utf8.count == header.utf8CodeUnitCount && name.isField(header) {
            guard rank < sessionRank, SessionSources.isName(value) else { return }
            foreignSession = (value, header.description)
            sessionRank = rank
        }
    }
}

extension RequestFields {
    /// As the framework has them.
    convenience init(_ fields: HTTPFields) {
        self.init(HTTPHeaders(fields.map { ($0.name.canonicalName, $0.value) }))
    }
}

extension String {
    /// Whether it is the name of this field, whatever its case; `lowercase` is ASCII and of the same length.
    fileprivate func isField(_ lowercase: StaticString) -> Bool {
        var wanted = lowercase.utf8Start
        for byte in utf8 {
            // Setting the bit for lower case maps no other character of a field's name onto a letter or a hyphen: CR, which it
            // would map onto a hyphen, is no character of a name, and the parser has refused it.
            // An underscore has that bit clear itself.
            guard byte | 0x20 == wanted.pointee | 0x20 else { return false }
            wanted += 1
        }
        return true
    }
}
