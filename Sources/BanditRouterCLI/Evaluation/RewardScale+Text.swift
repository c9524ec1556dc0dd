import OffPolicy

extension RewardScale {
    /// `--reward-scale LOW:HIGH` and `--reward-sign 1|-1`. With −1 and no scale, a value v stands for the reward −v, as Vowpal Wabbit has
    /// it; with a scale for (HIGH − v)/(HIGH − LOW).
    init(text: String?, sign: Int) throws(CommandFailure) {
        guard sign == 1 || sign == -1 else { throw .usage("--reward-sign must be 1 or -1, not \(sign)") }
        guard let text else {
            self = sign == 1 ? .identity : RewardScale(lowest: -1, highest: 0, isLessBetter: true)
            return
        }
        let ends = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
        guard ends.count == 2, let low = ends[0], let high = ends[1], low < high, low.isFinite, high.isFinite else {
            throw .usage("--reward-scale must be LOW:HIGH with LOW below HIGH, as in 1:5, not '\(text)'")
        }
        self.init(lowest: low, highest: high, isLessBetter: sign == -1)
    }
}
