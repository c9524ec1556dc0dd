import DecisionStore
import Foundation
import LogFiles
import NIOCore
import ProviderClient
import RoutingEngine
import WireFormats

/// Reads the lines that ``ArchiveText`` wrote; every mistake names file, line and field.
struct ArchiveReading {
    /// What a line says of the store it comes from, beside its decision.
    struct StoreLine {
        var quarantines: [ArchivedQuarantine] = []
        var base: BasePart?
    }

    struct BasePart {
        var part: Int
        var parts: Int
        /// Of the first part.
        var place: (sequence: Int64, time: Timestamp, fingerprint: String)?
        var bytes: [UInt8]
    }

    let file: String
    /// No time in the file may be later: an import's evidence of next year would outweigh all that is learned until then.
    let latest: Timestamp

    /// How much later than the clock a time may be.
    static let tolerance: Timestamp = 86_400_000_000

    /// - Parameter now: of the wall clock.
    init(file: String, now: Timestamp) {
        self.file = file
        latest = now.addingSaturated(Self.tolerance)
    }

    private var times: ClosedRange<Int64> { 0...max(0, latest) }
    /// Lines that a base may be spread over.
    private static let mostParts: Int64 = 1_000_000
    /// Negative where the decision was made by another store's router.
    private static let versions = -ArchiveLimits.lastPlace...ArchiveLimits.lastPlace
    private static let costs = 0...NanoDollars.max
    private static let measures = 0...ArchiveLimits.largestNumber

    /// The decision's id alone.
    func id(_ line: LineReader.Line) throws(InputError) -> DecisionID {
        try identifier(try root(line))
    }

    func line(_ line: LineReader.Line) throws(InputError) -> (decision: ArchivedDecision, store: StoreLine?) {
        let root = try root(line)
        guard let record = try root.object("record") else {
            throw root.fault(
                "record", "is missing: only what `export` of a router's store wrote can be imported as its log")
        }
        let id = try identifier(root)
        var decision = try self.decision(id, root, record)
        decision.serving = try record.object("serving").map { serving throws(InputError) in
            ArchivedDecision.Serving(
                sequence: try serving.place("seq"), arm: try serving.text("arm"),
                completionID: try serving.optionalText(
                    "completion_id", upTo: ArchiveLimits.longestClientText))
        }
        if let outcome = try record.object("outcome") {
            decision.outcomeSequence = try outcome.place("seq")
            decision.outcome = try self.outcome(outcome, of: id)
            decision.reporter = try outcome.optionalText("reported_by")
            decision.reportCounted = try outcome.optionalBoolean("report_counted") ?? true
        }
        for revision in try record.objects("feedback") { decision.revisions.append(try self.revision(revision)) }
        for answer in try record.objects("answers") {
            decision.answers.append(
                ArchivedDecision.Answer(
                    keyID: try answer.text("key_id"),
                    key: try answer.text("idempotency_key", upTo: ArchiveLimits.longestClientText),
                    hash: try answer.integer("hash", in: .min ... .max), isExpired: try answer.boolean("expired"),
                    feedback: try answer.integer("feedback", in: -ArchiveLimits.lastPlace...ArchiveLimits.lastPlace),
                    received: try answer.integer("received_us", in: times)))
        }
        try checkOrder(of: decision, record)
        return (decision, try root.object("store").map(store))
    }

    /// What is said of a decision comes after it, and after what was said before.
    private func checkOrder(of decision: ArchivedDecision, _ record: FieldReader) throws(InputError) {
        var last = decision.sequence
        for (place, name) in [
            (decision.serving?.sequence, "serving" as StaticString), (decision.outcomeSequence, "outcome"),
        ] {
            guard let place else { continue }
            guard place > last else { throw record.fault(name, "has a place in the log before what it follows") }
            last = place
        }
        last = decision.sequence
        for revision in decision.revisions {
            guard revision.sequence > last else {
                throw record.fault("feedback", "has a place in the log before what it follows")
            }
            last = revision.sequence
        }
    }

