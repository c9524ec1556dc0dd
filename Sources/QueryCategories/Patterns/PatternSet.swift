/// Patterns asked one after the other: the first that matches decides.
///
/// Most patterns cannot match most texts, because words that they need are not there. One pass over the text finds out for
/// all of them; only what is left is run.
struct PatternSet: Sendable {
    struct Entry: Sendable {
        /// Index into the categorizer's ids.
        let category: Int
        let pattern: TextPattern
    }

    /// With fewer patterns the pass saves nothing.
    private static let minimumCount = 2

    let entries: [Entry]
    private let groups: [Group]

    /// Up to 64 entries in a row.
    private struct Group: Sendable {
        let range: Range<Int>
        let scanner: LiteralScanner?
        /// The entries of which nothing is known that they need.
        let always: UInt64
    }

    init(_ entries: [Entry]) {
        self.entries = entries
        groups = stride(from: 0, to: entries.count, by: LiteralScanner.setLimit).map { start in
            let range = start..<min(start + LiteralScanner.setLimit, entries.count)
            let literals = range.map { entries[$0].pattern.requiredLiterals }
            let known = literals.count { $0 != nil }
            let scanner = known < Self.minimumCount ? nil : LiteralScanner(literals.map { $0 ?? [] })
            var always: UInt64 = 0
            for (bit, strings) in literals.enumerated() where scanner == nil || strings == nil { always |= 1 << bit }
            return Group(range: range, scanner: scanner, always: always)
        }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// The first entry whose pattern is found.
    func first(in bytes: UnsafeBufferPointer<UInt8>) -> Entry? {
        for group in groups {
            var candidates = group.always
            if let scanner = group.scanner { candidates |= scanner.sets(in: bytes) }
            while candidates != 0 {
                let entry = entries[group.range.lowerBound + candidates.trailingZeroBitCount]
                if entry.pattern.matches(bytes) { return entry }
                candidates &= candidates - 1
            }
        }
        return nil
    }

    /// All entries whose patterns are found.
    func all(in bytes: UnsafeBufferPointer<UInt8>) -> [Entry] { entries.filter { $0.pattern.matches(bytes) } }
}
