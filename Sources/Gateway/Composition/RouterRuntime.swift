package import DecisionStore
import NIOCore
import ProviderClient
package import RoutingEngine
import Synchronization

/// Everything that lives as long as the router serves, wired together.
package final class RouterRuntime: Sendable {
    package let engine: RoutingEngine
    package let store: DecisionStore
    package let keys: KeyRing
    package let limiter: KeyLimiter
    package let metrics: GatewayMetrics
    let activity = Activity()
    let hashing: KeyHashing
    let transport: ProviderTransport
    let clock: @Sendable () -> Timestamp
    let maxBodyBytes: Int
    /// What bodies of requests may take up, over all connections.
    let bodies: BodyBudget
    /// Laid over the configuration file whenever it is read.
    let addedArms: AddedArms
    let cache = AnswerCache()
    let estimator = TokenEstimator()
    let embeddings: CategoryEmbeddings
    let regenerations = RegenerationWatch()
    /// Providers that are counting tokens now.
    let counting = Atomic(0)
    private let logging = Atomic(false)
    let accessLog: AccessLog
    /// nil where the router serves plain HTTP.
    let identity: ServerIdentity?
    private let current: Mutex<GatewaySetup>
    /// One change of the configuration after the other.
    private let changes = Mutex(())
    /// What budgets have come to; held while a picture is derived, so that one is published after the other.
    private let books: Mutex<BudgetBooks>
    private let simulatedURL: String?
    private let random = RandomReserve()

    init(
        setup: GatewaySetup, store: DecisionStore, hashing: KeyHashing, keys: KeyRing, transport: ProviderTransport,
        addedArms: AddedArms, simulatedURL: String?, identity: ServerIdentity? = nil,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.hashing = hashing
        self.keys = keys
        self.transport = transport
        self.simulatedURL = simulatedURL
        self.clock = clock
        self.identity = identity
        accessLog = AccessLog(format: setup.configuration.logging.format)
        logging.store(setup.configuration.logging.logsRequests, ordering: .relaxed)
        limiter = KeyLimiter()
        embeddings = CategoryEmbeddings(transport: transport, limiter: limiter, store: store, clock: clock)
        limiter.limitAll(to: setup.configuration.limits, now: clock())
        metrics = GatewayMetrics()
        maxBodyBytes = setup.configuration.server.maxBodyBytes
        self.addedArms = addedArms
        bodies = BodyBudget(limit: setup.configuration.server.bodyBudget(memory: MemoryLimit.bytes()))
        current = Mutex(setup)
        var books = BudgetBooks(baselines: store.budgetBaselines)
        let published = Published(
            catalogue: setup.catalogue, state: store.learnerState, asOf: clock(), books: &books)
        if books.baselines != store.budgetBaselines { store.keep(books.baselines) }
        self.books = Mutex(books)
        engine = RoutingEngine(
            published: published, health: ArmHealth(setup.configuration.health), newestID: store.newestDecision)
    }

    /// Whether requests leave a line in the log.
    var logsRequests: Bool { logging.load(ordering: .relaxed) }

    /// Counts bytes of a whole answer among those on their way until the promise is kept.
    func counting(_ bytes: Int, _ eventLoop: any EventLoop) -> EventLoopPromise<Void> {
        let answers = transport.answers
        answers.add(bytes)
        let promise = eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in answers.add(-bytes) }
        return promise
    }

    var setup: GatewaySetup { current.withLock { $0 } }

    /// 64 bits for a decision's id, from the system: ids must not be guessable, they open feedback to keyless callers.
    func randomBits() -> UInt64 { random.next() }

    // MARK: - Learning

    /// Publishes what was learned since the last time; called a few times a second, and before posteriors are shown.
    package func publishIfNeeded() {
        let published = engine.published
        let now = clock()
        let setup = setup
        let state = store.learnerState
        guard state.version != published.version || now < published.asOf || now - published.asOf > setup.refresh
        else { return }
        publish(setup, state, asOf: now)
    }

    private func publish(_ setup: GatewaySetup, _ state: LearnerState, asOf now: Timestamp) {
        let changed = books.withLock { books -> [String: BudgetBaseline]? in
            let before = books.baselines
            engine.publish(Published(catalogue: setup.catalogue, state: state, asOf: now, books: &books))
            return books.baselines == before ? nil : books.baselines
        }
        if let changed { store.keep(changed) }
    }

    // MARK: - Reloading

    /// Serves under another configuration from the next request on; what is in flight finishes under the old one.
    ///
    /// The store comes first: once a metric is known to clients, feedback in it must count.
    ///
    /// - Returns: what that changed.
    @discardableResult
    package func reload(_ file: RouterConfiguration) async throws -> ReloadReport {
        let old = setup.configuration
        var configuration = file
        let skipped = addedArms.apply(to: &configuration)
        let new = try GatewaySetup(configuration, simulatedURL: simulatedURL, keeping: setup)
        // Looked at before anything is changed: the file is taken whole or not at all.
        if let definition = configuration.server.tls { _ = try ServerIdentity.context(definition) }
        try await store.reload(configuration.storeOptions)
        if let definition = configuration.server.tls { try identity?.reload(definition) }
        changes.withLock { _ in serve(new) }
        limiter.limitAll(to: configuration.limits, now: clock())
        engine.health.reload(configuration.health)
        return ReloadReport(from: old, to: configuration, skipped: skipped)
    }

    /// Changes the configuration in memory, as ``reload(_:)`` does, until the next reload.
    ///
    /// - Parameter change: changes its argument, or throws what stands against it; then nothing is changed.
    func change(_ change: (inout RouterConfiguration) throws(GatewayError) -> Void) throws(GatewayError) {
        let result: Result<Void, GatewayError> = changes.withLock { _ in
            var configuration = setup.configuration
            do throws(GatewayError) { try change(&configuration) } catch { return .failure(error) }
            do throws(SetupError) {
                serve(try GatewaySetup(configuration, simulatedURL: simulatedURL, keeping: setup))
            } catch {
                return .failure(GatewayError(400, "invalid_configuration", "Nothing was changed. \(error)"))
            }
            return .success(())
        }
        try result.get()
    }

    private func serve(_ new: GatewaySetup) {
        current.withLock { $0 = new }
        logging.store(new.configuration.logging.logsRequests, ordering: .relaxed)
        publish(new, store.learnerState, asOf: clock())
        cache.clear()
    }
}
