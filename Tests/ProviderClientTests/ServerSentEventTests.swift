import BanditCore
import NIOCore
import ProviderClient
import TestSupport
import Testing

@Suite("event streams: cutting frames")
struct ServerSentEventTests {
    private struct Frame: Equatable {
        var data: String?
        var event: String?
    }

    /// The frames of the bytes as they come in these pieces, and all frames' bytes together.
    private func frames(_ pieces: [[UInt8]], finishes: Bool = false) throws -> (frames: [Frame], bytes: [UInt8]) {
        var parser = ServerSentEventParser()
        var frames: [Frame] = []
        var bytes: [UInt8] = []
        func drain() throws {
            while let event = try parser.next() {
                frames.append(
                    Frame(data: event.data.map { String(buffer: $0) }, event: event.event.map { String(buffer: $0) }))
                bytes += Array(parser.bytes(event.range).readableBytesView)
                if let range = event.dataRange {
                    #expect(parser.bytes(range) == event.data)
                }
            }
        }
        for piece in pieces {
            parser.append(ByteBuffer(bytes: piece))
            try drain()
        }
        if finishes {
            parser.finish()
            try drain()
        }
        return (frames, bytes)
    }

    @Test(
        "what the standard says about lines and fields",
        arguments: [
            ("data: a\n\n", ["a"]), ("data:a\n\ndata: b\n\n", ["a", "b"]),
            ("data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
            ("data: a\r\rdata: b\r\r", ["a", "b"]), ("data: a\n\r\ndata: b\r\n\n", ["a", "b"]),
            ("data: one\ndata:two\ndata\n\n", ["one\ntwo\n"]), (": comment\n\n", [nil]), (": c\ndata: x\n\n", ["x"]),
            ("\u{FEFF}data: a\n\n", ["a"]), ("\n\n\ndata: a\n\n\n\ndata: b\n\n", ["a", "b"]), ("data:  a\n\n", [" a"]),
            ("data\n\n", [""]), ("data: a", []), ("data: a\n", []), ("dat: a\n\n", [nil]), ("data: \n\n", [""]),
            ("id: 1\nretry: 5\ndata: a:b\n\n", ["a:b"]), ("data: a\n\ndata: cut", ["a"]), ("", []),
        ] as [(String, [String?])])
    func standard(text: String, expected: [String?]) throws {
        #expect(try frames([Array(text.utf8)]).frames.map(\.data) == expected)
    }

    @Test("the event's name is read")
    func eventName() throws {
        let text = "event: ping\ndata: {}\n\ndata: x\n\nevent:error\n\n"
        #expect(
            try frames([Array(text.utf8)]).frames == [
                Frame(data: "{}", event: "ping"), Frame(data: "x"), Frame(event: "error"),
            ])
    }

    @Test(
        "the end of the stream completes a frame that lacks its blank line",
        arguments: ["data: a", "data: a\n", "data: a\r\n"])
    func unterminated(text: String) throws {
        #expect(try frames([Array(text.utf8)], finishes: true).frames == [Frame(data: "a")])
    }

    @Test("a single data line is a slice of what came, not a copy")
    func noCopy() throws {
        var parser = ServerSentEventParser()
        let bytes = ByteBuffer(string: "data: {\"a\":1}\n\n")
        parser.append(bytes)
        let event = try #require(try parser.next())
        let address = try #require(event.data).withUnsafeReadableBytes { $0.baseAddress }
        #expect(address == bytes.withUnsafeReadableBytes { $0.baseAddress.map { $0 + 6 } })
    }

    @Test("however the bytes are split, the frames are the same, and together they are what came")
    func chunking() throws {
        var generator = SplitMix64(seed: 5)
        let parts = [
            "data: {\"x\":1}", "data:y", "data", ": c", "event: e", "id: 7", "\n", "\r\n", "\r", "\n\n", "\r\n\r\n",
            "\r\r", "é", "data: 漢字",
        ]
        for _ in 0..<fuzzCases {
            let text = (0..<Int.random(in: 1..<16, using: &generator)).map { _ in
                parts.randomElement(using: &generator)!
            }.joined()
            let bytes = (Int.random(in: 0..<8, using: &generator) == 0 ? [0xEF, 0xBB, 0xBF] : []) + Array(text.utf8)
            let whole = try frames([bytes], finishes: true)
            var pieces: [[UInt8]] = []
            var at = 0
            while at < bytes.count {
                let length = min(bytes.count - at, Int.random(in: 1..<6, using: &generator))
                pieces.append(Array(bytes[at..<at + length]))
                at += length
            }
            let split = try frames(pieces, finishes: true)
            #expect(whole.frames == split.frames, "\(bytes)")
            #expect(bytes.starts(with: split.bytes.prefix(bytes.count)), "\(bytes)")
        }
    }

    @Test("random bytes, two million at a time: no crash, in any pieces")
    func fuzz() throws {
        var generator = SplitMix64(seed: 11)
        for _ in 0..<max(1, fuzzCases / 5000) {
            var parser = ServerSentEventParser()
            var count = 0
            for _ in 0..<20_000 {
                var piece = ByteBuffer()
                for _ in 0..<Int.random(in: 1..<200, using: &generator) {
                    piece.writeInteger("data: \n\r:\u{0}x".utf8.randomElement(using: &generator)!)
                }
                parser.append(piece)
                while try parser.next() != nil { count += 1 }
            }
            #expect(count > 1_000)
        }
    }

    @Test("a frame that does not end is refused at the limit")
    func limit() throws {
        var parser = ServerSentEventParser(maxFrameBytes: 1_000)
        parser.append(ByteBuffer(string: "data: ok\n\ndata: " + String(repeating: "x", count: 990)))
        #expect(try parser.next()?.data == ByteBuffer(string: "ok"))
        #expect(try parser.next() == nil)
        parser.append(ByteBuffer(string: "yyyyyyyy"))
        #expect(throws: ServerSentEventError.frameTooLong(limitBytes: 1_000)) { try parser.next() }
    }
}
