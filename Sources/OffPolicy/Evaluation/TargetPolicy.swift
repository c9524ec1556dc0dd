/// A policy to be judged, as its probabilities on every row of a log.
package struct TargetPolicy: Sendable {
    /// As the command line spells it.
    package let name: String
    /// `[row]`: probabilities in the order of the row's list of arms; a vector may sum to less than 1 where the policy wants an
    /// arm that is not eligible. Nil for `logged` on a log that only has the propensity of the arm drawn.
    package let masses: DistributionColumn?
    /// Every row's vector sums to 1, as far as validated logs do: nothing is wanted that is not eligible.
    package let isComplete: Bool
    /// `[row]`: the probability of the arm drawn, where it is known without looking into the vectors.
    package let drawn: [Double]?

    package init(name: String, masses: DistributionColumn?, isComplete: Bool = true, drawn: [Double]? = nil) {
        self.name = name
        self.masses = masses
        self.isComplete = isComplete
        self.drawn = drawn
    }

    /// What was logged.
    package static func logged(_ rows: LogRows, range: Range<Int>) -> TargetPolicy {
        TargetPolicy(name: "logged", masses: rows.hasProbabilities(in: range) ? rows.probabilities : nil)
    }

    /// The same probability for every eligible arm.
    package static func uniform(_ names: LogNames, _ rows: LogRows) -> TargetPolicy {
        byList("uniform", names, rows) { list in
            [Double](repeating: 1 / Double(list.count), count: list.count)
        }
    }

    /// Always `arm`; no mass at all on rows where it is not eligible. Nil when the log has no such arm.
    package static func fixed(_ arm: String, _ names: LogNames, _ rows: LogRows) -> TargetPolicy? {
        guard let index = names.arms.firstIndex(of: arm) else { return nil }
        let isEverywhere = names.armLists.allSatisfy { $0.contains(index) }
        return byList("fixed:\(arm)", names, rows, isComplete: isEverywhere) { list in list.map { $0 == index ? 1 : 0 }
        }
    }

    /// A column of the log. Nil when there is none of that name; rows may lack it.
    package static func column(_ name: String, _ rows: LogRows) -> TargetPolicy? {
        rows.targets[name].map { TargetPolicy(name: "column:\(name)", masses: $0, drawn: rows.targetsOfArm[name]) }
    }

    /// The first row of the range this policy says nothing about.
    package func firstAbsentRow(in range: Range<Int>) -> Int? {
        masses.flatMap { masses in range.first { masses.starts[$0] == DistributionColumn.absent } }
    }

    /// One vector for every list of arms.
    private static func byList(
        _ name: String, _ names: LogNames, _ rows: LogRows, isComplete: Bool = true, _ vector: ([Int]) -> [Double]
    ) -> TargetPolicy {
        var column = DistributionColumn()
        let starts = names.armLists.map { list in
            let start = UInt32(column.values.count)
            column.values += vector(list)
            return start
        }
        column.starts = rows.armList.map { starts[Int($0)] }
        column.smallest = column.values.min() ?? .infinity
        return TargetPolicy(name: name, masses: column, isComplete: isComplete)
    }

    /// One vector for every category and list of arms: what a policy frozen in its state comes to. `vector` gets category and list.
    package static func byCategory(
        _ name: String, _ names: LogNames, _ rows: LogRows, _ vector: (Int, [Int]) -> [Double]
    ) -> TargetPolicy {
        var column = DistributionColumn()
        var known: [UInt64: UInt32] = [:]
        column.starts.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            let key = UInt64(rows.category[row]) << 32 | UInt64(rows.armList[row])
            if let start = known[key] {
                column.starts.append(start)
                continue
            }
            let start = UInt32(column.values.count)
            column.values += vector(Int(rows.category[row]), names.armLists[Int(rows.armList[row])])
            known[key] = start
            column.starts.append(start)
        }
        column.smallest = column.values.min() ?? .infinity
        return TargetPolicy(name: name, masses: column)
    }
}
