/// The tables of the store, as numbered migrations. A migration that was released is never changed; new ones are appended.
///
/// Every row of the log has a `seq`, from one counter over all its tables: the total order in which the learner folds.
enum Schema {
    private static let migrations: [(name: String, sql: String)] = [
        ("1 log", log), ("2 feedback", feedback), ("3 derived", derived), ("4 administration", administration),
        ("5 content", content), ("6 money", money), ("7 decide only", decideOnly), ("8 sessions", sessions),
        ("9 outcome scope", outcomeScope), ("10 reported", reported),
        ("11 added arms", addedArms),
    ]

    private static var names: Set<String> { Set(migrations.map(\.name)) }

    /// Brings the file to this version's schema, in one transaction; a file that has it already is only looked at.
    static func migrate(_ path: String, busyTimeoutMS: Int32) throws(StoreError) {
        guard try applied(path, busyTimeoutMS: busyTimeoutMS) != names else { return }
        let connection = try Connection(path: path, access: .writing, busyTimeoutMS: busyTimeoutMS)
        try connection.execute("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE")
        do throws(StoreError) {
            // The table's name and form are those of the library that stores were first made with.
            try connection.execute("CREATE TABLE IF NOT EXISTS grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
            // Another process may have been faster.
            let done = try applied(connection)
            let insert = try connection.statement("INSERT INTO grdb_migrations VALUES (?)")
            for migration in migrations where !done.contains(migration.name) {
                try connection.execute(migration.sql)
                insert.bind(1, migration.name)
                try insert.run()
            }
            try connection.execute("COMMIT")
        } catch {
            connection.rollBack()
            throw error
        }
    }

    /// Checks, without changing it, that a file is a store of this version's schema.
    static func requireCurrent(_ path: String) throws(StoreError) {
        let applied = try applied(path, busyTimeoutMS: 5000)
        guard applied != names else { return }
        if applied.isEmpty { throw StoreError(.damaged, "store \(path): not a store of this router") }
        throw StoreError(.cannotOpen, "store \(path): of an earlier version; `serve` brings it up to date")
    }

    /// The migrations that a file has had.
    ///
    /// - Throws: ``StoreError/Code/newerSchema`` where it has had one that this version does not know.
    private static func applied(_ path: String, busyTimeoutMS: Int32) throws(StoreError) -> Set<String> {
        let connection = try Connection(path: path, access: .reading, busyTimeoutMS: busyTimeoutMS)
        let tables = try connection.integer("SELECT count(*) FROM sqlite_master WHERE type = 'table'") ?? 0
        guard tables > 0 else { return [] }
        guard try connection.integer("SELECT count(*) FROM sqlite_master WHERE name = 'grdb_migrations'") == 1 else {
            throw StoreError(.damaged, "store \(path): a database, but not a store of this router")
        }
        // They would run within the router's own transactions, and could make keys or judgements.
        let foreign = try connection.cursor(
            "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name LIMIT 1")
        if try foreign.step() {
            throw StoreError(
                .damaged,
                "store \(path): has a \(foreign.text(0)) '\(foreign.text(1).prefix(64))', which no router made; "
                    + "look at what it does, and remove it (DROP \(foreign.text(0).uppercased()))")
        }
        let applied = try applied(connection)
        guard applied.isSubset(of: names) else {
            throw StoreError(.newerSchema, "store \(path): written by a later version of the router")
        }
        return applied
    }

    private static func applied(_ connection: Connection) throws(StoreError) -> Set<String> {
        let rows = try connection.cursor("SELECT identifier FROM grdb_migrations")
        var applied: Set<String> = []
        while try rows.step() { applied.insert(rows.text(0)) }
        return applied
    }

    /// Names are kept once; rows hold their numbers. `eligibility` holds lists of such numbers: `arms` as `1,2,3`, `excluded` as
    /// `4 cooldown,5 budget`.
    private static let log = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
        INSERT INTO meta VALUES ('store_id', hex(randomblob(16))), ('feedback_salt', random()), ('beat', 0);

        CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE eligibility (
            id INTEGER PRIMARY KEY, arms TEXT NOT NULL, excluded TEXT NOT NULL, UNIQUE (arms, excluded)) STRICT;

        CREATE TABLE decision (
            seq INTEGER PRIMARY KEY,
            id BLOB NOT NULL,
            time INTEGER NOT NULL,
            route INTEGER NOT NULL,
            category INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            eligibility INTEGER NOT NULL,
            probabilities BLOB NOT NULL,
            arm INTEGER NOT NULL,
            propensity REAL NOT NULL,
            policy INTEGER NOT NULL,
            state_version INTEGER NOT NULL,
            state_age_us INTEGER NOT NULL,
            key INTEGER NOT NULL,
            key_group INTEGER NOT NULL,
            session TEXT,
            category_source INTEGER NOT NULL,
            category_model INTEGER,
            reward_per_usd REAL,
            shadow_prices BLOB) STRICT;
        CREATE UNIQUE INDEX decision_id ON decision (id);

        CREATE TABLE serving (
            seq INTEGER PRIMARY KEY,
            decision INTEGER NOT NULL UNIQUE,
            arm INTEGER NOT NULL,
            completion_id TEXT) STRICT;

        CREATE TABLE outcome (
            seq INTEGER PRIMARY KEY,
            decision INTEGER NOT NULL UNIQUE,
            age_us INTEGER NOT NULL,
            status INTEGER NOT NULL,
            served_arm INTEGER,
            completion_id TEXT,
            attempts INTEGER NOT NULL,
            last_attempt INTEGER NOT NULL,
            last_http_status INTEGER,
            last_latency_us INTEGER,
            latency_us INTEGER,
            first_byte_us INTEGER,
            prompt_tokens INTEGER,
            cached_prompt_tokens INTEGER,
            completion_tokens INTEGER,
            tokens_estimated INTEGER NOT NULL,
            cost INTEGER) STRICT;

        CREATE TABLE attempt (
            decision INTEGER NOT NULL REFERENCES decision (seq) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            arm INTEGER NOT NULL,
            succeeded INTEGER NOT NULL,
            http_status INTEGER,
            error INTEGER,
            latency_us INTEGER NOT NULL,
            is_arm_fault INTEGER NOT NULL,
            cost INTEGER,
            PRIMARY KEY (decision, number)) STRICT, WITHOUT ROWID;

        CREATE TABLE completion (
            hash INTEGER NOT NULL, decision INTEGER NOT NULL, PRIMARY KEY (hash, decision)) STRICT, WITHOUT ROWID;
        CREATE TABLE completion_slice (slice INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
        """

    /// `value` is INTEGER 0 or 1 for a boolean, REAL for a number, NULL for a retraction.
    private static let feedback = """
        CREATE TABLE feedback_revision (
            seq INTEGER PRIMARY KEY,
            decision INTEGER NOT NULL REFERENCES decision (seq) ON DELETE CASCADE,
            metric INTEGER NOT NULL,
            source INTEGER NOT NULL,
            value ANY,
            author INTEGER NOT NULL,
            counted INTEGER NOT NULL,
            received INTEGER NOT NULL,
            observed_at INTEGER,
            comment TEXT) STRICT;
        CREATE INDEX feedback_revision_decision ON feedback_revision (decision);

        CREATE TABLE feedback (
            decision INTEGER NOT NULL REFERENCES decision (seq) ON DELETE CASCADE,
            metric INTEGER NOT NULL,
            source INTEGER NOT NULL,
            value ANY,
            author INTEGER NOT NULL,
            counted INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            PRIMARY KEY (decision, metric, source)) STRICT, WITHOUT ROWID;

        CREATE TABLE idempotency (
            author INTEGER NOT NULL,
            key TEXT NOT NULL,
            hash INTEGER NOT NULL,
            status INTEGER NOT NULL,
            feedback INTEGER NOT NULL,
            decision INTEGER NOT NULL REFERENCES decision (seq) ON DELETE CASCADE,
            received INTEGER NOT NULL,
            PRIMARY KEY (author, key)) STRICT, WITHOUT ROWID;
        CREATE INDEX idempotency_received ON idempotency (received);
        CREATE INDEX idempotency_decision ON idempotency (decision);

        CREATE TABLE quarantine (
            seq INTEGER PRIMARY KEY, author INTEGER NOT NULL, time INTEGER NOT NULL, decisions INTEGER NOT NULL) STRICT;
        """

    /// What can be computed again from the log: `snapshot.kind` is 0 for a mere shortcut, 1 for the base that deleted entries went into.
    private static let derived = """
        CREATE TABLE snapshot (
            seq INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            time INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            state BLOB NOT NULL,
            PRIMARY KEY (seq, kind)) STRICT;

        CREATE TABLE usage_hour (
            hour INTEGER NOT NULL,
            route INTEGER NOT NULL,
            category INTEGER NOT NULL,
            arm INTEGER NOT NULL,
            key INTEGER NOT NULL,
            requests INTEGER NOT NULL,
            prompt_tokens INTEGER NOT NULL,
            completion_tokens INTEGER NOT NULL,
            cost INTEGER NOT NULL,
            unknown_cost_requests INTEGER NOT NULL,
            errors INTEGER NOT NULL,
            PRIMARY KEY (hour, route, category, arm, key)) STRICT, WITHOUT ROWID;

        CREATE TABLE influence (
            author INTEGER NOT NULL,
            day INTEGER NOT NULL,
            route INTEGER NOT NULL,
            category INTEGER NOT NULL,
            arm INTEGER NOT NULL,
            decisions INTEGER NOT NULL,
            PRIMARY KEY (author, day, route, category, arm)) STRICT, WITHOUT ROWID;
        """

    /// What was said, where `privacy.store_content` is on.
    private static let content = """
        CREATE TABLE content (
            decision INTEGER PRIMARY KEY REFERENCES decision (seq) ON DELETE CASCADE, request BLOB, answer BLOB) STRICT;
        """

    /// `decision.reserved` is what was held of daily limits until the outcome; NULL where nothing was asked of a provider.
    private static let money = """
        ALTER TABLE decision ADD COLUMN reserved INTEGER;

        CREATE TABLE charge (
            id INTEGER PRIMARY KEY,
            decision INTEGER UNIQUE,
            time INTEGER NOT NULL,
            key INTEGER NOT NULL,
            tokens INTEGER,
            cost INTEGER NOT NULL) STRICT;
        CREATE INDEX charge_time ON charge (time);
        """

    /// The number of the name of what named the session.
    private static let sessions = "ALTER TABLE decision ADD COLUMN session_source INTEGER;"
    /// Decisions that the router only made count for less, as all before it are taken to have been served.
    private static let decideOnly = "ALTER TABLE decision ADD COLUMN decide_only INTEGER NOT NULL DEFAULT 0;"

    /// Reporting outcomes has a scope of its own since; keys that could do it before have both.
    private static let outcomeScope = """
        UPDATE api_key SET scopes = scopes || ' outcome' WHERE ' ' || scopes || ' ' LIKE '% chat %';
        """

    /// Who reported the outcome of a decision without a call, and whether it counted when it came.
    private static let reported = """
        CREATE TABLE reported (
            decision INTEGER PRIMARY KEY REFERENCES decision (seq) ON DELETE CASCADE, author INTEGER NOT NULL,
            counted INTEGER NOT NULL) STRICT;
        """

    /// Arms added while serving.
    private static let addedArms = """
        CREATE TABLE added_arm (
            id TEXT PRIMARY KEY, body TEXT NOT NULL, added INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """

    private static let administration = """
        CREATE TABLE api_key (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            key_group TEXT NOT NULL,
            hash BLOB NOT NULL UNIQUE,
            scopes TEXT NOT NULL,
            requests_per_minute INTEGER,
            tokens_per_minute INTEGER,
            concurrent INTEGER,
            cost_per_day INTEGER,
            created INTEGER NOT NULL,
            expires INTEGER,
            revoked INTEGER) STRICT;

        CREATE TABLE budget_baseline (
            route TEXT PRIMARY KEY,
            usd_per_request REAL NOT NULL,
            requests INTEGER NOT NULL,
            spent INTEGER NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE quarantine_request (author TEXT PRIMARY KEY, time INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """
}
