/// Whose fault a failed call is, and hence what is done about it.
package struct FaultVerdict: Sendable, Equatable {
    package enum Party: String, Sendable, CaseIterable {
        /// The arm failed, or cannot do what is asked: the next one is asked.
        case arm
        /// The operator's account with the provider: the arm rests, the next one is asked.
        case account
        /// What the router added to the request (the same arm is asked once more without it), or its own want of memory.
        case ours
        /// The client's request: its answer is passed on.
        case request
    }

    package enum Reason: String, Sendable, CaseIterable {
        /// No answer, a broken one, a server's error.
        case failure
        /// Too many requests for now.
        case rateLimit = "rate_limit"
        /// The prompt is longer than the arm's context; a larger arm may take it.
        case contextOverflow = "context_overflow"
        /// The body is larger than the provider takes.
        case tooLarge = "too_large"
        /// A parameter or a feature that the arm does not know.
        case unsupported
        /// A parameter's value beyond what the arm takes.
        case unsupportedValue = "unsupported_value"
        case unknownModel = "unknown_model"
        /// No credit, no quota, an unpaid bill.
        case credit
        /// A key that is not accepted.
        case key
        /// An account that may not do this, or nothing any more.
        case permission
        /// The provider will not answer this.
        case moderation
        /// A mistake of the client's that every provider would find.
        case invalid
        /// A 4xx whose words nobody knows.
        case unknown
    }

    /// Which other arms are asked.
    package enum Others: Sendable, Equatable {
        case all
        /// Those with a larger context, or one that is not known.
        case larger
        /// One more opinion at most.
        case one
        case none
    }

    package let reason: Reason
    package let party: Party
    /// The member of the request that is refused (`stream_options`), where the words name one.
    package let parameter: String?

    package init(_ reason: Reason, party: Party? = nil, parameter: String? = nil) {
        self.reason = reason
        self.party = party ?? Self.usualParty(reason)
        self.parameter = parameter
    }

    private static func usualParty(_ reason: Reason) -> Party {
        switch reason {
        case .failure, .rateLimit, .contextOverflow, .tooLarge, .unsupported, .unsupportedValue, .unknownModel: .arm
        case .credit, .key, .permission: .account
        case .moderation, .invalid, .unknown: .request
        }
    }

    /// Whether it speaks against the arm's health: what one request is refused for does not.
    package var countsAgainstArm: Bool {
        switch reason {
        case .failure, .rateLimit, .unknownModel, .credit, .key, .permission: party != .ours
        case .contextOverflow, .tooLarge, .unsupported, .unsupportedValue, .moderation, .invalid, .unknown: false
        }
    }

    package var others: Others {
        switch (reason, party) {
        case (.contextOverflow, _): .larger
        case (.moderation, _): .one
        case (_, .request): .none
        default: .all
        }
    }

    /// How long an arm rests whose account is in trouble and whose provider says no time: it is no matter of seconds.
    package static let accountRest: Duration = .seconds(60)
}
