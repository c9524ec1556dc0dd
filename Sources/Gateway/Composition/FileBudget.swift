import Glibc

/// How many connections the router serves with the files that it may have open.
///
/// Every connection of a client may need one to a provider. What else is open (the store, the log, event loops, timers, name look-ups)
/// comes from a reserve, so that a router full of connections can still do everything else.
package struct FileBudget: Sendable, Equatable {
    /// Files that the process may have open, sockets among them.
    package let limit: Int
    /// Of those, kept for what is no connection.
    package let reserve: Int
    /// `server.max_connections`.
    package let configured: Int
    /// Connections of clients served at once.
    package let connections: Int

    /// Measured: 27 files without a connection, 8 more while the log is read and names are looked up, on two processors.
    private static let reserveAlone = 48
    /// An event loop has three.
    private static let reserveOfProcessor = 4

    /// - Parameters:
    ///   - processors: of the machine; each has an event loop.
    ///   - hasSimulatedProvider: whether connections to providers end in this process as well.
    package init(limit: Int, configured: Int, processors: Int, hasSimulatedProvider: Bool) {
        self.limit = limit
        self.configured = configured
        reserve = Self.reserveAlone + Self.reserveOfProcessor * processors
        let left = limit - reserve
        connections = left < Self.fewestLeft ? 0 : min(configured, left / (hasSimulatedProvider ? 3 : 2))
    }

    /// That of this process.
    ///
    /// - Parameter raised: as it is once the limit in force is as high as this user may set it.
    package init(_ configuration: RouterConfiguration, raised: Bool) {
        var limits = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0
        let files = raised ? min(limits.rlim_max, Self.raisedLimit) : limits.rlim_cur
        self.init(
            limit: isKnown ? Int(clamping: files) : 1_024, configured: configuration.server.maxConnections,
            processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
            hasSimulatedProvider: configuration.providers.contains { $0.kind == .simulated })
    }

    /// No more is asked for than this, whatever the user may have.
    private static let raisedLimit: rlim_t = 1 << 20

    /// Raises the limit in force to the highest that this user may set: shells give 1,024, which a few hundred streams use up.
    package static func raiseLimit() {
        var limits = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0, limits.rlim_cur < limits.rlim_max
        else { return }
        limits.rlim_cur = max(limits.rlim_cur, min(limits.rlim_max, raisedLimit))
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
    }

    /// Fewest files with which the router serves at all.
    package var fewest: Int { reserve + Self.fewestLeft }
    private static let fewestLeft = 3

    /// What to say where not all configured connections can be served; nil where they can.
    package var warning: String? {
        guard connections < configured else { return nil }
        guard connections > 0 else {
            return "\(limit) open files (ulimit -n) leave none for connections: at least \(fewest) are needed"
        }
        return "\(limit) open files (ulimit -n) are enough for \(connections) connections, not for \(configured)"
    }
}
