/// The values a file has for rewards, good or not: they tell what scale it writes them on.
struct WrittenRewards {
    private var lowest = Double.infinity
    private var highest = -Double.infinity
    private var areWhole = true

    @inline(__always)
    mutating func add(_ value: Double) {
        if value < lowest { lowest = value }
        if value > highest { highest = value }
        if areWhole, value != value.rounded(), !value.isNaN { areWhole = false }
    }

    /// "from 0 to 5"; nil where there are none.
    var range: String? {
        lowest <= highest ? "from \(Self.text(lowest)) to \(Self.text(highest))" : nil
    }

    /// What makes rewards in [0, 1] of them; nil where there are none, or they are. `command`: what the flags belong to, where that is
    /// not the one given.
    func remedy(command: String? = nil) -> String? {
        guard lowest <= highest, lowest < 0 || highest > 1 else { return nil }
        let prefix = command.map { $0 + " " } ?? ""
        let range = "the file's rewards are from \(Self.text(lowest)) to \(Self.text(highest)): "
        if lowest >= -1, highest <= 0 {
            return range + "if they are costs, less being better, `\(prefix)--reward-sign -1` makes rewards of them"
        }
        let scale = commonScale ?? (lowest, lowest < highest ? highest : lowest + 1)
        let flag = "`\(prefix)--reward-scale \(Self.text(scale.low)):\(Self.text(scale.high))`"
        return range + "\(flag) brings them to [0, 1] (with `--reward-sign -1` where less is better); "
            + "its ends are those of the scale, not of what was given"
    }

    /// Stars, marks, per cent.
    private var commonScale: (low: Double, high: Double)? {
        if lowest < 0 { return lowest >= -1 && highest <= 1 && areWhole ? (-1, 1) : nil }
        if highest > 10 { return highest <= 100 && highest > 50 ? (0, 100) : nil }
        guard areWhole else { return nil }
        return (lowest >= 1 ? 1 : 0, highest > 5 ? 10 : 5)
    }

    private static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(saturating: value))" : "\(value)"
    }
}
