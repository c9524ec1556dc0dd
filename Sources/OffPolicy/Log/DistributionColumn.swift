/// One vector of probabilities a row, each as long as the row's list of arms, in one flat array.
///
/// Rows may share a vector: a start is where the row's vector begins in `values`.
package struct DistributionColumn: Sendable {
    /// The start of a row that has no vector.
    package static let absent = UInt32.max

    package var values: [Double] = []
    /// `[row]`: index into `values`, or ``absent``.
    package var starts: [UInt32] = []
    /// The smallest probability of any vector; infinite while there is none.
    package var smallest = Double.infinity
    /// Whether any row has no vector.
    private var hasAbsent = false
    /// Whether any vector holds an exact 0.
    package var hasZero: Bool { smallest == 0 }

    package init() {}

    package init(values: [Double], starts: [UInt32]) {
        self.values = values
        self.starts = starts
        smallest = values.min() ?? .infinity
        hasAbsent = starts.contains(Self.absent)
    }

    package var count: Int { starts.count }

    /// Appends a row's vector. `shared`: a row whose vector is compared first and, when equal, used again.
    package mutating func append(_ vector: UnsafeBufferPointer<Double>, shared: Int? = nil) {
        if let shared, shared < starts.count, starts[shared] != Self.absent {
            let start = Int(starts[shared])
            if start + vector.count <= values.count {
                var isSame = true
                for index in 0..<vector.count where values[start + index] != vector[index] {
                    isSame = false
                    break
                }
                if isSame {
                    starts.append(starts[shared])
                    return
                }
            }
        }
        precondition(values.count < Int(UInt32.max) - vector.count, "a log holds at most 2^32 probabilities")
        starts.append(UInt32(values.count))
        values.append(contentsOf: vector)
        for probability in vector { smallest = min(smallest, probability) }
    }

    /// Appends a row without a vector.
    package mutating func appendAbsent() {
        starts.append(Self.absent)
        hasAbsent = true
    }

    /// Whether every row of the range has a vector.
    package func isComplete(in range: Range<Int>) -> Bool {
        guard count >= range.upperBound else { return false }
        return !hasAbsent || !starts[range].contains(Self.absent)
    }
}
