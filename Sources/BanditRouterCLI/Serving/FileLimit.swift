import Glibc

/// How many files, sockets among them, the process may have open.
enum FileLimit {
    /// Raises the limit in force to the highest that this user may set: shells give 1024, which a thousand streams use up, each
    /// with a socket to its client and one to its provider.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
        else {
            return
        }
        limit.rlim_cur = min(limit.rlim_max, 1 << 20)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
