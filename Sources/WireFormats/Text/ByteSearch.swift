import Glibc

extension UnsafeRawBufferPointer {
    /// Where bytes first stand, at `start` or behind it; nil where they do not, or are none.
    ///
    /// The system looks for the first of them, with the processor's wide registers; the others are compared where it stands.
    package func firstRange(of wanted: [UInt8], from start: Int = 0) -> Range<Int>? {
        guard let base = baseAddress, let first = wanted.first else { return nil }
        var at = start
        while count - at >= wanted.count, let found = memchr(base + at, Int32(first), count - at - wanted.count + 1) {
            let place = base.distance(to: UnsafeRawPointer(found))
            if memcmp(found, wanted, wanted.count) == 0 { return place..<place + wanted.count }
            at = place + 1
        }
        return nil
    }
}
