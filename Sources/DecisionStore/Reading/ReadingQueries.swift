/// The statements that read the log for the API, in one place: a test asks SQLite how it would run each, so that none of them ever
/// reads a whole table of the log.
package enum ReadingQueries {
    private static let columns = """
        SELECT \(ReadingColumn.list())
        FROM decision d
        JOIN eligibility e ON e.id = d.eligibility
        LEFT JOIN serving s ON s.decision = d.seq
        LEFT JOIN outcome o ON o.decision = d.seq
        """

    /// Decisions after entry ?2 of the log as it was at entry ?1, oldest first.
    package static let archive =
        columns.replacing("s.decision = d.seq", with: "s.decision = d.seq AND s.seq <= ?1")
        .replacing("o.decision = d.seq", with: "o.decision = d.seq AND o.seq <= ?1")
        + " WHERE d.seq > ?2 AND d.seq <= ?1 ORDER BY d.seq"

    /// ?1 the decision's id.
    package static let content =
        "SELECT c.request, c.answer FROM decision d JOIN content c ON c.decision = d.seq WHERE d.id = ?1"

    /// ?1 the decision's id.
    package static let decision = columns + " WHERE d.id = ?1"

    /// ?1 and ?8 bound the part of the log, ?2 to ?6 are the filter, ?7 how many.
    package static let decisionPage =
        columns + """
             WHERE d.seq < ?1 AND d.seq >= ?8
                AND (?2 IS NULL OR d.route = ?2) AND (?3 IS NULL OR d.category = ?3)
                AND (?4 IS NULL OR coalesce(o.served_arm, d.arm) = ?4)
                AND (?5 IS NULL OR d.key = ?5) AND (?6 IS NULL OR d.key_group = ?6)
            ORDER BY d.seq DESC LIMIT ?7
            """

    /// The oldest decision from entry ?1 on, below ?2.
    package static let firstDecision = "SELECT id FROM decision WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT 1"

    /// The newest decision before the one with id ?1.
    package static let newestBefore =
        "SELECT max(seq) FROM decision WHERE seq < (SELECT seq FROM decision WHERE id = ?1)"

    /// Current and past values of feedback, newest first, before entry ?1; ?2 how many.
    package static let feedback = """
        SELECT r.seq, r.received, r.metric, r.source, r.value, r.comment, r.counted,
            d.id, d.route, d.category, coalesce(o.served_arm, s.arm, d.arm)
        FROM feedback_revision r
        JOIN decision d ON d.seq = r.decision
        LEFT JOIN serving s ON s.decision = r.decision
        LEFT JOIN outcome o ON o.decision = r.decision
        WHERE r.seq < ?1 ORDER BY r.seq DESC LIMIT ?2
        """

    /// The feedback of one decision.
    package static let feedbackOfDecision = """
        SELECT f.metric, f.source, f.value, f.author, f.counted, f.seq, r.comment, r.received
        FROM feedback f JOIN feedback_revision r ON r.seq = f.seq WHERE f.decision = ?1 ORDER BY f.seq
        """

    /// Decisions with a session after entry ?1 of the log, oldest first.
    package static let sessions = """
        SELECT d.route, d.key_group, d.session, d.arm, d.category FROM decision d
        WHERE d.seq > ?1 AND d.session IS NOT NULL AND d.kind <> 2 ORDER BY d.seq
        """

    /// What counts against limits beside requests, from ?1 on.
    package static let charges = "SELECT key, time, tokens, cost FROM charge WHERE time >= ?1"

    /// Requests after entry ?1 of the log and from the instant ?2 on, as limits count them.
    package static let recentUse = """
        SELECT d.key, d.time, o.age_us, o.prompt_tokens + o.completion_tokens
        FROM decision d LEFT JOIN outcome o ON o.decision = d.seq WHERE d.seq > ?1 AND d.time >= ?2
        """

    /// Whole hours of use, ?1 to ?2.
    package static let usageHours = "SELECT hour / 24 AS day, * FROM usage_hour WHERE hour >= ?1 AND hour < ?2"
}
