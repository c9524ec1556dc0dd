import Foundation
import Gateway
import Logging
import Synchronization
import TestSupport
import Testing

@Suite("logs and traces")
struct LogTests {
    private static let line = RequestLine(
        time: 1_767_323_045_678_901, requestID: "req\"=1\\x", keyID: "key_1", endpoint: "chat", isStream: true,
        decisionID: "0194", route: "auto", category: "code", arm: "a", status: 200, attempts: 2, promptTokens: 3,
        completionTokens: 4, tokensAreEstimated: true, cost: 1_500_000, durationMS: 12.34567, firstByteMS: 1,
        overheadMS: 0.1, traceID: String(repeating: "a", count: 32))

    @Test("a request's line is an object with ids, words and numbers; what is not known is left out")
    func json() {
        let json = JSON(Self.line.bytes(.json))
        #expect(json["request_id"].string == "req\"=1\\x" && json["time"].string == "2026-01-02T03:04:05.678901Z")
        #expect(json["cost_usd"].number == 0.0015 && json["duration_ms"].number == 12.346)
        #expect(json["tokens_estimated"].bool == true && json["error"] == .missing && json["span_id"] == .missing)
        #expect(Self.line.bytes(.json).count { $0 == 0x0A } == 1)
    }

    @Test("as text, no value can end its line or forge a pair")
    func text() {
        let text = String(decoding: Self.line.bytes(.text), as: UTF8.self)
        #expect(
            text.hasPrefix(
                #"2026-01-02T03:04:05.678901Z info request request_id="req\"=1\\x" key_id=key_1 endpoint=chat stream=true"#
            ))
        for hostile in ["a\nlevel=error", "a b", "status=500", "", "\u{1B}[2J", "\u{2028}"] {
            let word = LogText.word(hostile)
            #expect(word.hasPrefix("\"") && word.hasSuffix("\"") && !word.contains("\n") && !word.contains("\u{1B}"))
        }
        #expect(LogText.word("gpt-4o:latest/x") == "gpt-4o:latest/x")
    }

    @Test("lines are written in order by a thread of its own, and those that do not fit are counted")
    func accessLog() async throws {
        let pipe = Pipe()
        let log = AccessLog(format: .json, descriptor: pipe.fileHandleForWriting.fileDescriptor)
        // Nobody reads yet: one batch is being written, another waits up to the limit, and the rest does not fit.
        var line = Self.line
        let one = line.bytes(.json).count
        let many = (2 * AccessLog.limitBytes + 300_000) / one
        for number in 0..<many {
            line.attempts = number
            log.record(line)
        }
        // A thread of its own: a read that waits must not keep one of the few that all tests share.
        let (written, dropped) = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var (written, dropped, rest): ([Double], Int, [UInt8]) = ([], 0, [])
                while written.count + dropped < many {
                    rest += pipe.fileHandleForReading.availableData
                    var start = 0
                    while let end = rest[start...].firstIndex(of: 0x0A) {
                        let json = JSON(Array(rest[start..<end]))
                        dropped += json["count"].number.map { Int(saturating: $0) } ?? 0
                        if let number = json["attempts"].number { written.append(number) }
                        start = end + 1
                    }
                    rest.removeFirst(start)
                }
                continuation.resume(returning: (written, dropped))
            }
        }
        #expect(written.count + dropped == many && dropped > 0)
        #expect(zip(written, written.dropFirst()).allSatisfy { $0 < $1 })
        log.close()
        log.record(line)
    }

    @Test("what the router says of itself is an object a line, with metadata, and no line in a line")
    func handler() {
        let output = Mutex<[UInt8]>([])
        var logger = Logger(label: "l") { label in
            JSONLogHandler(label: label) { bytes in output.withLock { $0 += bytes } }
        }
        logger[metadataKey: "request_id"] = "r1"
        logger.error("went\nwrong", metadata: ["reason": "a\"b\n"])
        let bytes = output.withLock { $0 }
        let json = JSON(bytes)
        #expect(bytes.count { $0 == 0x0A } == 1)
        #expect(json["level"].string == "error" && json["message"].string == "went\nwrong")
        #expect(json["reason"].string == "a\"b\n" && json["request_id"].string == "r1" && json["logger"].string == "l")
    }

    private static let trace = "0af7651916cd43dd8448eb211c80319c"

    @Test("a traceparent is taken as the recommendation has it, and anything else is none")
    func traces() throws {
        let good = try #require(TraceContext("00-\(Self.trace)-b7ad6b7169203331-01"))
        #expect(good.traceID == Self.trace && good.parentID == "b7ad6b7169203331" && good.isSampled)
        #expect(good.header(span: TraceContext.spanID(0xAB)) == "00-\(Self.trace)-00000000000000ab-01")
        #expect(try #require(TraceContext("cc-\(Self.trace)-b7ad6b7169203331-02-more")).isSampled == false)
        #expect(TraceContext.spanID(0) == "0000000000000001" && TraceContext.spanID(.max) == "ffffffffffffffff")
        let zeros = String(repeating: "0", count: 32)
        for bad in [
            nil, "", "00", "00-\(Self.trace)-b7ad6b7169203331", "ff-\(Self.trace)-b7ad6b7169203331-01",
            "00-\(zeros)-b7ad6b7169203331-01", "00-\(Self.trace)-0000000000000000-01",
            "00-\(Self.trace.uppercased())-b7ad6b7169203331-01", "00-\(Self.trace)-b7ad6b7169203331-01-more",
            "00-\(Self.trace)-b7ad6b7169203331-0x", "cc-\(Self.trace)-b7ad6b7169203331-01more",
            "00-\(Self.trace)\r\nx: y-b7ad6b7169203331-01",
        ] {
            #expect(TraceContext(bad) == nil, "\(bad ?? "nil")")
        }
    }
}
