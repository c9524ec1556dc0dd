import CMalloc
import Dispatch
import Foundation

/// Memory that was freed and that the C library keeps: what many connections or long bodies took stays with the process for good otherwise.
///
/// glibc gives back the end of its heaps only; one small block that is still used behind megabytes of free ones holds them all.
package struct SpareMemory: Sendable {
    /// More than this is given back.
    package static let limitBytes = 32 << 20
    /// It is looked at this often. What is spare at two looks in a row is not about to be used again.
    static let period: Duration = .seconds(2)

    /// What was left to the process the last time, and could not be given back: pages that hold a little that is used.
    private var residueBytes = 0
    private var wasDue = false

    package init() {}

    /// Whether to give back what is spare.
    package mutating func isDue(spareBytes: Int) -> Bool {
        residueBytes = min(residueBytes, spareBytes)
        let isDue = spareBytes - residueBytes > Self.limitBytes
        defer { wasDue = isDue }
        return isDue && wasDue
    }

    /// Takes note of what is still spare after it was given back.
    package mutating func gaveBack(leaving spareBytes: Int) {
        residueBytes = spareBytes
        wasDue = false
    }

    /// Bytes of memory that the process holds and that nothing in it uses; 0 where it cannot be told.
    package static func bytes() -> Int {
        let used = mallinfo2()
        guard let resident = residentBytes() else { return 0 }
        return max(0, resident - Int(clamping: used.uordblks) - Int(clamping: used.hblkhd))
    }

    /// Of memory that is no file's; nil where the system does not say.
    private static func residentBytes() -> Int? {
        guard let status = FileManager.default.contents(atPath: "/proc/self/status"),
            let line = String(decoding: status, as: UTF8.self).split(separator: "\n")
                .first(where: { $0.hasPrefix("RssAnon:") }),
            let kibibytes = Int(line.filter(\.isNumber))
        else { return nil }
        return kibibytes * 1024
    }

    private mutating func look() {
        guard isDue(spareBytes: Self.bytes()) else { return }
        malloc_trim(0)
        gaveBack(leaving: Self.bytes())
    }

    /// Gives back what is spare, until the task is cancelled.
    static func keepLow() async {
        var memory = SpareMemory()
        while !Task.isCancelled {
            try? await Task.sleep(for: period)
            // It walks through all that is free: not on a thread that requests wait for.
            memory = await withCheckedContinuation { continuation in
                DispatchQueue.global(qos: .background).async { [memory] in
                    var memory = memory
                    memory.look()
                    continuation.resume(returning: memory)
                }
            }
        }
    }
}
