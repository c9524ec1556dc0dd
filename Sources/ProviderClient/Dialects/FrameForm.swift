import Glibc
import NIOCore
import WireFormats

/// What may differ in a frame that means the same as the one it was taken from.
struct FrameLikeness {
    /// A string of the frame's data that may be another one.
    struct Slot {
        /// In the data, quotes included.
        var range: Range<Int>
        /// Whether its bytes are part of what was said.
        var isContent: Bool
    }

    /// In order, apart from each other.
    var slots: [Slot]
    /// Bytes of JSON text of what the frame said.
    var contentBytes: Int
}

/// A frame of a stream as the form of those that follow it: the next word differs in a string or two and in nothing else.
///
/// Whoever has read one such frame knows what the next one means: the bytes around the strings are compared, the strings checked, and no JSON
/// is read. Anything else in a frame, be it one space, and it is none of this form.
struct FrameForm {
    /// Frames that are longer are not remembered.
    private static let maxBytes = 16_384
    private static let maxSlots = 8

    private struct Slot {
        let isEmpty: Bool
        let isContent: Bool
    }

    /// What stands around the strings, one after the other, each up to its string's opening quote.
    private let literals: [UInt8]
    /// Where in `literals` each of them ends.
    private let ends: [Int]
    private let slots: [Slot]
    /// Of a frame whose strings of content are empty.
    private let baseContentBytes: Int
    /// What is not forwarded: bytes of one stretch between strings.
    private let cut: (stretch: Int, offset: Int, count: Int)?

    /// - Parameters:
    ///   - frame: the bytes of the frame.
    ///   - data: where in them its data is.
    ///   - forwarded: what was forwarded in its place; nil: the frame itself.
    /// - Returns: nil where frames like it cannot be told by their bytes alone.
    init?(_ frame: ByteBuffer, data: Range<Int>, _ likeness: FrameLikeness, forwarded: ByteBuffer?) {
        let bytes = Array(frame.readableBytesView)
        // After a carriage return it would depend on the next byte where the frame ends.
        guard bytes.count <= Self.maxBytes, bytes.last == 0x0A, likeness.slots.count <= Self.maxSlots else {
            return nil
        }
        var literals: [UInt8] = []
        var ends: [Int] = []
        var stretches: [Range<Int>] = []
        var at = 0
        var contentBytes = likeness.contentBytes
        for slot in likeness.slots {
            let range = slot.range.lowerBound + data.lowerBound..<slot.range.upperBound + data.lowerBound
            guard range.lowerBound >= at, range.count >= 2, range.upperBound <= data.upperBound else { return nil }
            stretches.append(at..<range.lowerBound + 1)
            at = range.upperBound
            if slot.isContent { contentBytes -= range.count - 2 }
        }
        stretches.append(at..<bytes.count)
        for stretch in stretches {
            literals += bytes[stretch]
            ends.append(literals.count)
        }
        if let forwarded {
            guard let cut = Self.cut(from: bytes, leaving: Array(forwarded.readableBytesView), within: stretches) else {
                return nil
            }
            self.cut = cut
        } else {
            cut = nil
        }
        self.literals = literals
        self.ends = ends
        slots = likeness.slots.map { Slot(isEmpty: $0.range.count == 2, isContent: $0.isContent) }
        baseContentBytes = contentBytes
    }

    /// Which bytes were left out, where all that could be meant lie in one stretch.
    private static func cut(
        from bytes: [UInt8], leaving rest: [UInt8], within stretches: [Range<Int>]
    ) -> (stretch: Int, offset: Int, count: Int)? {
        let count = bytes.count - rest.count
        guard count > 0 else { return nil }
        let latest = zip(bytes, rest).prefix { $0 == $1 }.count
        let earliest = rest.count - zip(bytes.reversed(), rest.reversed()).prefix { $0 == $1 }.count
        guard earliest <= latest,
            let stretch = stretches.firstIndex(where: { $0.lowerBound <= earliest && latest + count <= $0.upperBound })
        else { return nil }
        return (stretch, latest - stretches[stretch].lowerBound, count)
    }

    /// Whether these bytes are one frame of this form.
    func matches(_ frame: ByteBuffer) -> Bool {
        var run = 0..<0
        var output = ByteBuffer()
        let end = frame.withUnsafeReadableBytes { pass($0, from: 0, run: &run, output: &output).end }
        return end == frame.readableBytes
    }

    /// Passes over frames of this form.
    ///
    /// - Parameters:
    ///   - text: the stream's bytes.
    ///   - start: where a frame begins in them.
    ///   - run: the stretch of the text that is to be forwarded up to here; what is not forwarded ends it.
    ///   - output: gets what was cut off `run`.
    /// - Returns: where the first frame begins that is not of this form, or not complete; how many were passed, and how many bytes they said.
    func pass(
        _ text: UnsafeRawBufferPointer, from start: Int, run: inout Range<Int>, output: inout ByteBuffer
    ) -> (end: Int, frames: Int, contentBytes: Int) {
        let scanner = JSONScanner(text)
        var begin = start
        var frames = 0
        var contentBytes = 0
        literals.withUnsafeBytes { literals in
            ends.withUnsafeBufferPointer { ends in
                slots.withUnsafeBufferPointer { slots in
                    while true {
                        var at = begin
                        var from = 0
                        var content = baseContentBytes
                        var cutAt = 0
                        var stretch = 0
                        while true {
                            let count = ends[stretch] &- from
                            guard at &+ count <= text.count,
                                memcmp(text.baseAddress! + at, literals.baseAddress! + from, count) == 0
                            else { return }
                            if let cut, cut.stretch == stretch { cutAt = at &+ cut.offset }
                            at &+= count
                            from = ends[stretch]
                            if stretch == slots.count { break }
                            guard let end = scanner.endOfUncheckedString(at &- 1) else { return }
                            let length = end &- at &- 1
                            guard (length == 0) == slots[stretch].isEmpty else { return }
                            if slots[stretch].isContent { content &+= length }
                            at = end
                            stretch &+= 1
                        }
                        if let cut {
                            // All that can come to it: one buffer for all frames of a read.
                            if output.capacity == 0 { output.reserveCapacity(text.count &- start) }
                            let piece = (run.isEmpty ? begin : run.lowerBound)..<cutAt
                            output.writeBytes(UnsafeRawBufferPointer(rebasing: text[piece]))
                            run = cutAt &+ cut.count..<at
                        } else {
                            run = (run.isEmpty ? begin : run.lowerBound)..<at
                        }
                        contentBytes &+= content
                        frames &+= 1
                        begin = at
                    }
                }
            }
        }
        return (begin, frames, contentBytes)
    }
}
