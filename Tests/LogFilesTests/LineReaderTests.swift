import LogFiles
import Testing

@Suite("Lines of plain and zipped files")
struct LineReaderTests {
    private func lines(_ file: TemporaryFile) throws -> [String] {
        defer { withExtendedLifetime(file) {} }
        let reader = try LineReader(path: file.path)
        var result: [String] = []
        while let line = try reader.next() {
            result.append(line.isTooLong ? "<too long>" : String(decoding: line.bytes, as: UTF8.self))
            #expect(line.number == result.count)
        }
        return result
    }

    private func zipped(_ text: String) throws -> [UInt8] {
        let file = TemporaryFile(suffix: ".gz")
        let writer = try GzipWriter(path: file.path)
        try writer.write(text)
        try writer.close()
        return file.bytes
    }

    @Test("LF, CRLF, blank lines, a byte order mark and a last line without an end are all read")
    func lineEnds() throws {
        #expect(try lines(TemporaryFile("\u{feff}a\r\n\r\nb\n\n c")) == ["a", "", "b", "", " c"])
        #expect(try lines(TemporaryFile("")) == [])
        #expect(try lines(TemporaryFile("\n")) == [""])
        #expect(try lines(TemporaryFile("\u{feff}")) == [])
    }

    @Test("gzip is told by its content, not by its name")
    func gzipByContent() throws {
        #expect(try lines(TemporaryFile(zipped("one\ntwo\n"))) == ["one", "two"])
        #expect(try lines(TemporaryFile("plain\n", suffix: ".gz")) == ["plain"])
    }

    @Test("gzip members one after another are one text, also cut within a line, also padded with zeros")
    func members() throws {
        let bytes = try zipped("one\ntw") + zipped("o\nthree") + zipped("\n")
        #expect(try lines(TemporaryFile(bytes)) == ["one", "two", "three"])
        #expect(try lines(TemporaryFile(bytes + [0, 0, 0])) == ["one", "two", "three"])
    }

    @Test("a gzip cut anywhere is an error after the lines that were whole, never silently shorter")
    func cut() throws {
        let bytes = try zipped(String(repeating: "some line that zips well\n", count: 5000))
        for length in [11, bytes.count / 2, bytes.count - 8, bytes.count - 1] {
            let file = TemporaryFile(Array(bytes.prefix(length)))
            let error = #expect(throws: InputError.self) { try lines(file) }
            #expect(error?.field == "gzip")
            #expect(error?.reason == "the file ends in the middle of the compressed data")
        }
    }

    @Test("a damaged gzip, a wrong checksum and garbage behind it are errors")
    func damaged() throws {
        let text = (0..<2000).map { "line \($0 &* 2_654_435_761 % 99991)" }.joined(separator: "\n")
        var flipped = try zipped(text)
        flipped[flipped.count / 2] ^= 0x55
        var checksum = try zipped(text)
        checksum[checksum.count - 6] ^= 1
        for bytes in [flipped, checksum, try zipped(text) + Array("garbage".utf8)] {
            let error = #expect(throws: InputError.self) { try lines(TemporaryFile(bytes)) }
            #expect(error?.field == "gzip")
        }
    }

    @Test("a line longer than 1 MiB is read over and told, and the next one is whole")
    func longLines() throws {
        let limit = LineReader.maximumLineBytes
        for end in ["\n", "\r\n"] {
            let fits = String(repeating: "x", count: limit)
            let read = try lines(TemporaryFile("a\(end)\(fits)\(end)\(fits)y\(end)\(fits)\(fits)\(fits)\(end)b"))
            #expect(read.map { $0.count == limit ? "fits" : $0 } == ["a", "fits", "<too long>", "<too long>", "b"])
        }
    }

    @Test("a file that is not there is named with the system's reason")
    func missing() {
        let error = #expect(throws: InputError.self) { try LineReader(path: "no/such/file.jsonl") }
        #expect(error?.description == "no/such/file.jsonl: file: No such file or directory")
    }

    @Test("what the gzip writer wrote is read back, many buffers long")
    func roundTrip() throws {
        let file = TemporaryFile(suffix: ".gz")
        let writer = try GzipWriter(path: file.path)
        let expected = (0..<60_000).map { "row \($0)" }
        for line in expected { try writer.write(line + "\n") }
        try writer.close()
        #expect(file.bytes.prefix(2) == [0x1f, 0x8b])
        #expect(try lines(file) == expected)
    }

    @Test("a file large enough to be read ahead gives the same lines, and its faults after the lines before them")
    func readAhead() throws {
        var state: UInt64 = 3
        var text = ""
        for index in 0..<260_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text += "\(index) \(state)\n"
        }
        for zip in [false, true] {
            let bytes = zip ? try zipped(text) : Array(text.utf8)
            #expect(bytes.count > 1 << 21)
            let file = TemporaryFile(bytes)
            #expect(try lines(file).joined(separator: "\n") + "\n" == text)
            // Left in the middle, nothing hangs and nothing is read further.
            let reader = try LineReader(path: file.path)
            _ = try reader.next()
        }
        let whole = try zipped(text + text)
        let cut = TemporaryFile(Array(whole.dropLast(100)))
        let reader = try LineReader(path: cut.path)
        var count = 0
        let error = #expect(throws: InputError.self) { while try reader.next() != nil { count += 1 } }
        #expect(error?.field == "gzip" && count > 500_000 && error?.line == count + 1)
    }
}
