import Foundation

/// How much memory this process may use.
package enum MemoryLimit {
    /// The least of the machine's memory and the limits of the control groups that the process is in, bytes.
    ///
    /// Reads cgroup v2 (`memory.max` of the group and of those around it) and v1 (`memory.limit_in_bytes`).
    ///
    /// - Parameters:
    ///   - root: where control groups are mounted.
    ///   - membership: the file that names the process's groups.
    package static func bytes(root: String = "/sys/fs/cgroup", membership: String = "/proc/self/cgroup") -> Int {
        var least = physical
        for line in (text(membership) ?? "").split(separator: "\n") {
            // hierarchy:controllers:path
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isUnified = parts[1].isEmpty
            guard isUnified || parts[1].split(separator: ",").contains("memory") else { continue }
            let file = isUnified ? "memory.max" : "memory.limit_in_bytes"
            let mount = isUnified ? root : root + "/memory"
            // In a container the path may be the host's, which is not there: the mount itself is its group then.
            var path = String(parts[2])
            while true {
                if let limit = text(mount + path + "/" + file).flatMap({ Int($0.prefix { $0.isNumber }) }), limit > 0 {
                    least = min(least, limit)
                }
                guard let slash = path.lastIndex(of: "/") else { break }
                path = String(path[..<slash])
            }
        }
        return least
    }

    private static var physical: Int {
        let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
        return pages > 0 && size > 0 ? pages * size : 1 << 30
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension ServerDefinition {
    /// Bytes of request bodies that may be in flight: as configured, else a sixteenth of the memory there is (a body is held as it
    /// came, read, and as it is sent on), at least two of the longest bodies and at most 512 MiB.
    package func bodyBudget(memory: Int) -> Int {
        maxInFlightBodyBytes ?? max(2 * maxBodyBytes, min(memory / 16, 512 << 20))
    }

    /// Bytes of whole answers that may be on their way to clients: a sixteenth of the memory there is, at least two of the longest and at
    /// most 256 MiB.
    package func answerBudget(memory: Int) -> Int { max(64 << 20, min(memory / 16, 256 << 20)) }
}
