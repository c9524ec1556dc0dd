import BanditCore
import Testing

/// States every policy is tried on: fresh, uneven, tied, priced, sharp, faded.
private let states: [(name: String, state: CategoryState)] = [
    ("fresh", CategoryState(armCount: 4)),
    (
        "uneven",
        CategoryState(
            count: [12, 30, 3, 50], rewardSum: [7, 20, 1.5, 26], rewardSumSquares: [6, 18, 0.9, 24],
            weightedLoss: [20, 22, 15, 30])
    ),
    ("tied", CategoryState(count: [10, 10, 10, 4], rewardSum: [6, 6, 6, 1], weightedLoss: [9, 9, 9, 12])),
    (
        "priced",
        CategoryState(
            count: [12, 30, 3, 50], rewardSum: [7, 20, 1.5, 26], penalty: [0.1, 0.3, 0, 0.02],
            weightedLoss: [20, 22, 15, 30])
    ),
    (
        "one unplayed",
        CategoryState(count: [12, 30, 0, 50], rewardSum: [7, 20, 0, 26], weightedLoss: [20, 22, 0, 30])
    ),
    (
        "faded",
        CategoryState(
            count: [1e-3, 0.2, 0.01, 1e-9], rewardSum: [1e-3, 0.1, 0.002, 0], prior: ArmPrior(strength: 0.02))
    ),
    ("small shapes", CategoryState(alpha: [0.01, 0.002, 0.3, 1e-3], beta: [0.02, 0.001, 0.1, 0.5])),
    (
        "small shapes, priced",
        CategoryState(alpha: [0.01, 0.002, 0.3, 1e-3], beta: [0.02, 0.001, 0.1, 0.5], penalty: [0, 0.1, 0.1, 0.05])
    ),
    ("concentrated", CategoryState(alpha: [9, 8, 3, 4], beta: [3, 3, 1, 5], concentration: 3)),
]

/// Every kind of policy over cells, with defaults and with other numbers.
private let specifications: [PolicySpecification] = {
    let extra: [(String, [String: Double])] = [
        ("top-two-thompson", ["beta": 0.2]), ("ucb1", ["c": 0.3]), ("kl-ucb", ["c": 3]),
        ("bayes-ucb", ["c": 2, "horizon": 1e4]),
        ("moss", ["horizon": 500]), ("epsilon-greedy", ["epsilon": 0.5, "decay": 20]),
        ("softmax", ["temperature": 0.1]),
        ("exp3", ["eta": 0.05]), ("tsallis-inf", ["eta": 0.5]), ("square-cb", ["gamma": 200, "exponent": 0]),
    ]
    let plain = PolicyKind.allCases.map { ($0.rawValue, [String: Double]()) }
    return (plain + extra).compactMap {
        try? PolicySpecification.parse(kind: $0.0, parameters: $0.1, arm: $0.0 == "fixed" ? "c" : nil)
    }
}()

extension PolicySpecification: CustomTestStringConvertible {
    package var testDescription: String { "\(kind.rawValue) \(parameters)" }
}

