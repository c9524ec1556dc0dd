/// What one key may use, at most; nil: no limit.
package struct KeyLimits: Sendable, Equatable {
    package var requestsPerMinute: Int?
    package var tokensPerMinute: Int?
    package var concurrent: Int?
    /// US dollars a day (UTC).
    package var usdPerDay: Double?

    package init(
        requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil, concurrent: Int? = nil, usdPerDay: Double? = nil
    ) {
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.concurrent = concurrent
        self.usdPerDay = usdPerDay
    }
}

/// A key as it is stored: nothing in it can be used as a key.
package struct APIKey: Sendable, Equatable {
    package var id: String
    package var name: String
    /// Keys of one group may give feedback on each other's decisions; a key's own id by default.
    package var group: String
    /// HMAC-SHA256 of the key under the router's secret: 32 bytes.
    package var hash: [UInt8]
    /// Words of scope: `chat`, `feedback`, `read`, `admin`.
    package var scopes: [String]
    package var limits: KeyLimits
    package var createdAt: Timestamp
    package var expiresAt: Timestamp?

    package init(
        id: String, name: String, group: String, hash: [UInt8], scopes: [String], limits: KeyLimits = KeyLimits(),
        createdAt: Timestamp, expiresAt: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.group = group
        self.hash = hash
        self.scopes = scopes
        self.limits = limits
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}
