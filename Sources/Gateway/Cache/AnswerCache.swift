import Digests
package import NIOCore
package import RoutingEngine
import Synchronization

extension GatewaySetup {
    /// Whether and under which key the answer to a request is cached; nil: it is not.
    func cachePlan(
        _ chat: ChatHead, _ endpoint: ProxiedEndpoint, _ fields: RequestFields, owner: String?, body: ByteBuffer
    ) -> AnswerCache.Plan? {
        // Of what nobody serves nothing is looked up, kept or counted.
        guard chat.caches != false, catalogue.route(chat.model) != nil || catalogue.arm(chat.model) != nil else {
            return nil
        }
        let definition =
            catalogue.route(chat.model)?.definition.cache ?? (chat.caches == true ? AnswerCache.onRequest : nil)
        guard let definition else { return nil }
        let key = AnswerCache.key(
            route: chat.model, endpoint: endpoint, owner: definition.acrossKeys ? nil : owner,
            category: chat.category?.id, version: fields.anthropicVersion, betas: fields.anthropicBeta, body: body)
        return AnswerCache.Plan(key: key, definition: definition)
    }
}

/// What goes into the cache at the end of an exchange, if all goes well.
final class CacheFilling {
    let plan: AnswerCache.Plan
    /// What the client was sent of a stream; nil once it is more than is kept.
    private(set) var stream: ByteBuffer? = ByteBuffer()

    init(_ plan: AnswerCache.Plan) { self.plan = plan }

    /// No answer takes more than a small part of the cache.
    var limitBytes: Int { min(plan.definition.maxBytes / 8, 4 << 20) }

    func append(_ bytes: ByteBuffer) {
        guard let count = stream?.readableBytes else { return }
        if count + bytes.readableBytes > limitBytes { stream = nil } else { stream?.writeImmutableBuffer(bytes) }
    }
}

/// An answer as the client saw it.
package struct CachedAnswer: Sendable {
    package let decision: Decision
    package let servedArm: String
    package let body: ByteBuffer
    package let isStream: Bool

    package init(decision: Decision, servedArm: String, body: ByteBuffer, isStream: Bool) {
        self.decision = decision
        self.servedArm = servedArm
        self.body = body
        self.isStream = isStream
    }
}

/// Answers that are given again to the same request, by route.
///
/// The same request is the same body, byte for byte, with the same category named, to the same endpoint and, unless the route
/// says otherwise, by the same key. A hit asks nobody and decides nothing: it is the answer to an earlier decision, and feedback on it
/// goes to that decision's arm.
final class AnswerCache: Sendable {
    struct Key: Hashable, Sendable {
        fileprivate let route: String
        fileprivate let digest: [UInt8]
    }

    /// Whether and how long an answer to one request is kept.
    struct Plan: Sendable {
        let key: Key
        let definition: CacheDefinition
    }

    /// What an answer counts for beside its body: the decision, and the entry itself.
    private static let overheadBytes = 1024

    private let shelves = Mutex<[String: AnswerShelf<Key, CachedAnswer>]>([:])

    static func key(
        route: String, endpoint: ProxiedEndpoint, owner: String?, category: String?, version: String?, betas: [String],
        body: ByteBuffer
    ) -> Key {
        var hash = SHA256()
        // Lengths before what could hold anything: no two different requests run together.
        for part in [endpoint.path, owner ?? "", category ?? "", version ?? "", betas.joined(separator: ",")] {
            hash.update("\(part.utf8.count):\(part)".utf8)
        }
        body.withUnsafeReadableBytes { hash.update($0) }
        return Key(route: route, digest: hash.finalize())
    }

    func answer(_ plan: Plan) -> CachedAnswer? {
        let now = SteadyClock.now()
        return shelves.withLock { $0[plan.key.route]?.value(plan.key, now: now) }
    }

    func keep(_ answer: CachedAnswer, _ plan: Plan) {
        let definition = plan.definition
        let bytes = answer.body.readableBytes + Self.overheadBytes
        let expiresAt = SteadyClock.now().addingSaturated(
            Timestamp(saturating: definition.timeToLive / .microseconds(1)))
        shelves.withLock { shelves in
            var shelf =
                shelves.removeValue(forKey: plan.key.route)
                ?? AnswerShelf(maxEntries: definition.maxEntries, maxBytes: definition.maxBytes)
            if shelf.maxEntries != definition.maxEntries || shelf.maxBytes != definition.maxBytes {
                shelf.limit(entries: definition.maxEntries, bytes: definition.maxBytes)
            }
            shelf.keep(answer, for: plan.key, bytes: bytes, until: expiresAt)
            shelves[plan.key.route] = shelf
        }
    }

    /// What a client asks for where its route has no cache.
    static let onRequest = CacheDefinition(timeToLive: .seconds(60), maxEntries: 1000, maxBytes: 8 << 20)

    /// Forgets everything: after a reload, an answer may be one that no arm in force would give.
    func clear() { shelves.withLock { $0 = [:] } }
}
