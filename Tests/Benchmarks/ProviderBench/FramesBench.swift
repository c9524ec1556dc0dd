import CAllocationCount
import NIOCore
import ProviderClient

/// What an event of a stream costs between the provider's bytes and the client's: time, and allocations once the stream is under way.
enum FramesBench {
    private static let events = 200_000

    private static func frame(_ number: Int, nullUsage: Bool) -> String {
        #"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"m-1","system_fingerprint":"fp_1","#
            + #""choices":[{"index":0,"delta":{"content":" word\#(number % 10)"},"logprobs":null,"finish_reason":null}]"#
            + (nullUsage ? #","usage":null}"# : "}") + "\n\n"
    }

    static func run(readBytes: Int) {
        print("\(events) events, \(readBytes) bytes a read")
        for (name, hidesUsage, nullUsage) in [
            ("nothing changes", false, true), ("no usage is sent", true, false),
            ("usage is taken out of each", true, true),
        ] {
            let text = ByteBuffer(string: (0..<events).map { frame($0, nullUsage: nullUsage) }.joined())
            let (slow, slowAllocations) = measure(text, readBytes, hidesUsage: hidesUsage, remembers: false)
            let (fast, fastAllocations) = measure(text, readBytes, hidesUsage: hidesUsage, remembers: true)
            print(
                "  \(name): \(fixed(fast)) ns and \(fixed(fastAllocations)) allocations an event;",
                "all read: \(fixed(slow)) ns and \(fixed(slowAllocations)); ratio \(fixed(slow / fast))")
        }
    }

    private static func fixed(_ value: Double) -> String {
        let hundredths = Int(saturating: (value * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    private static func measure(
        _ text: ByteBuffer, _ readBytes: Int, hidesUsage: Bool, remembers: Bool
    ) -> (nanoseconds: Double, allocations: Double) {
        let prepared = PreparedRequest(body: ByteBuffer(), wantsStream: true, hidesUsage: hidesUsage)
        var relay = OpenAIDialect().streamRelay(
            head: UpstreamHead(status: 200, contentType: "text/event-stream"), model: "m", prepared: prepared)
        relay.remembersForms = remembers
        // Reads are made before: their buffers are not the relay's.
        var rest = text
        var reads: [ByteBuffer] = []
        while rest.readableBytes > 0 { reads.append(rest.readSlice(length: min(readBytes, rest.readableBytes))!) }
        for read in reads.prefix(2) { _ = relay.receive(read) }
        let clock = ContinuousClock()
        let start = clock.now
        let before = allocation_count()
        var sent = 0
        for read in reads.dropFirst(2) {
            if case .forward(let bytes) = relay.receive(read) { sent += bytes.readableBytes }
        }
        let allocations = allocation_count() - before
        let nanoseconds = (clock.now - start) / .nanoseconds(1)
        precondition(sent > text.readableBytes / 2, "the stream must be relayed")
        let share = Double(reads.count - 2) / Double(reads.count) * Double(events)
        return (nanoseconds / share, Double(allocations) / share)
    }
}