@Suite struct PolicyTests {
    @Test("draws follow the distribution: χ² at 1e-6, every policy, every state", arguments: specifications)
    func law(_ specification: PolicySpecification) throws {
        let policy = try specification.make { ["a": 0, "b": 1, "c": 2, "d": 3][$0] }
        var generator = Xoshiro256StarStar(seed: 77)
        // Index policies only have ties to get right, and some take their time.
        let draws = specification.kind.isDeterministic ? 400 : 6_000
        for (name, state) in states {
            for eligible in [ArmSet(first: 4), ArmSet([0, 2, 3])] {
                for wrapped in [
                    policy, FlooredPolicy(policy, floor: 0.05),
                    CanaryPolicy(FlooredPolicy(policy, floor: 0.05), shares: [0.2, 0.1, 0, 0]),
                ] {
                    let distribution = wrapped.distribution(state, eligible: eligible)
                    let sum = distribution.probabilities.reduce(0, +)
                    #expect(abs(sum - 1) < 1e-12, "\(name)")
                    for arm in 0..<4 where !eligible.contains(arm) { #expect(distribution.probabilities[arm] == 0) }
                    var counts = [0, 0, 0, 0]
                    for _ in 0..<draws { counts[wrapped.draw(state, eligible: eligible, using: &generator)] += 1 }
                    let (value, degrees) = Check.chiSquare(counts, distribution.probabilities)
                    #expect(
                        value < Check.bound(degrees: degrees), "\(name): \(counts) for \(distribution.probabilities)")
                    if wrapped is CanaryPolicy {
                        #expect(abs(distribution.probabilities[0] - 0.2) < 1e-12)
                        #expect(abs(distribution.probabilities[1] - (eligible.contains(1) ? 0.1 : 0)) < 1e-12)
                    }
                    if wrapped is FlooredPolicy {
                        for arm in eligible { #expect(distribution.probabilities[arm] >= 0.05 - 1e-12) }
                    }
                }
            }
        }
    }

    @Test("one eligible arm is certain, none gives no probability", arguments: specifications)
    func fewArms(_ specification: PolicySpecification) throws {
        let policy = try specification.make { _ in 2 }
        var generator = Xoshiro256StarStar(seed: 1)
        for (_, state) in states {
            #expect(policy.distribution(state, eligible: ArmSet([1])).probabilities == [0, 1, 0, 0])
            #expect(policy.draw(state, eligible: ArmSet([1]), using: &generator) == 1)
            #expect(policy.distribution(state, eligible: ArmSet()).probabilities == [0, 0, 0, 0])
        }
    }

    @Test("top-two's closed form: the reference's figures")
    func topTwo() {
        // RESEARCH: against simulation 0.4934, 0.1974, 0.3087, .0006 for the posteriors below with β = ½.
        let state = CategoryState(alpha: [60, 50, 30, 20], beta: [40, 50, 30, 40])
        let p = TopTwoThompsonPolicy().distribution(state, eligible: ArmSet(first: 4)).probabilities
        for (value, expected) in zip(p, [0.4934, 0.1974, 0.3087, 0.0006]) { #expect(abs(value - expected) < 6e-4) }
        // A leader that is certain to the last digit leaves the second place to the others.
        let sharp = CategoryState(alpha: [1e6, 10, 10], beta: [10, 1e6, 1e6])
        let q = TopTwoThompsonPolicy().distribution(sharp, eligible: ArmSet(first: 3)).probabilities
        #expect(abs(q[0] - 0.5) < 1e-9 && abs(q[1] - 0.25) < 1e-6 && abs(q[2] - 0.25) < 1e-6)
    }

    @Test("inverse-gap weighting, Tsallis weights and exponential weights satisfy their equations")
    func equations() throws {
        let state = states[1].state
        let all = ArmSet(first: 4)
        let square = SquareCBPolicy(gamma: 10, exponent: 0.5).distribution(state, eligible: all).probabilities
        let means = (0..<4).map { state.mean($0) }
        let best = means.indices.max { means[$0] < means[$1] } ?? 0
        for arm in 0..<4 where arm != best {
            let gap = means[best] - means[arm]
            #expect(abs(square[arm] - 1 / (4 + 10 * 95.0.squareRoot() * gap)) < 1e-12)
        }
        let tsallis = TsallisINFPolicy().distribution(state, eligible: all).probabilities
        // 4(η(L − x))⁻²: differences of p^(−½) are η/2 times differences of loss.
        let eta = 2 / 95.0.squareRoot()
        let gap = 1 / tsallis[3].squareRoot() - 1 / tsallis[0].squareRoot()
        #expect(abs(gap - 0.5 * eta * 10) < 1e-10)
        let weights = EXP3IXPolicy(eta: 0.1).distribution(state, eligible: all).probabilities
        #expect(abs(weights[0] / weights[3] - 2.718281828459045) < 1e-9)
    }

    @Test("fixed plays its arm while it may, then the best of the rest")
    func fixed() {
        let state = states[1].state
        let policy = FixedPolicy(arm: 0)
        #expect(policy.distribution(state, eligible: ArmSet(first: 4)).probabilities == [1, 0, 0, 0])
        #expect(policy.distribution(state, eligible: ArmSet([1, 2])).probabilities == [0, 1, 0, 0])
    }

    @Test("unknown words are named with the nearest valid one, numbers with their range")
    func words() {
        func message(_ kind: String, _ parameters: [String: Double] = [:], arm: String? = nil) -> String {
            do {
                _ = try PolicySpecification.parse(kind: kind, parameters: parameters, arm: arm)
                return "accepted"
            } catch {
                return error.message
            }
        }
        #expect(message("tompson") == "unknown policy 'tompson'; did you mean 'thompson'?")
        #expect(message("epsilon_greedy").contains("'epsilon-greedy'"))
        #expect(message("epsilon-greedy", ["epsilo": 0.1]).contains("did you mean 'epsilon'?"))
        #expect(message("epsilon-greedy", ["epsilon": 1.5]).contains("must be in [0.0, 1.0], not 1.5"))
        #expect(message("ucb1", ["c": 0]).contains("must be positive"))
        #expect(message("ucb1", ["c": .nan]).contains("'c'"))
        #expect(message("thompson", ["c": 1]).contains("it has none"))
        #expect(message("fixed") == "policy 'fixed' needs an arm")
        #expect(message("uniform", arm: "a").contains("takes no arm"))
        #expect(message("exp3") == "accepted" && message("fixed", arm: "a") == "accepted")
        #expect(throws: PolicyError.self) { try PolicySpecification.parse(kind: "fixed", arm: "zz").make { _ in nil } }
        for kind in PolicyKind.allCases {
            for parameter in PolicySpecification.parameterNames(kind) {
                #expect(parameter.range.contains(parameter.defaultValue) && !parameter.documentation.isEmpty)
            }
        }
    }
}
