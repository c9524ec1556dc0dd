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

/// Disjoint linear Thompson sampling as most packages do it: a vector normal for each arm, by Cholesky, each time.
struct NaiveLinearThompson {
    let d: Int
    var precision: [[[Double]]]
    var vector: [[Double]]
    var naive = NaiveThompson(arms: 1)

    init(arms: Int, dimension: Int) {
        d = dimension
        let identity = (0..<dimension).map { i in (0..<dimension).map { $0 == i ? 1.0 : 0 } }
        precision = [[[Double]]](repeating: identity, count: arms)
        vector = [[Double]](repeating: [Double](repeating: 0, count: dimension), count: arms)
    }

    mutating func choose(_ x: [Double]) -> Int {
        var (best, chosen) = (-Double.infinity, 0)
        for arm in precision.indices {
            var factor = precision[arm]
            for j in 0..<d {
                for i in j..<d {
                    var sum = factor[i][j]
                    for k in 0..<j { sum -= factor[i][k] * factor[j][k] }
                    factor[i][j] = i == j ? sum.squareRoot() : sum / factor[j][j]
                }
            }
            var forward = vector[arm]
            for i in 0..<d {
                for k in 0..<i { forward[i] -= factor[i][k] * forward[k] }
                forward[i] /= factor[i][i]
            }
            for i in 0..<d { forward[i] += 0.5 * naive.normal() }
            for i in (0..<d).reversed() {
                for k in (i + 1)..<max(d, i + 1) { forward[i] -= factor[k][i] * forward[k] }
                forward[i] /= factor[i][i]
            }
            let value = zip(forward, x).reduce(0) { $0 + $1.0 * $1.1 }
            if value > best {
                best = value
                chosen = arm
            }
        }
        return chosen
    }

    mutating func learn(_ arm: Int, _ x: [Double], _ reward: Double) {
        for i in 0..<d {
            for j in 0..<d { precision[arm][i][j] += x[i] * x[j] }
            vector[arm][i] += reward * x[i]
        }
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
