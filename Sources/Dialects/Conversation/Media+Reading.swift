import NIOCore
import WireFormats

extension Media {
    /// An image's URL in OpenAI's form, which may be the image itself (`data:image/png;base64,…`).
    init?(imageURL value: JSONValue?, detail: JSONValue? = nil, mark: JSONValue? = nil) {
        guard let url = EscapedText(value), !url.isEmpty, let source = Source(url: url) else { return nil }
        self.init(source: source, detail: EscapedText(detail), mark: mark)
    }

    /// A block of Anthropic's: `{"source": {"type": "base64" | "url", …}}`.
    init?(block: JSONValue) {
        guard let source = block.member("source"), let type = source.member("type") else { return nil }
        let name = EscapedText(block.member("title"))
        let mark = block.member("cache_control")
        if type.isString("base64"), let data = EscapedText(source.member("data")),
            let mediaType = source.member("media_type")?.string
        {
            self.init(source: .base64(data, type: mediaType), name: name, mark: mark)
        } else if type.isString("url"), let url = EscapedText(source.member("url")) {
            self.init(source: .url(url), name: name, mark: mark)
        } else {
            return nil
        }
    }

    /// A file of OpenAI's: `{"file_data", "filename"}`, or `{"file_url"}`.
    init?(file: JSONValue?, mark: JSONValue? = nil) {
        let name = EscapedText(file?.member("filename"))
        if let url = EscapedText(file?.member("file_url")), !url.isEmpty {
            self.init(source: .url(url), name: name, mark: mark)
            return
        }
        switch FilePart(file) {
        case .pdf(let data):
            self.init(source: .base64(EscapedText(data), type: "application/pdf"), name: name, mark: mark)
        case .url(let url): self.init(source: .url(EscapedText(url)), name: name, mark: mark)
        case .unknown: return nil
        }
    }
}

extension Media.Source {
    /// nil: a data URL that is not in base64.
    init?(url: EscapedText) {
        let view = url.bytes.readableBytesView
        guard view.starts(with: "data:".utf8) else {
            self = .url(url)
            return
        }
        // The head of a data URL is short; what follows it is carried as it is.
        let head = view.prefix(256)
        guard let comma = head.firstIndex(of: UInt8(ascii: ",")), head[..<comma].last != nil else { return nil }
        let words = String(decoding: head[..<comma].dropFirst(5), as: UTF8.self).replacing("\\/", with: "/")
        guard words.hasSuffix(";base64") else { return nil }
        let start = url.bytes.readerIndex + (comma - view.startIndex) + 1
        let count = url.bytes.readableBytes - (start - url.bytes.readerIndex)
        self = .base64(
            EscapedText(escaped: url.bytes.getSlice(at: start, length: count) ?? ByteBuffer()),
            type: String(words.prefix { $0 != ";" }))
    }
}

extension Media {
    /// As a URL: what is in base64 becomes a data URL.
    var urlPieces: [ByteBuffer] {
        switch source {
        case .url(let url): [url.bytes]
        case .base64(let data, let type):
            [EscapedText("data:\(type);base64,").bytes, data.bytes]
        }
    }
}
