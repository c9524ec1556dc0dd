/// What a route's requests have cost: counted request by request as they end, and never forgotten.
///
/// Part of the fold: a budget goes on where it was after a restart. A request counts for the day (UTC) it was decided on. Days do not
/// begin twice: after a step of the clock back over midnight, requests count for the day that had begun, and so do those of the
/// day before that end late, which nobody can tell from them. Those of still earlier days than
/// the last one seen (of an import, or after a clock was days ahead) count for the whole only.
package struct SpendAccount: Sendable, Equatable {
    /// Requests that ended.
    package private(set) var requests: Int64 = 0
    /// Their known cost.
    package private(set) var spent: NanoDollars = 0
    /// Days since the epoch.
    package private(set) var day: Int64 = 0
    package private(set) var requestsOfDay: Int64 = 0
    package private(set) var spentOfDay: NanoDollars = 0
    /// When the last of them was decided; 0 before the first.
    package private(set) var lastTime: Timestamp = 0
    /// Time between requests, smoothed over about twenty; 0 before the second. Microseconds.
    package private(set) var interval: Double = 0

    private static let dayLength: Timestamp = 86_400_000_000
    private static let smoothing = 20.0

    package init() {}

    /// Counts a request that ended.
    ///
    /// - Parameters:
    ///   - cost: nil where it is unknown: then it is not counted as spent.
    ///   - time: of its decision.
    mutating func add(cost: NanoDollars?, time: Timestamp) {
        let cost = max(0, cost ?? 0)
        requests &+= 1
        spent.addSaturated(cost)
        let today = floorDivide(time, Self.dayLength)
        if today > day {
            day = today
            requestsOfDay = 0
            spentOfDay = 0
        }
        if today == day || today == day - 1 {
            requestsOfDay &+= 1
            spentOfDay.addSaturated(cost)
        }
        if lastTime > 0 {
            let gap = Double(min(Self.dayLength, max(0, time.subtractingSaturated(lastTime))))
            interval = interval > 0 ? interval + (gap - interval) / Self.smoothing : gap
        }
        // A clock that was more than a day ahead must not keep the gaps at nothing for as long.
        lastTime = lastTime.subtractingSaturated(time) > Self.dayLength ? time : max(lastTime, time)
    }

    /// Takes back what ``add(cost:time:)`` with the same arguments added to what was spent; the request stays counted.
    mutating func refund(cost: NanoDollars?, time: Timestamp) {
        let cost = max(0, cost ?? 0)
        spent = max(0, spent.subtractingSaturated(cost))
        let today = floorDivide(time, Self.dayLength)
        if today == day || today == day - 1 { spentOfDay = max(0, spentOfDay.subtractingSaturated(cost)) }
    }

    /// In the order of ``init(numbers:)``.
    var numbers: [Int64] {
        [
            requests, spent, day, requestsOfDay, spentOfDay, lastTime, Int64(bitPattern: interval.bitPattern),
        ]
    }

    static let numberCount = 7

    init(numbers: [Int64]) {
        requests = numbers[0]
        spent = numbers[1]
        day = numbers[2]
        requestsOfDay = numbers[3]
        spentOfDay = numbers[4]
        lastTime = numbers[5]
        interval = Double(bitPattern: UInt64(bitPattern: numbers[6]))
    }
}
