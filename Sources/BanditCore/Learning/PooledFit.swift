internal import RealModule

/// Priors of all cells from all other cells: mean of cell (g, k) = arm_k + category_g + interaction.
///
/// Interactions are N(0, τ²), arms N(prior mean, prior variance), categories N(0, `categoryVariance`). Arms and categories
/// are one weighted ridge regression on the cells' means; τ² solves its restricted-likelihood equation Σ w²r² = tr P with
/// `pseudoCells` cells of variance `initialVariance` added (Patterson & Thompson 1971). Each cell is left out of its own
/// prior by the rank-one formulas, and the arm's own uncertainty widens it; the prior is the Beta of that mean and variance.
package struct PooledFit: Sendable, Equatable {
    package struct Options: Sendable, Equatable {
        package var categoryVariance = 0.04
        package var initialVariance = 0.005
        package var pseudoCells = 2.0
        package var smallestMass = 1.0
        package var largestMass = 50.0
        /// Sweeps of the fit from scratch at most, and the relative change of τ² and of the coefficients that ends it.
        package var sweepLimit = 60
        package var tolerance = 1e-11

        package init() {}
    }

    package let categories: Int
    package let arms: Int
    package let options: Options
    let means: [Double]
    let strengths: [Double]
    /// Precision of the ridge's prior: arms, then categories.
    let precision: [Double]
    /// Coefficients: arms, then categories.
    package private(set) var coefficients: [Double]
    /// τ².
    package private(set) var interactionVariance: Double
    /// `[category][arm]`: each cell's prior mean, itself left out.
    package private(set) var priorMean: [Double]
    /// `[category][arm]`: each cell's prior mass (pseudo-observations).
    package private(set) var priorMass: [Double]
    /// Sweeps made by the last refresh or fit.
    package private(set) var sweeps = 0

    /// What a refresh computes with: kept from one to the next, it spares their allocations.
    struct Workspace: Sendable {
        /// `[category][arm]`: means, weights and residuals.
        fileprivate var y: [Double] = []
        fileprivate var w: [Double] = []
        fileprivate var residual: [Double] = []
        /// Coefficients of the sweep before.
        fileprivate var before: [Double] = []
        fileprivate var ridge = TwoWayRidge(arms: 0, categories: 0)

        init() {}

        fileprivate mutating func prepare(arms: Int, categories: Int) {
            guard y.count != arms * categories || ridge.arms != arms else { return }
            y = [Double](repeating: 0, count: arms * categories)
            w = y
            residual = y
            before = [Double](repeating: 0, count: arms + categories)
            ridge = TwoWayRidge(arms: arms, categories: categories)
        }
    }

    /// Before any evidence: every cell has its arm's configured prior.
    package init(categories: Int, priors: [ArmPrior], options: Options = Options()) {
        self.categories = categories
        arms = priors.count
        self.options = options
        means = priors.map(\.mean)
        strengths = priors.map(\.strength)
        precision =
            priors.map { ($0.strength + 1) / ($0.mean * (1 - $0.mean)) }
            + [Double](repeating: 1 / options.categoryVariance, count: categories)
        coefficients = means + [Double](repeating: 0, count: categories)
        interactionVariance = options.initialVariance
        priorMean = []
        priorMass = []
        for _ in 0..<categories {
            priorMean += means
            priorMass += strengths
        }
    }

    /// The reference's incremental schedule: `sweeps` more sweeps from where the last refresh ended.
    ///
    /// `counts` and `sums` are `[category][arm]`, `factors` `[arm]`.
    package mutating func refresh(counts: [Double], sums: [Double], factors: [Double], sweeps: Int = 2) {
        var workspace = Workspace()
        refresh(counts: counts, sums: sums, factors: factors, sweeps: sweeps, workspace: &workspace)
    }

    /// The same, allocating nothing where the workspace has served before.
    mutating func refresh(
        counts: [Double], sums: [Double], factors: [Double], sweeps: Int = 2, workspace: inout Workspace
    ) {
        update(counts: counts, sums: sums, factors: factors, sweeps: sweeps, tolerance: 0, workspace: &workspace)
    }

    /// A pure function of the sums: from the configured prior to the fixed point (within `sweepLimit` sweeps).
    package mutating func fit(counts: [Double], sums: [Double], factors: [Double]) {
        coefficients = means + [Double](repeating: 0, count: categories)
        interactionVariance = options.initialVariance
        var workspace = Workspace()
        update(
            counts: counts, sums: sums, factors: factors, sweeps: options.sweepLimit, tolerance: options.tolerance,
            workspace: &workspace)
    }

    private mutating func update(
        counts: [Double], sums: [Double], factors: [Double], sweeps limit: Int, tolerance: Double,
        workspace: inout Workspace
    ) {
        let cells = categories * arms
        precondition(counts.count == cells && sums.count == cells && factors.count == arms, "one value a cell")
        workspace.prepare(arms: arms, categories: categories)
        for cell in 0..<cells {
            workspace.y[cell] = counts[cell] > 0 ? sums[cell] / Swift.max(counts[cell], 1e-9) : 0
        }
        var secant = Secant()
        sweeps = 0
        while sweeps < limit {
            sweeps += 1
            for g in 0..<categories {
                for k in 0..<arms {
                    let cell = g * arms + k
                    guard counts[cell] > 0 else {
                        workspace.w[cell] = 0
                        continue
                    }
                    let fitted = Swift.max(0.03, Swift.min(0.97, coefficients[k] + coefficients[arms + g]))
                    let noise = fitted * (1 - fitted) / (factors[k] * Swift.max(counts[cell], 1e-9))
                    workspace.w[cell] = 1 / (interactionVariance + noise)
                }
            }
            for index in coefficients.indices { workspace.before[index] = coefficients[index] }
            workspace.ridge.solve(
                weights: workspace.w, values: workspace.y, precision: precision, means: means,
                coefficients: &coefficients)
            var up = options.pseudoCells * options.initialVariance / (interactionVariance * interactionVariance)
            var down = options.pseudoCells / interactionVariance
            for g in 0..<categories {
                for k in 0..<arms {
                    let cell = g * arms + k
                    let weight = workspace.w[cell]
                    let residual = counts[cell] > 0 ? workspace.y[cell] - coefficients[k] - coefficients[arms + g] : 0
                    workspace.residual[cell] = residual
                    let leverage = workspace.ridge.leverage(weight, category: g, arm: k)
                    up += weight * weight * residual * residual
                    down += weight * (1 - leverage)
                }
            }
            var step = Swift.max(0.5, Swift.min(2, up / down))
            // To the fixed point the secant method takes a third of the sweeps; the reference's schedule does without.
            if tolerance > 0 { step = secant.step(at: interactionVariance, plain: step) }
            let variance = Swift.max(1e-4, Swift.min(0.1, interactionVariance * step))
            var change = abs(variance - interactionVariance) / variance
            interactionVariance = variance
            for index in coefficients.indices {
                change = Swift.max(change, abs(coefficients[index] - workspace.before[index]))
            }
            if change <= tolerance { break }
        }
        for g in 0..<categories {
            for k in 0..<arms {
                let cell = g * arms + k
                let weight = workspace.w[cell]
                let leverage = workspace.ridge.leverage(weight, category: g, arm: k)
                let fitted =
                    counts[cell] > 0
                    ? workspace.y[cell] - workspace.residual[cell] / (1 - leverage)
                    : coefficients[k] + coefficients[arms + g]
                let mean = Swift.max(0.01, Swift.min(0.99, fitted))
                let own = workspace.ridge.armVariance[k]
                let covariance = workspace.ridge.covariance[cell]
                let spread = (own + covariance) * (own + covariance)
                let variance = interactionVariance + own + weight * spread / (1 - leverage)
                priorMean[cell] = mean
                priorMass[cell] = Swift.max(
                    options.smallestMass, Swift.min(options.largestMass, mean * (1 - mean) / variance - 1))
            }
        }
    }
}

/// The secant method on log(up/down) as a function of log τ².
private struct Secant {
    private var last: (position: Double, value: Double)?

    /// The factor for τ²: as the secant says where it makes sense, else the plain one.
    mutating func step(at variance: Double, plain: Double) -> Double {
        let (position, value) = (Double.log(variance), Double.log(plain))
        defer { last = (position, value) }
        guard let last, abs(value) > 1e-15, position != last.position else { return plain }
        let slope = (value - last.value) / (position - last.position)
        // The equation's left side falls; a slope near 0 or above it is noise of the coefficients settling.
        guard slope < -0.02 else { return plain }
        return Double.exp(Swift.max(-0.7, Swift.min(0.7, -value / slope)))
    }
}
