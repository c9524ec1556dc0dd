package import RoutingEngine

/// Values by key, bounded in number and bytes; the least recently used goes first, and none is given after its time.
///
/// A doubly linked list through an array of slots: every operation is O(1) and nothing is moved.
package struct AnswerShelf<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Slot: Sendable {
        var key: Key
        var value: Value
        var bytes: Int
        var expiresAt: Timestamp
        var newer: Int
        var older: Int
    }

    private var slots: [Slot?] = []
    private var free: [Int] = []
    private var positions: [Key: Int] = [:]
    /// -1: none.
    private var newest = -1
    private var oldest = -1
    package private(set) var bytes = 0
    package private(set) var maxEntries: Int
    package private(set) var maxBytes: Int

    package var count: Int { positions.count }

    package init(maxEntries: Int, maxBytes: Int) {
        self.maxEntries = maxEntries
        self.maxBytes = maxBytes
    }

    /// Takes over other bounds; what is too much goes.
    package mutating func limit(entries: Int, bytes: Int) {
        (maxEntries, maxBytes) = (entries, bytes)
        shrink()
    }

    /// The value of a key, where there is one whose time is not over.
    package mutating func value(_ key: Key, now: Timestamp) -> Value? {
        guard let position = positions[key], let slot = slots[position] else { return nil }
        guard slot.expiresAt > now else {
            remove(position)
            return nil
        }
        unlink(position)
        link(position)
        return slot.value
    }

    /// Keeps a value; one of more than all bytes allowed is not kept.
    ///
    /// - Parameter bytes: what it counts as.
    package mutating func keep(_ value: Value, for key: Key, bytes: Int, until expiresAt: Timestamp) {
        if let position = positions[key] { remove(position) }
        guard bytes <= maxBytes else { return }
        let slot = Slot(key: key, value: value, bytes: bytes, expiresAt: expiresAt, newer: -1, older: -1)
        let position: Int
        if let reused = free.popLast() {
            position = reused
            slots[position] = slot
        } else {
            position = slots.count
            slots.append(slot)
        }
        positions[key] = position
        self.bytes += bytes
        link(position)
        shrink()
    }

    private mutating func shrink() {
        while count > maxEntries || bytes > maxBytes, oldest >= 0 { remove(oldest) }
    }

    private mutating func remove(_ position: Int) {
        unlink(position)
        guard let slot = slots[position] else { return }
        bytes -= slot.bytes
        positions[slot.key] = nil
        slots[position] = nil
        free.append(position)
    }

    private mutating func link(_ position: Int) {
        slots[position]?.older = newest
        slots[position]?.newer = -1
        if newest >= 0 { slots[newest]?.newer = position }
        newest = position
        if oldest < 0 { oldest = position }
    }

    private mutating func unlink(_ position: Int) {
        guard let slot = slots[position] else { return }
        if slot.newer >= 0 { slots[slot.newer]?.older = slot.older } else { newest = slot.older }
        if slot.older >= 0 { slots[slot.older]?.newer = slot.newer } else { oldest = slot.newer }
    }
}
