/// The columns that a decision with what followed is read by: each named once, at the place that it has in every row.
enum ReadingColumn: Int32, CaseIterable {
    case sequence, id, time, route, category, kind, arms, excluded, probabilities, arm, propensity, policy
    case stateVersion, stateAge, key, keyGroup, session, sessionSource, categorySource, categoryModel, rewardPerUSD
    case shadowPrices, isDecideOnly
    case servingSequence, servingArm, servingCompletion
    case outcomeSequence, outcomeAge, firstByte, promptTokens, cachedPromptTokens, completionTokens, tokensEstimated
    case outcomeCompletion
    /// From here to the end: ``StoredOutcome``.
    case outcomeStatus, outcomeServedArm, outcomeAttempts, lastAttempt, lastHTTPStatus, lastLatency, outcomeLatency
    case outcomeCost

    /// Of the tables `decision d`, `eligibility e`, `serving s`, `outcome o`.
    var sql: String {
        switch self {
        case .sequence: "d.seq"
        case .id: "d.id"
        case .time: "d.time"
        case .route: "d.route"
        case .category: "d.category"
        case .kind: "d.kind"
        case .arms: "e.arms"
        case .excluded: "e.excluded"
        case .probabilities: "d.probabilities"
        case .arm: "d.arm"
        case .propensity: "d.propensity"
        case .policy: "d.policy"
        case .stateVersion: "d.state_version"
        case .stateAge: "d.state_age_us"
        case .key: "d.key"
        case .keyGroup: "d.key_group"
        case .session: "d.session"
        case .sessionSource: "d.session_source"
        case .categorySource: "d.category_source"
        case .categoryModel: "d.category_model"
        case .rewardPerUSD: "d.reward_per_usd"
        case .shadowPrices: "d.shadow_prices"
        case .isDecideOnly: "d.decide_only"
        case .servingSequence: "s.seq"
        case .servingArm: "s.arm"
        case .servingCompletion: "s.completion_id"
        case .outcomeSequence: "o.seq"
        case .outcomeAge: "o.age_us"
        case .firstByte: "o.first_byte_us"
        case .promptTokens: "o.prompt_tokens"
        case .cachedPromptTokens: "o.cached_prompt_tokens"
        case .completionTokens: "o.completion_tokens"
        case .tokensEstimated: "o.tokens_estimated"
        case .outcomeCompletion: "o.completion_id"
        case .outcomeStatus: "o.status"
        case .outcomeServedArm: "o.served_arm"
        case .outcomeAttempts: "o.attempts"
        case .lastAttempt: "o.last_attempt"
        case .lastHTTPStatus: "o.last_http_status"
        case .lastLatency: "o.last_latency_us"
        case .outcomeLatency: "o.latency_us"
        case .outcomeCost: "o.cost"
        }
    }

    /// The columns from one on, as a statement lists them.
    static func list(from first: ReadingColumn = .sequence) -> String {
        allCases.filter { $0.rawValue >= first.rawValue }.map(\.sql).joined(separator: ", ")
    }
}

/// What must be known of a decision to credit what follows it, in the order of the refold's rows.
enum CreditedColumn: Int32, CaseIterable {
    case sequence, time, route, category, arm, propensity, kind, key, keyGroup, isDecideOnly
    /// From here on: what followed it.
    case servingSequence, servingArm, outcomeSequence, servedArm

    private var column: ReadingColumn {
        switch self {
        case .sequence: .sequence
        case .time: .time
        case .route: .route
        case .category: .category
        case .arm: .arm
        case .propensity: .propensity
        case .kind: .kind
        case .key: .key
        case .keyGroup: .keyGroup
        case .isDecideOnly: .isDecideOnly
        case .servingSequence: .servingSequence
        case .servingArm: .servingArm
        case .outcomeSequence: .outcomeSequence
        case .servedArm: .outcomeServedArm
        }
    }

    /// Those of the decision alone.
    static let ofDecision = list { $0.rawValue < servingSequence.rawValue }
    static let all = list { _ in true }

    private static func list(_ isWanted: (CreditedColumn) -> Bool) -> String {
        allCases.filter(isWanted).map(\.column.sql).joined(separator: ", ")
    }
}

extension Statement {
    func isNull(_ column: some RawRepresentable<Int32>) -> Bool { isNull(column.rawValue) }
    func int(_ column: some RawRepresentable<Int32>) -> Int { int(column.rawValue) }
    func optionalInt(_ column: some RawRepresentable<Int32>) -> Int? { optionalInt(column.rawValue) }
    func integer(_ column: some RawRepresentable<Int32>) -> Int64 { integer(column.rawValue) }
    func optionalInteger(_ column: some RawRepresentable<Int32>) -> Int64? { optionalInteger(column.rawValue) }
    func double(_ column: some RawRepresentable<Int32>) -> Double { double(column.rawValue) }
    func optionalDouble(_ column: some RawRepresentable<Int32>) -> Double? { optionalDouble(column.rawValue) }
    func text(_ column: some RawRepresentable<Int32>) -> String { text(column.rawValue) }
    func optionalText(_ column: some RawRepresentable<Int32>) -> String? { optionalText(column.rawValue) }
}
