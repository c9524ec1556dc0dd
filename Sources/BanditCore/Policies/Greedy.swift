/// The arms of the largest score among the eligible ones: ties are shared evenly, so that no arm is preferred for its index.
enum Greedy {
    /// Arms whose score equals the largest; NaN counts as −∞. Empty only for an empty set.
    @inline(__always)
    static func best(_ eligible: ArmSet, score: (Int) -> Double) -> ArmSet {
        var (best, arms) = (-Double.infinity, ArmSet())
        for arm in eligible {
            let value = score(arm)
            if value > best {
                best = value
                arms = ArmSet()
                arms.insert(arm)
            } else if value == best {
                arms.insert(arm)
            }
        }
        return arms.isEmpty ? eligible : arms
    }

    static func distribution(_ arms: ArmSet, armCount: Int) -> ActionDistribution {
        arms.isEmpty
            ? ActionDistribution(probabilities: [Double](repeating: 0, count: armCount))
            : ActionDistribution(uniformOver: arms, armCount: armCount)
    }

    /// One of the arms, evenly; a word of randomness only where there is a choice.
    @inline(__always)
    static func draw(_ arms: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        let count = arms.count
        precondition(count > 0, "a draw needs an eligible arm")
        var skip = count == 1 ? 0 : generator.index(below: count)
        for arm in arms {
            if skip == 0 { return arm }
            skip -= 1
        }
        preconditionFailure("a set holds as many arms as it counts")
    }

    /// Draws from weights ≥ 0 of the eligible arms whose sum is `total` > 0.
    @inline(__always)
    static func draw(
        _ eligible: ArmSet, total: Double, using generator: inout Xoshiro256StarStar, weight: (Int) -> Double
    ) -> Int {
        var left = generator.uniform() * total
        var last = -1
        for arm in eligible {
            let value = weight(arm)
            if value <= 0 { continue }
            last = arm
            if left < value { return arm }
            left -= value
        }
        precondition(last >= 0, "a draw needs an arm of positive weight")
        return last
    }
}
