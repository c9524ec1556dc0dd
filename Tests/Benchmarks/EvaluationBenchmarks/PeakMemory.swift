import Foundation

enum PeakMemory {
    /// Most memory this process has had resident, in MB.
    static var megabytes: Int {
        var usage = rusage()
        getrusage(0, &usage)  // RUSAGE_SELF, whose type differs between systems
        return usage.ru_maxrss / 1024
    }
}
