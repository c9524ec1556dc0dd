import BanditCore
import Testing

@Suite struct LinearTests {
    @Test("Sherman–Morrison updates are the ridge regression solved from scratch")
    func ridge() {
        let d = 5
        var generator = Xoshiro256StarStar(seed: 1)
        var arms = LinearArms(armCount: 2, dimension: d, lambda: 0.7)
        var matrix = (0..<d).map { i in (0..<d).map { $0 == i ? 0.7 : 0 } }
        var vector = [Double](repeating: 0, count: d)
        for round in 0..<200 {
            let x = (0..<d).map { _ in generator.normal() }
            let reward = x[0] - 0.5 * x[3] + 0.1 * generator.normal()
            arms.add(arm: round % 2, context: x, reward: reward)
            if round % 2 == 0 {
                for i in 0..<d {
                    for j in 0..<d { matrix[i][j] += x[i] * x[j] }
                    vector[i] += reward * x[i]
                }
            }
        }
        let x = (0..<d).map { _ in generator.normal() }
        let (theta, solved) = (solve(matrix, vector), solve(matrix, x))
        let (mean, spread) = arms.prediction(0, context: x)
        #expect(abs(mean - zip(theta, x).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-11)
        #expect(abs(spread - zip(solved, x).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-11)
        for (i, value) in arms.coefficients(of: 0).enumerated() { #expect(abs(value - theta[i]) < 1e-11) }
    }

    /// Gaussian elimination with pivoting.
    private func solve(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
        var rows = zip(matrix, vector).map { $0 + [$1] }
        let n = rows.count
        for column in 0..<n {
            let pivot = (column..<n).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
            rows.swapAt(column, pivot)
            for row in 0..<n where row != column {
                let factor = rows[row][column] / rows[column][column]
                for k in column...n { rows[row][k] -= factor * rows[column][k] }
            }
        }
        return (0..<n).map { rows[$0][n] / rows[$0][$0] }
    }

    @Test("taking observations back returns to what was before")
    func retraction() {
        var generator = Xoshiro256StarStar(seed: 2)
        var arms = LinearArms(armCount: 1, dimension: 6)
        let fresh = arms
        let events = (0..<50).map { _ in ((0..<6).map { _ in generator.normal() }, generator.uniform()) }
        for (x, r) in events { arms.add(arm: 0, context: x, reward: r) }
        arms.add(arm: 0, context: [.nan, 0, 0, 0, 0, 0], reward: 1)
        #expect(arms.counts == [50])
        for (x, r) in events.shuffled(using: &generator) { arms.retract(arm: 0, context: x, reward: r) }
        let probe = [1.0, -1, 0.5, 2, 0, 1]
        let (before, after) = (fresh.prediction(0, context: probe), arms.prediction(0, context: probe))
        #expect(abs(before.mean - after.mean) < 1e-9 && abs(before.spread - after.spread) < 1e-8)
    }

    @Test("the scalar trick has the law of the vector normal; draws follow the exact distribution")
    func law() throws {
        var generator = Xoshiro256StarStar(seed: 3)
        var arms = LinearArms(armCount: 3, dimension: 4)
        for _ in 0..<30 {
            arms.add(
                arm: generator.index(below: 3), context: (0..<4).map { _ in generator.normal() },
                reward: generator.uniform())
        }
        let context = [0.4, -1, 0.7, 0.2]
        for policy in [
            try LinearPolicy(PolicySpecification.parse(kind: "lin-thompson")),
            try LinearPolicy(PolicySpecification.parse(kind: "lin-ucb", parameters: ["alpha": 0.3])),
        ] {
            for penalty in [[], [0.1, 0, 0.2]] {
                for eligible in [ArmSet(first: 3), ArmSet([0, 2]), ArmSet([1])] {
                    let p = policy.distribution(arms, context: context, penalty: penalty, eligible: eligible)
                    #expect(abs(p.probabilities.reduce(0, +) - 1) < 1e-12)
                    var counts = [0, 0, 0]
                    for _ in 0..<20_000 {
                        counts[
                            policy.draw(
                                arms, context: context, penalty: penalty, eligible: eligible, using: &generator)] += 1
                    }
                    let (value, degrees) = Check.chiSquare(counts, p.probabilities)
                    #expect(value < Check.bound(degrees: degrees))
                }
            }
        }
    }

    @Test("linear Thompson sampling learns which arm a context calls for; uniform play does not")
    func learning() {
        let truth = [[0.8, -0.2, 0.1], [-0.6, 0.5, 0.1], [0.0, 0.0, 0.4]]
        var regrets: [Double] = []
        for seed in 0..<10 {
            var generator = Xoshiro256StarStar(seed: UInt64(seed))
            var arms = LinearArms(armCount: 3, dimension: 3)
            var regret = 0.0
            for _ in 0..<2_000 {
                let x = [generator.normal(), generator.normal(), 1]
                let means = truth.map { zip($0, x).reduce(0) { $0 + $1.0 * $1.1 } }
                let arm = LinearPolicy.thompson(scale: 0.3)
                    .draw(arms, context: x, eligible: ArmSet(first: 3), using: &generator)
                arms.add(arm: arm, context: x, reward: means[arm] + 0.3 * generator.normal())
                regret += (means.max() ?? 0) - means[arm]
            }
            regrets.append(regret)
        }
        // Uniform play loses about 0.75 a round (1,500); d·K·σ²-type rates of the problem are a few tens.
        #expect(Check.mean(regrets) < 30)
    }
}
