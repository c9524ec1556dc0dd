/// Feedback under way, by the round it is due in: a binary heap, so that memory is bounded by what is under way.
struct FeedbackQueue: Sendable {
    struct Item: Sendable {
        /// The round before whose decision it is folded.
        var due: Int
        /// The round of the decision it speaks of.
        var round: Int
        var category: Int
        var arm: Int
        var reward: Double
        /// NaN where the policy does not use propensities.
        var propensity: Double
    }

    private var heap: [Item] = []

    var isEmpty: Bool { heap.isEmpty }

    /// Earlier due first; of those due together, earlier decided first.
    private static func precedes(_ a: Item, _ b: Item) -> Bool { (a.due, a.round) < (b.due, b.round) }

    mutating func insert(_ item: Item) {
        heap.append(item)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.precedes(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// The next item due by a round, taken out; nil when there is none.
    mutating func next(dueBy round: Int) -> Item? {
        guard let first = heap.first, first.due <= round else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if Self.precedes(heap[child], heap[least]) { least = child }
            }
            if least == parent { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
