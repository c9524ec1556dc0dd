/// Where the probability with which a row's arm was drawn comes from.
package enum PropensitySource: Sendable, Equatable {
    /// The log says it.
    case logged
    /// The log does not, and the arms are said to have been drawn at random with fixed shares: those that they had, overall or in each
    /// category.
    case shares(byCategory: Bool)
}

extension DecisionLog {
    /// Fills in propensities and probabilities by the shares the arms had among the fresh rows with the same list of arms.
    ///
    /// - Returns: whether chance had a part: in some group more than one arm was drawn.
    mutating func takeShares(byCategory: Bool) -> Bool {
        let lists = names.armLists.count
        func groups(_ rows: LogRows) -> [Int] {
            rows.armList.indices.map { Int(rows.armList[$0]) + (byCategory ? Int(rows.category[$0]) * lists : 0) }
        }
        let used = groups(rows)
        let silent = groups(silentRows)
        let groupCount = lists * (byCategory ? names.categories.count : 1)
        var draws = (0..<groupCount).map { [Double](repeating: 0, count: names.armLists[$0 % lists].count) }
        for (row, group) in used.enumerated() { draws[group][Int(rows.slot[row])] += 1 }
        for (row, group) in silent.enumerated() { draws[group][Int(silentRows.slot[row])] += 1 }
        let shares = draws.map { counts in
            let total = counts.reduce(0, +)
            return total > 0 ? counts.map { $0 / total } : counts
        }
        rows.take(shares, group: used)
        silentRows.take(shares, group: silent)
        notes.append(
            "The log has no propensities: they are the shares with which the arms were drawn\(byCategory ? " in each category" : ""). "
                + "The estimates hold only if the arm was drawn at random with these shares, whatever the request was; "
                + "nothing in the log can show that.")
        if !byCategory, let doubt = unequalShares(shares) { notes.append(doubt) }
        return draws.contains { counts in counts.count { $0 > 0 } > 1 }
    }

    /// A sentence where a category's shares are not those of the whole: then chance was not all that drew.
    private func unequalShares(_ shares: [[Double]]) -> String? {
        guard names.armLists.count == 1, names.categories.count > 1 else { return nil }
        let armCount = names.armLists[0].count
        var counts = [[Double]](
            repeating: [Double](repeating: 0, count: armCount), count: names.categories.count)
        for rows in [rows, silentRows] {
            for row in 0..<rows.count { counts[Int(rows.category[row])][Int(rows.slot[row])] += 1 }
        }
        var worst: (z: Double, category: Int, slot: Int) = (5, -1, -1)
        for category in counts.indices {
            let total = counts[category].reduce(0, +)
            for slot in 0..<armCount where shares[0][slot] > 0 && shares[0][slot] < 1 {
                let spread = (total * shares[0][slot] * (1 - shares[0][slot])).squareRoot()
                guard spread > 0 else { continue }
                let z = abs(counts[category][slot] - total * shares[0][slot]) / spread
                if z > worst.z { worst = (z, category, slot) }
            }
        }
        guard worst.category >= 0 else { return nil }
        let arm = names.arms[names.armLists[0][worst.slot]]
        return
            "In the category '\(names.categories[worst.category])' the arm \(arm) was drawn \(Int(saturating: counts[worst.category][worst.slot])) times, "
            + "which is not its share of the whole log: the split was not the same in every category (--propensities shares:by=category)."
    }
}

extension LogRows {
    /// Takes the shares of each row's group for its probabilities.
    fileprivate mutating func take(_ shares: [[Double]], group: [Int]) {
        var column = DistributionColumn()
        var starts = [UInt32?](repeating: nil, count: shares.count)
        for (row, group) in group.enumerated() {
            propensity[row] = shares[group][Int(slot[row])]
            if let start = starts[group] {
                column.starts.append(start)
            } else {
                shares[group].withUnsafeBufferPointer { column.append($0) }
                starts[group] = column.starts.last
            }
        }
        probabilities = column
    }
}
