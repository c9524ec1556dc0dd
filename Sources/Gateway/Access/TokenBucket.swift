/// Holds up to `capacity` tokens and is refilled evenly, `capacity` a minute.
package struct TokenBucket: Sendable, Equatable {
    private let capacity: Double
    private var level: Double
    /// Seconds of a steady clock, at the last refill.
    private var filledAt: Double

    package init(perMinute: Int, at now: Double) {
        capacity = Double(perMinute)
        level = capacity
        filledAt = now
    }

    private mutating func refill(at now: Double) {
        level = min(capacity, level + max(0, now - filledAt) * capacity / 60)
        // Requests that meet have looked at the clock in another order.
        filledAt = max(filledAt, now)
    }

    /// Takes `amount` where the bucket holds it.
    ///
    /// - Returns: nil where it was taken, else the seconds until it could be.
    package mutating func take(_ amount: Double, at now: Double) -> Double? {
        refill(at: now)
        if level >= amount {
            level -= amount
            return nil
        }
        return (amount - level) * 60 / capacity
    }

    /// As ``take(_:at:)``, without taking.
    package mutating func waits(for amount: Double, at now: Double) -> Double? {
        refill(at: now)
        return level >= amount ? nil : (amount - level) * 60 / capacity
    }

    /// What it holds; below zero where more was charged.
    package mutating func level(at now: Double) -> Double {
        refill(at: now)
        return level
    }

    /// Whether anything is left, without taking: nil, else the seconds until the level is above zero.
    package mutating func admits(at now: Double) -> Double? {
        refill(at: now)
        return level > 0 ? nil : (-level) * 60 / capacity + 1e-3
    }

    /// Takes `amount`, below zero if need be: for what is known only afterwards.
    package mutating func charge(_ amount: Double, at now: Double) {
        refill(at: now)
        level -= amount
    }

    package mutating func remaining(at now: Double) -> Double {
        refill(at: now)
        return max(0, level)
    }
}
