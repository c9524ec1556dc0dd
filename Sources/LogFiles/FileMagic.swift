/// What a file is that is no text, told by its first bytes, and what makes text of it.
enum FileMagic {
    /// Bytes that tell every kind.
    static let byteCount = 512

    /// Why the bytes a file begins with (after gzip) cannot be read as UTF-8 text; nil where they may be.
    static func refusal(_ start: UnsafeBufferPointer<UInt8>) -> String? {
        if let kind = kinds.first(where: { has($0.bytes, start) }) { return kind.reason }
        if has("1AY&SY", start, at: 4), has("BZh", start, at: 0) { return compressed("bzip2", "bzip2 -dc") }
        if has("ustar", start, at: 257) { return "is a tar archive: unpack it first" }
        if start.count >= 8 { return wideText(start) }
        return nil
    }

    private static let kinds: [(bytes: [UInt8], reason: String)] = [
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], compressed("xz", "xz -dc")),
        ([0x28, 0xb5, 0x2f, 0xfd], compressed("zstd", "zstd -dc")),
        ([0x04, 0x22, 0x4d, 0x18], compressed("lz4", "lz4 -dc")),
        ([0x1f, 0x9d], compressed("compress", "uncompress -c")),
        ([0x5d, 0, 0], compressed("lzma", "xz -dc --format=lzma")),
        ([0xff, 0x06, 0, 0, 0x73, 0x4e, 0x61, 0x50], compressed("snappy", "snzip -dc")),
        (
            [0x50, 0x4b, 0x03, 0x04],
            "is a zip archive or an Excel workbook: `unzip -p FILE | gzip > FILE.gz`, or save the sheet as CSV (UTF-8)"
        ),
        ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "is a 7z archive: unpack it first (`7z e FILE`)"),
        (Array("Rar!\u{1a}\u{7}".utf8), "is a rar archive: unpack it first"),
        (Array("PAR1\u{15}".utf8), frame("a Parquet file", "pd.read_parquet")),
        (Array("ARROW1\0\0".utf8), frame("an Arrow file", "pd.read_feather")),
        ([0xff, 0xff, 0xff, 0xff], frame("an Arrow stream", "pyarrow.ipc.open_stream")),
        (Array("FEA1\0\0".utf8), frame("a Feather file", "pd.read_feather")),
        (Array("ORC\u{8}".utf8), frame("an ORC file", "pd.read_orc")),
        (Array("Obj\u{1}".utf8), frame("an Avro file", "fastavro.reader")),
        ([0x89, 0x48, 0x44, 0x46], frame("an HDF5 file", "pd.read_hdf")),
        ([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], frame("a NumPy file", "np.load")),
        ([0x80, 2], pickle), ([0x80, 3], pickle), ([0x80, 4], pickle), ([0x80, 5], pickle),
        ([0xd0, 0xcf, 0x11, 0xe0], "is an old Excel workbook: save the sheet as CSV (UTF-8)"),
        (Array("SQLite format 3\0".utf8), "is an SQLite database, and lines of text are wanted here"),
        (Array("%PDF".utf8), "is a PDF document"),
        ([0x1f, 0x8b], "is zipped twice: `gzip -dc FILE > FILE.gz` takes off one of the two"),
        (
            Array("version https://git-lfs".utf8),
            "is a Git LFS pointer, not the file itself: `git lfs pull` fetches it"
        ),
        (Array("<!DOCTYPE html".utf8), page), (Array("<!doctype html".utf8), page), (Array("<html".utf8), page),
        (Array("<?xml".utf8), "is XML: only JSON and CSV are read"),
    ]

    private static let page = "is a web page, not data: was a log-in page or an error saved instead of the download?"
    private static let pickle = frame("a Python pickle", "pd.read_pickle")

    private static func compressed(_ name: String, _ command: String) -> String {
        "is compressed with \(name), and only gzip is read: `\(command) FILE | gzip > FILE.gz`"
    }

    private static func frame(_ name: String, _ reader: String) -> String {
        "is \(name): `python3 -c 'import pandas as pd; \(reader)(\"FILE\").to_json(\"FILE.jsonl\", orient=\"records\", lines=True)'` "
            + "makes lines of JSON (a table: `.to_csv(\"FILE.csv\", index=False)`)"
    }

    private static func has(_ bytes: [UInt8], _ start: UnsafeBufferPointer<UInt8>, at offset: Int = 0) -> Bool {
        guard start.count >= offset + bytes.count else { return false }
        return bytes.indices.allSatisfy { start[offset + $0] == bytes[$0] }
    }

    private static func has(_ text: StaticString, _ start: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
        has(Array(text.description.utf8), start, at: offset)
    }

    /// UTF-16 and UTF-32, with a byte order mark or without: every other byte of Latin text is zero.
    private static func wideText(_ start: UnsafeBufferPointer<UInt8>) -> String? {
        func encoded(_ name: String) -> String {
            "is text in \(name): `iconv -f \(name) -t UTF-8 FILE > FILE.utf8` makes UTF-8 of it"
        }
        if has([0xff, 0xfe, 0, 0], start) || has([0, 0, 0xfe, 0xff], start) { return encoded("UTF-32") }
        if has([0xff, 0xfe], start) || has([0xfe, 0xff], start) { return encoded("UTF-16") }
        let zeros = (0..<8).map { start[$0] == 0 }
        if zeros == [false, true, false, true, false, true, false, true] { return encoded("UTF-16LE") }
        if zeros == [true, false, true, false, true, false, true, false] { return encoded("UTF-16BE") }
        return zeros.contains(true) ? "is not text: it begins with zero bytes" : nil
    }
}