    private func root(_ line: LineReader.Line) throws(InputError) -> FieldReader {
        guard !line.isTooLong else {
            throw InputError(
                file: file, line: line.number, field: "line",
                reason: "longer than \(LineReader.maximumLineBytes) bytes")
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: ByteBuffer(bytes: line.bytes))
        } catch {
            throw InputError(file: file, line: line.number, field: "line", reason: error.description)
        }
        guard value.kind == .object else {
            throw InputError(file: file, line: line.number, field: "line", reason: "not a JSON object")
        }
        return FieldReader(file: file, line: line.number, path: "", value: value)
    }

    private func identifier(_ root: FieldReader) throws(InputError) -> DecisionID {
        let text = try root.text("decision_id")
        guard let id = DecisionID(text) else { throw root.fault("decision_id", "\"\(text)\" is no UUID") }
        return id
    }

    private func decision(
        _ id: DecisionID, _ root: FieldReader, _ record: FieldReader
    ) throws(InputError) -> ArchivedDecision {
        let arms = try root.texts("arms")
        let arm = try root.text("arm")
        guard arms.contains(arm) else { throw root.fault("arm", "\"\(arm)\" is not one of the arms") }
        let probabilities = try root.numbers("probabilities", in: 0...1)
        guard probabilities.count == arms.count else {
            throw root.fault("probabilities", "\(probabilities.count) for \(arms.count) arms")
        }
        let sum = probabilities.reduce(0, +)
        guard abs(sum - 1) <= ArchiveLimits.sumTolerance else {
            throw root.fault("probabilities", "must sum to 1, not to \(sum)")
        }
        let propensity = try root.number("propensity", in: Double.leastNonzeroMagnitude...1)
        let kindText = try root.text("kind")
        guard let kind = DecisionKind(rawValue: kindText) else {
            throw root.fault("kind", "\"\(kindText)\" is none of fresh, sticky, pinned")
        }
        var decision = Decision(
            id: id, time: try record.integer("time_us", in: times), route: try root.text("route"),
            category: try root.text("category"), kind: kind, arms: arms, probabilities: probabilities, arm: arm,
            propensity: propensity, policy: try record.text("policy"),
            stateVersion: try record.integer("state_version", in: Self.versions),
            stateTime: try record.integer("state_time_us", in: times),
            keyID: try record.optionalText("key_id"), keyGroup: try record.text("key_group"),
            sessionID: try root.optionalText("session_id", upTo: ArchiveLimits.longestClientText),
            categorySource: try record.text("category_source"),
            categoryModel: try record.optionalText("category_model"),
            rewardPerUSD: try record.optionalNumber("reward_per_usd", in: Self.measures))
        decision.isDecideOnly = try record.optionalBoolean("decide_only") ?? false
        for exclusion in try record.objects("excluded") {
            let word = try exclusion.text("reason")
            guard let reason = ExclusionReason(rawValue: word) else {
                throw exclusion.fault("reason", "\"\(word)\" is no reason that this version knows")
            }
            decision.excluded.append(Exclusion(arm: try exclusion.text("arm"), reason: reason))
        }
        if let prices = try record.object("shadow_prices") {
            decision.shadowPrices = ShadowPrices(
                low: try prices.number("low", in: Self.measures), high: try prices.number("high", in: Self.measures),
                shareOfLow: try prices.number("share_of_low", in: 0...1))
        }
        return ArchivedDecision(sequence: try record.place("seq"), decision: decision)
    }

    private func outcome(_ record: FieldReader, of id: DecisionID) throws(InputError) -> Outcome {
        let word = try record.text("status")
        guard let status = OutcomeStatus(rawValue: word) else {
            throw record.fault("status", "\"\(word)\" is none of ok, error, cancelled")
        }
        var attempts: [Attempt] = []
        for attempt in try record.objects("attempts") {
            attempts.append(
                Attempt(
                    arm: try attempt.text("arm"), succeeded: try attempt.boolean("succeeded"),
                    httpStatus: try attempt.optionalInteger("http_status", in: 0...999).map { Int($0) },
                    error: try attempt.optionalText("error", upTo: ArchiveLimits.longestClientText),
                    latencyMS: try attempt.number("latency_ms", in: Self.measures),
                    isArmFault: try attempt.boolean("is_arm_fault"),
                    cost: try attempt.optionalInteger("cost_nano_usd", in: Self.costs)))
        }
        return Outcome(
            decisionID: id, time: try record.integer("time_us", in: times), status: status,
            servedArm: try record.optionalText("served_arm"),
            completionID: try record.optionalText("completion_id", upTo: ArchiveLimits.longestClientText),
            attempts: attempts, latencyMS: try record.optionalNumber("latency_ms", in: Self.measures),
            firstByteMS: try record.optionalNumber("first_byte_ms", in: Self.measures),
            promptTokens: try record.optionalCount("prompt_tokens"),
            cachedPromptTokens: try record.optionalCount("cached_prompt_tokens"),
            completionTokens: try record.optionalCount("completion_tokens"),
            tokensEstimated: try record.boolean("tokens_estimated"),
            cost: try record.optionalInteger("cost_nano_usd", in: Self.costs))
    }

    private func revision(_ record: FieldReader) throws(InputError) -> ArchivedDecision.Revision {
        let word = try record.text("source")
        guard let source = FeedbackSource(rawValue: word) else {
            throw record.fault("source", "\"\(word)\" is none of user, judge, system")
        }
        return ArchivedDecision.Revision(
            sequence: try record.place("seq"), metric: try record.text("metric"), source: source,
            value: try record.feedbackValue("value"), keyID: try record.text("key_id"),
            counted: try record.boolean("counted"), received: try record.integer("received_us", in: times),
            observedAt: try record.optionalInteger("observed_us", in: ArchiveLimits.instants),
            comment: try record.optionalText("comment", upTo: ArchiveLimits.longestText))
    }

    private func store(_ record: FieldReader) throws(InputError) -> StoreLine {
        var line = StoreLine()
        for quarantine in try record.objects("quarantines") {
            line.quarantines.append(
                ArchivedQuarantine(
                    sequence: try quarantine.place("seq"), keyID: try quarantine.text("key_id"),
                    time: try quarantine.integer("time_us", in: times)))
        }
        if let base = try record.object("base") {
            guard let state = Data(base64Encoded: try base.text("state", upTo: ArchiveLimits.longestText)) else {
                throw base.fault("state", "is not base64")
            }
            let parts = try base.integer("parts", in: 1...Self.mostParts)
            let part = try base.integer("part", in: 0...parts - 1)
            line.base = BasePart(
                part: Int(part), parts: Int(parts),
                place: part > 0
                    ? nil
                    : (
                        try base.place("seq"), try base.integer("time_us", in: times),
                        try base.text("fingerprint", upTo: ArchiveLimits.longestText)
                    ),
                bytes: Array(state))
        }
        return line
    }
}
