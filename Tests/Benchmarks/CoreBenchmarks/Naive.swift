import RealModule

// What one writes in an afternoon, to measure against: the system's generator, Box–Muller, objects, dictionaries of names,
// a vector normal for linear Thompson sampling.

/// Thompson sampling with Beta posteriors kept by name.
struct NaiveThompson {
    var posteriors: [String: (alpha: Double, beta: Double)]
    var generator = SystemRandomNumberGenerator()

    init(arms: Int) {
        posteriors = Dictionary(uniqueKeysWithValues: (0..<arms).map { ("arm-\($0)", (1, 1)) })
    }

    mutating func normal() -> Double {
        let radius = (-2 * Double.log(Double.random(in: 1e-300..<1, using: &generator))).squareRoot()
        return radius * Double.cos(2 * .pi * Double.random(in: 0..<1, using: &generator))
    }

    mutating func gamma(_ shape: Double) -> Double {
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let v = Double.pow(1 + c * x, 3)
            if v <= 0 { continue }
            let u = Double.random(in: 1e-300..<1, using: &generator)
            if Double.log(u) < 0.5 * x * x + d - d * v + d * Double.log(v) { return d * v }
        }
    }

    mutating func choose() -> String {
        var draws: [String: Double] = [:]
        for (arm, shapes) in posteriors {
            let x = gamma(shapes.alpha)
            draws[arm] = x / (x + gamma(shapes.beta))
        }
        return draws.max { $0.value < $1.value }?.key ?? ""
    }

    mutating func learn(_ arm: String, _ reward: Double) {
        let old = posteriors[arm] ?? (1, 1)
        posteriors[arm] = (old.alpha + reward, old.beta + 1 - reward)
    }
}

/// The action distribution by simulation, as packages that offer one do it.
func simulatedDistribution(_ alpha: [Double], _ beta: [Double], samples: Int) -> [Double] {
    var naive = NaiveThompson(arms: 1)
    var wins = [Double](repeating: 0, count: alpha.count)
    for _ in 0..<samples {
        let draws = alpha.indices.map { arm -> Double in
            let x = naive.gamma(alpha[arm])
            return x / (x + naive.gamma(beta[arm]))
        }
        wins[draws.indices.max { draws[$0] < draws[$1] } ?? 0] += 1 / Double(samples)
    }
    return wins
}
