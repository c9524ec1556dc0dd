import OffPolicy

/// Small numbers by byte strings; a look-up takes no allocation.
struct ByteDictionary {
    private var slots: [Int32] = Array(repeating: -1, count: 64)
    private var keys: [[UInt8]] = []
    private var values: [Int] = []
    private var last = 0

    subscript(key: UnsafeBufferPointer<UInt8>) -> Int? {
        mutating get {
            if last < keys.count, Self.isEqual(keys[last], key) { return values[last] }
            let slot = find(key)
            guard slots[slot] >= 0 else { return nil }
            last = Int(slots[slot])
            return values[last]
        }
    }

    mutating func insert(_ key: UnsafeBufferPointer<UInt8>, _ value: Int) {
        if 2 * (keys.count + 1) > slots.count {
            slots = Array(repeating: -1, count: 2 * slots.count)
            for index in keys.indices {
                let slot = keys[index].withUnsafeBufferPointer { find($0) }
                slots[slot] = Int32(index)
            }
        }
        slots[find(key)] = Int32(keys.count)
        keys.append(Array(key))
        values.append(value)
    }

    private func find(_ key: UnsafeBufferPointer<UInt8>) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: DecisionIdentity(key).low) & mask
        while slots[slot] >= 0, !Self.isEqual(keys[Int(slots[slot])], key) { slot = (slot + 1) & mask }
        return slot
    }

    private static func isEqual(_ left: [UInt8], _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return left.withUnsafeBufferPointer { left in
            for index in 0..<left.count where left[index] != right[index] { return false }
            return true
        }
    }
}
