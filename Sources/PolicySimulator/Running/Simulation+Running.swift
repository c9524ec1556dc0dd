package import BanditCore

extension Simulation {
    /// Whether every policy can be made; to be asked before ``run(policy:replication:progress:)``.
    package func check() throws(PolicyError) {
        for policy in policies { _ = try Chooser(policy, simulation: self, seed: 0) }
    }

    /// One replication of one policy: a pure function of the simulation and the two numbers.
    ///
    /// - Parameter progress: told of rounds done, every so often.
    package func run(policy index: Int, replication: Int, progress: (Int) -> Void = { _ in }) -> RunResult {
        let policy = policies[index]
        // The draws' generator is the same for every policy: two equal policies make equal runs.
        let random = CounterRandom(seed: seed, replication: replication)
        guard var chooser = try? Chooser(policy, simulation: self, seed: random.seed(.choice)) else {
            preconditionFailure("the policies were checked")
        }
        var start = 0
        if let warmUp {
            let random = CounterRandom(seed: ~seed, replication: replication)
            start = warmUp.passLength ?? horizon
            chooser =
                phase(
                    warmUp, policy, random, replication, chooser, rounds: start, start: 0, perturbed: false, progress
                ).chooser
            chooser.restartBudget()
        }
        let record = specialised(
            environment, policy, random, replication, chooser, rounds: horizon, start: start, perturbed: true, progress
        ).record
        return record.result(policy: index, replication: replication)
    }

    /// Opens the existential by hand: the loop is then compiled for each kind of world.
    private func specialised(
        _ environment: any Environment, _ policy: SimulatedPolicy, _ random: CounterRandom, _ replication: Int,
        _ chooser: Chooser, rounds: Int, start: Int, perturbed: Bool, _ progress: (Int) -> Void
    ) -> (record: RunRecorder, chooser: Chooser) {
        func go(_ own: some Environment) -> (record: RunRecorder, chooser: Chooser) {
            phase(
                own, policy, random, replication, chooser, rounds: rounds, start: start, perturbed: perturbed, progress)
        }
        return switch environment {
        case let own as BernoulliEnvironment: go(own)
        case let own as TableEnvironment: go(own)
        case let own as GaussianEnvironment: go(own)
        case let own as DriftingEnvironment: go(own)
        case let own as LoggedEnvironment: go(own)
        default: go(environment)
        }
    }

    private func phase<E: Environment>(
        _ environment: E, _ policy: SimulatedPolicy, _ random: CounterRandom, _ replication: Int, _ chooser: Chooser,
        rounds: Int, start: Int, perturbed: Bool, _ progress: (Int) -> Void
    ) -> (record: RunRecorder, chooser: Chooser) {
        var run = SimulationRun(
            self, policy: policy, random: random, world: environment.world(random: random, replication: replication),
            chooser: chooser, hasPrompts: environment.passLength != nil)
        return run.run(rounds: rounds, start: start, perturbed: perturbed, progress: progress)
    }

    /// Rounds of all runs of a shard together, for a progress bar.
    package func totalRounds(replications: some Collection<Int>) -> Int {
        (horizon + (warmUp.map { $0.passLength ?? horizon } ?? 0)) * policies.count * replications.count
    }

    /// Runs every policy in the given replications, `threads` at a time; the result does not depend on how many.
    ///
    /// - Parameters:
    ///   - progress: told of rounds done; called from several threads.
    /// - Returns: by policy, then by replication in the order given.
    package func run(
        replications: [Int], threads: Int, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async -> [RunResult] {
        let tasks = policies.indices.flatMap { policy in replications.map { (policy, $0) } }
        var results = [RunResult?](repeating: nil, count: tasks.count)
        await withTaskGroup(of: (Int, RunResult).self) { group in
            var next = 0
            func start(in group: inout TaskGroup<(Int, RunResult)>) {
                guard next < tasks.count else { return }
                let (number, (policy, replication)) = (next, tasks[next])
                next += 1
                group.addTask { (number, self.run(policy: policy, replication: replication, progress: progress)) }
            }
            for _ in 0..<max(1, threads) { start(in: &group) }
            while let (number, result) = await group.next() {
                results[number] = result
                start(in: &group)
            }
        }
        return results.compactMap { $0 }
    }
}
