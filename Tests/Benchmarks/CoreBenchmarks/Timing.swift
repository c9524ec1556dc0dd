import Glibc

/// Processor seconds of this thread so far: what a busy machine does to others does not count.
func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}

/// Processor seconds per repetition: the best of five rounds.
func time(_ repetitions: Int, _ body: () -> Void) -> Double {
    var best = Double.infinity
    for _ in 0..<5 {
        let start = processorTime()
        body()
        best = min(best, (processorTime() - start) / Double(repetitions))
    }
    return best
}

func figure(_ seconds: Double) -> String {
    if seconds < 1e-6 { return "\((seconds * 1e10).rounded() / 10) ns" }
    return "\((seconds * 1e8).rounded() / 100) µs"
}

func rate(_ seconds: Double) -> String { "\((1e-4 / seconds).rounded() / 100) M/s" }

func line(_ name: String, _ values: String...) {
    print(name + String(repeating: " ", count: max(1, 46 - name.count)) + values.joined(separator: "   "))
}

/// Keeps results alive.
nonisolated(unsafe) var sink = 0.0
