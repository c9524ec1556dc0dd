import Synchronization

/// Which arm a session keeps, bounded and in memory: the sessions used longest ago are forgotten first.
///
/// A restart takes the newest of them up from the log. Where one is forgotten all the same, the next turn of its conversation is a fresh
/// decision, which costs a warm prompt cache and nothing else.
package final class SessionTable: Sendable {
    package struct Key: Sendable, Hashable {
        let route: String
        let group: String
        let session: String

        package init(route: String, group: String, session: String) {
            self.route = route
            self.group = group
            self.session = session
        }
    }

    package struct Seat: Sendable, Equatable {
        package var arm: String
        package var category: String

        package init(arm: String, category: String) {
            self.arm = arm
            self.category = category
        }
    }

    private struct Generations {
        var young: [Key: Seat] = [:]
        var old: [Key: Seat] = [:]
    }

    /// Two generations stand in for a least-recently-used list: a hit moves to the young one, and when that is full the old one is
    /// dropped whole. At most `capacity` sessions are held, and at least the last `capacity / 2` used.
    private let generations = Mutex(Generations())
    private let half: Int

    /// - Parameter capacity: sessions held at the most.
    package init(capacity: Int = 200_000) {
        half = max(1, capacity / 2)
    }

    package func seat(_ key: Key) -> Seat? {
        generations.withLock { table in
            if let seat = table.young[key] { return seat }
            guard let seat = table.old.removeValue(forKey: key) else { return nil }
            insert(seat, key, &table)
            return seat
        }
    }

    package func free(_ key: Key) {
        generations.withLock { table in
            table.young[key] = nil
            table.old[key] = nil
        }
    }

    package func keep(_ seat: Seat, for key: Key) {
        generations.withLock { insert(seat, key, &$0) }
    }

    private func insert(_ seat: Seat, _ key: Key, _ table: inout Generations) {
        if table.young[key] == nil, table.young.count >= half {
            table.old = table.young
            table.young = [:]
        }
        table.young[key] = seat
    }
}
