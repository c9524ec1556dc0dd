package import RoutingEngine

/// A client's key, as stored: its hash, never itself.
package struct APIKey: Sendable, Equatable {
    package var id: String
    package var name: String
    /// Keys of one group may give feedback on each other's decisions.
    package var group: String
    /// HMAC-SHA256 of the key; made and compared by the caller.
    package var hash: [UInt8]
    package var scopes: [String]
    package var requestsPerMinute: Int?
    package var tokensPerMinute: Int?
    package var concurrent: Int?
    package var costPerDay: NanoDollars?
    package var created: Timestamp
    package var expires: Timestamp?

    package init(
        id: String, name: String, group: String, hash: [UInt8], scopes: [String], requestsPerMinute: Int? = nil,
        tokensPerMinute: Int? = nil, concurrent: Int? = nil, costPerDay: NanoDollars? = nil, created: Timestamp,
        expires: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.group = group
        self.hash = hash
        self.scopes = scopes
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.concurrent = concurrent
        self.costPerDay = costPerDay
        self.created = created
        self.expires = expires
    }
}

/// Every key in force, and whether keyless mode has ended for good.
package struct KeySet: Sendable, Equatable {
    package var keys: [APIKey]
    /// Whether there ever was a key: deleting the last one opens nothing.
    package var everHadKeys: Bool

    package init(keys: [APIKey] = [], everHadKeys: Bool = false) {
        self.keys = keys
        self.everHadKeys = everHadKeys
    }
}
