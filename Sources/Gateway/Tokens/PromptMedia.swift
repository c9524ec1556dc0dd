import NIOCore
import RoutingEngine
import WireFormats

/// Kinds of content that are billed by something else than their bytes.
enum PartKind: Sendable {
    case image
    case audio
    case document
    case video

    /// By the `type` of a message's part; nil: text, or what is made of text.
    init?(type: String) {
        switch type {
        case "image_url", "input_image", "image": self = .image
        case "input_audio", "audio", "audio_url": self = .audio
        case "file", "input_file", "document", "pdf": self = .document
        case "video_url", "input_video", "video": self = .video
        default: return nil
        }
    }
}

/// Images, sounds and documents of a prompt, in what they are measured by.
package struct PromptMedia: Sendable, Equatable {
    package init() {}

    package var images = 0
    /// Squares of 512 pixels that the images are cut into, scaled down as providers do.
    package var tiles = 0
    package var audioSeconds = 0.0
    package var videoSeconds = 0.0
    package var pages = 0

    package var isEmpty: Bool { self == PromptMedia() }

    /// Bounds of what one part can be: no claim of a header counts for more.
    private static let tileLimit = 16
    private static let secondsLimit = 4.0 * 3600
    private static let pageLimit = 1000

    /// Tiles of an image whose size is not seen: those of a square of 1,024 pixels.
    private static let usualTiles = 4
    /// Of compressed speech and of sound in 16 bits, bytes a second.
    private static let compressedRate = 8_000.0
    private static let plainRate = 32_000.0
    private static let videoRate = 250_000.0
    private static let pageBytes = 25_000

    /// Adds a part whose payload is somewhere else: at an address, or in a provider's file.
    mutating func addUnseen(_ kind: PartKind) {
        switch kind {
        case .image:
            images += 1
            tiles += Self.usualTiles
        case .audio: audioSeconds += 60
        case .video: videoSeconds += 60
        case .document: pages += 10
        }
    }

    mutating func add(_ kind: PartKind, _ payload: Payload) {
        let bytes = payload.decodedBytes
        switch kind {
        case .image:
            images += 1
            tiles += payload.pixels().map(Self.tiles) ?? Self.usualTiles
        case .audio:
            let rate = payload.isPlainSound ? Self.plainRate : Self.compressedRate
            audioSeconds += min(Self.secondsLimit, Double(bytes) / rate)
        case .video: videoSeconds += min(Self.secondsLimit, Double(bytes) / Self.videoRate)
        case .document: pages += min(Self.pageLimit, 1 + bytes / Self.pageBytes)
        }
    }

    /// Scaled into 2,048 × 2,048, then to 768 pixels on the shorter side, in squares of 512.
    static func tiles(width: Int, height: Int) -> Int {
        guard width > 0, height > 0 else { return usualTiles }
        var (w, h) = (Double(width), Double(height))
        let outer = min(1, 2048 / max(w, h))
        (w, h) = (w * outer, h * outer)
        let inner = min(1, 768 / min(w, h))
        let tiles = (w * inner / 512).rounded(.up) * (h * inner / 512).rounded(.up)
        return min(tileLimit, max(1, Int(saturating: tiles)))
    }

    /// What an arm takes for them.
    func tokens(_ budget: MediaTokens) -> Double {
        let ofImages = Double(images) * budget.image + Double(tiles) * budget.imageTile
        return ofImages + audioSeconds * budget.audioSecond + videoSeconds * budget.videoSecond
            + Double(pages) * budget.documentPage
    }
}

/// The bytes of a part that are no text, where the request holds them.
struct Payload {
    /// As they stand in the JSON, without quotes: base64, or plain text.
    let bytes: ByteBuffer
    let isText: Bool
    private let format: String

    /// The longest text of a part that is looked at for where its payload is: `image_url.url`, `source.data`, `input_audio.data`,
    /// `file.file_data`, or the member itself.
    init?(of part: JSONValue) {
        var longest: JSONValue?
        var (format, isText) = ("", false)
        func look(_ value: JSONValue, depth: Int) {
            value.forEachMember { name, value in
                switch value.kind {
                case .object where depth < 2: look(value, depth: depth + 1)
                case .string:
                    if name == "format" || name == "media_type" || name == "mime_type" {
                        if value.range.count < 64 { format = value.string ?? "" }
                    } else if name == "type" {
                        if value.isString("text") { isText = true }
                    } else if value.range.count > longest?.range.count ?? 0 {
                        longest = value
                    }
                default: break
                }
                return true
            }
        }
        look(part, depth: 0)
        // Shorter ones are addresses and names.
        guard let longest, longest.range.count > 2 else { return nil }
        var raw = longest.rawBytes
        raw.moveReaderIndex(forwardBy: 1)
        guard var bytes = raw.readSlice(length: raw.readableBytes - 1) else { return nil }
        var holdsNothing = false
        if bytes.readableBytesView.starts(with: "data:".utf8) {
            // The comma is what ends the head.
            if let comma = bytes.readableBytesView.prefix(256).firstIndex(of: UInt8(ascii: ",")) {
                format = bytes.readString(length: comma - bytes.readerIndex) ?? ""
                bytes.moveReaderIndex(forwardBy: 1)
            }
            holdsNothing = bytes.readableBytes < Self.leastBytes
        } else if bytes.readableBytes < 256 || bytes.readableBytesView.starts(with: "http".utf8) {
            if !isText { return nil }
        }
        self.bytes = bytes
        self.format = format.lowercased()
        self.isText = isText || holdsNothing || format.contains("text/plain")
    }

    /// What is shorter is no image, no sound and no document.
    private static let leastBytes = 48

    /// Bytes once decoded.
    var decodedBytes: Int { bytes.readableBytes / 4 * 3 }

    var isPlainSound: Bool { format.contains("wav") || format.contains("pcm") }

    /// Width and height of an image, as its header has them; nil for what has none that is known.
    func pixels() -> (width: Int, height: Int)? { ImageHeader(base64: bytes)?.size }
}
