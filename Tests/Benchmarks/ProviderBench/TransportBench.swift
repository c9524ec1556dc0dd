import Glibc
import NIOCore
import ProviderClient
import Synchronization

/// A closed loop of calls: so many at once, for so long.
struct TransportBench {
    let url: String
    let connections: Int
    let seconds: Double
    let bodyBytes: Int
    /// What a gateway does between two calls of a connection: so long of work, in microseconds.
    let thinkMicroseconds: Int
    let options: ProviderTransport.Options

    /// Each worker awaits `perform`.
    func perform() async {
        let transport = ProviderTransport(options: options)
        await run("perform") { request in
            let answer = try await transport.perform(request)
            return answer.head.status == 200
        }
        await transport.shutdown()
    }

    /// Each worker awaits the pieces of a stream.
    func stream() async {
        let transport = ProviderTransport(options: options)
        await run("stream") { request in
            let stream = try await transport.stream(request)
            while try await stream.next() != nil {}
            return stream.head.status == 200
        }
        await transport.shutdown()
    }

    /// Each answer's callback starts the next call: the floor, without any task.
    func callbacks() async {
        let transport = ProviderTransport(options: options)
        let counter = CallbackLoop(transport: transport, request: request)
        let before = Usage.now()
        counter.start(connections)
        try? await Task.sleep(for: .seconds(seconds))
        let (good, bad) = counter.stop()
        Usage.now().report("start", since: before, good: good, bad: bad)
        await transport.shutdown()
    }

    private var request: UpstreamRequest {
        let endpoint = UpstreamEndpoint(
            url: url, headers: [("Content-Type", "application/json"), ("Authorization", "Bearer benchmark")])
        return UpstreamRequest(
            endpoint: endpoint, body: ByteBuffer(repeating: 0x20, count: bodyBytes),
            timeouts: UpstreamTimeouts(
                connect: .seconds(2), firstByte: .seconds(30), betweenChunks: .seconds(20), total: .seconds(300)))
    }

    private func run(_ name: String, _ call: @escaping @Sendable (UpstreamRequest) async throws -> Bool) async {
        let request = request
        let before = Usage.now()
        let deadline = ContinuousClock.now + .seconds(seconds)
        let (times, bad) = await withTaskGroup(of: ([Duration], Int).self) { group in
            for _ in 0..<connections {
                group.addTask {
                    var times: [Duration] = []
                    var bad = 0
                    var last = ContinuousClock.now
                    while last < deadline {
                        while ContinuousClock.now - last < .microseconds(thinkMicroseconds) {}
                        last = ContinuousClock.now
                        let isGood = (try? await call(request)) == true
                        let now = ContinuousClock.now
                        if isGood { times.append(now - last) } else { bad += 1 }
                        last = now
                    }
                    return (times, bad)
                }
            }
            return await group.reduce(into: ([Duration](), 0)) {
                $0.0 += $1.0
                $0.1 += $1.1
            }
        }
        Usage.now().report(name, since: before, good: times.count, bad: bad)
        let sorted = times.sorted()
        guard !sorted.isEmpty else { return }
        print("    p50 \(sorted[sorted.count / 2]), p99 \(sorted[sorted.count * 99 / 100])")
    }
}

/// Calls that start the next one themselves.
private final class CallbackLoop: UpstreamReceiver {
    private struct State {
        var good = 0
        var bad = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let transport: ProviderTransport
    private let request: UpstreamRequest

    init(transport: ProviderTransport, request: UpstreamRequest) {
        self.transport = transport
        self.request = request
    }

    func start(_ count: Int) {
        for _ in 0..<count { transport.start(request, receiver: self) }
    }

    func stop() -> (Int, Int) {
        state.withLock { state in
            state.isOver = true
            return (state.good, state.bad)
        }
    }

    func received(_ event: UpstreamEvent) {
        var isGood = false
        if case .complete(let head, _, _) = event { isGood = head.status == 200 }
        let goesOn = state.withLock { state in
            if isGood { state.good += 1 } else { state.bad += 1 }
            return !state.isOver
        }
        if goesOn { transport.start(request, receiver: self) }
    }
}

/// Time and processor time of this process.
struct Usage {
    let wall: Double
    let user: Double
    let system: Double
    let switches: Int

    static func now() -> Usage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Usage(
            wall: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9,
            user: Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6,
            system: Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6,
            switches: usage.ru_nvcsw + usage.ru_nivcsw)
    }

    func report(_ name: String, since before: Usage, good: Int, bad: Int) {
        let count = Double(max(1, good + bad))
        func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
        print(
            "\(name): \(Int(saturating: Double(good) / (wall - before.wall))) answers/s, \(bad) failed,",
            "\(rounded((user - before.user) / count * 1e6)) µs user + \(rounded((system - before.system) / count * 1e6)) µs system,",
            "\(rounded(Double(switches - before.switches) / count)) context switches an answer")
    }
}
