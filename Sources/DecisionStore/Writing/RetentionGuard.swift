package import RoutingEngine

/// Why nothing is deleted at the moment, though decisions are older than `privacy.retention`.
package enum RetentionPause: Sendable, Equatable {
    /// The wall clock went another way than uptime, or than the log says it went while no router ran, by so many microseconds.
    case clockJumped(by: Timestamp)
    /// The newest entries of the log are of so many microseconds after now.
    case entriesAhead(by: Timestamp)
}

/// Whether the clock can be believed enough to delete by it, and how much may be deleted.
///
/// A clock that is months ahead makes a whole log look old. So three things must agree: the wall clock, uptime, and the newest entries.
/// After a jump nothing is deleted until the clock has run evenly for a day of uptime, in which somebody can see the alarm; and then, as
/// always, not more than a share of the log a day. A value without a clock: the caller says when it is.
struct RetentionGuard: Sendable, Equatable {
    /// A difference between two clocks that is no longer drift, or the correction of it.
    static let jump: Timestamp = 3_600_000_000
    /// For so long a router may have been switched off before its clock is doubted.
    static let longestRest: Timestamp = 7 * 86_400_000_000
    /// Uptime for which the clock has to run evenly after a jump.
    static let probation: Timestamp = 86_400_000_000
    private static let day: Timestamp = 86_400_000_000
    /// Of the decisions in the log, what may be deleted in a day of uptime.
    private static let share = 0.1
    /// May always be deleted, so that small logs are not kept for the sake of a fraction.
    private static let least = 100

    /// Uptime that has to pass evenly before anything is deleted; 0: it may be.
    private(set) var wait: Timestamp
    private(set) var pause: RetentionPause?
    /// Decisions that may still be deleted before ``renewal`` is over.
    private(set) var left: Int
    /// Uptime until more may be deleted.
    private(set) var renewal: Timestamp
    private var last: (wall: Timestamp, steady: Timestamp)

    static func == (one: RetentionGuard, two: RetentionGuard) -> Bool {
        one.wait == two.wait && one.pause == two.pause && one.left == two.left && one.renewal == two.renewal
            && one.last == two.last
    }

    /// What is kept from one process to the next.
    struct Memory: Sendable, Equatable {
        /// The wall clock at the last look.
        var seen: Timestamp
        var wait: Timestamp
        var left: Int
        var renewal: Timestamp
    }

    var memory: Memory { Memory(seen: last.wall, wait: wait, left: left, renewal: renewal) }

    /// - Parameters:
    ///   - memory: of the process before; nil: there was none.
    ///   - newest: time of the newest entry of the log; nil: there is none.
    init(_ memory: Memory?, newest: Timestamp?, wall: Timestamp, steady: Timestamp) {
        wait = max(0, min(Self.probation, memory?.wait ?? 0))
        left = max(0, memory?.left ?? 0)
        renewal = max(0, min(Self.day, memory?.renewal ?? 0))
        last = (wall, steady)
        if wait > 0 { pause = .clockJumped(by: 0) }
        guard let seen = memory?.seen ?? newest else { return }
        let gap = wall.subtractingSaturated(seen)
        if gap > Self.longestRest || gap < -Self.jump { doubt(.clockJumped(by: gap)) }
    }

    private mutating func doubt(_ reason: RetentionPause) {
        wait = Self.probation
        pause = reason
    }

    /// Takes the time.
    ///
    /// - Parameter newest: time of the newest entry of the log; nil: there is none.
    mutating func look(wall: Timestamp, steady: Timestamp, newest: Timestamp?) {
        let uptime = max(0, steady.subtractingSaturated(last.steady))
        let difference = wall.subtractingSaturated(last.wall).subtractingSaturated(uptime)
        last = (wall, steady)
        renewal = max(0, renewal - uptime)
        wait = max(0, wait - uptime)
        if difference.magnitude > UInt64(Self.jump) {
            doubt(.clockJumped(by: difference))
        } else if let newest, newest.subtractingSaturated(wall) > Self.jump {
            doubt(.entriesAhead(by: newest.subtractingSaturated(wall)))
        } else if wait == 0 {
            pause = nil
        }
    }

    /// How many decisions may be deleted now.
    ///
    /// - Parameters:
    ///   - retention: after which they are deleted; a short one needs more to be deleted a day.
    ///   - count: of the decisions in the log; asked for once a day of uptime.
    mutating func allowance(
        retention: Timestamp, count: () throws(StoreError) -> Int
    ) throws(StoreError) -> Int {
        guard wait == 0 else { return 0 }
        if renewal == 0 {
            let share = max(Self.share, 2 * Double(Self.day) / Double(max(1, retention)))
            left = max(Self.least, Int(saturating: Double(try count()) * min(1, share)))
            renewal = Self.day
        }
        return left
    }

    mutating func deleted(_ count: Int) { left = max(0, left - count) }
}

extension RetentionGuard.Memory {
    private static let keys = ["retention_seen", "retention_wait", "retention_left", "retention_renewal"]

    static func load(_ connection: Connection) throws(StoreError) -> Self? {
        let row = try connection.statement("SELECT value FROM meta WHERE key = ?")
        var values: [Int64] = []
        for key in keys {
            row.reset()
            row.bind(1, key)
            guard try row.step() else { return nil }
            values.append(row.integer(0))
        }
        row.reset()
        return Self(seen: values[0], wait: values[1], left: Int(values[2]), renewal: values[3])
    }

    func write(_ connection: Connection) throws(StoreError) {
        let insert = try connection.statement("INSERT OR REPLACE INTO meta VALUES (?, ?)")
        for (key, value) in zip(Self.keys, [seen, wait, Int64(left), renewal]) {
            insert.bind(1, key)
            insert.bind(2, value)
            try insert.run()
        }
    }
}
