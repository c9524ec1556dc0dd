/// How many tokens, requests or bytes somebody outside says there are: clamped where it is read, so that no sum, product or
/// conversion further in has to fear it.
package enum Count {
    /// The largest count that is believed: a million times what the longest context window holds.
    package static let most = 1_000_000_000_000

    /// The count, at most ``most``; nil where a count cannot be negative but this one is.
    @inlinable
    package static func read(_ value: Int?) -> Int? {
        guard let value, value >= 0 else { return nil }
        return Swift.min(value, most)
    }

    /// The count within 0 ... ``most``.
    @inlinable
    package static func clamped(_ value: Int) -> Int { Swift.max(0, Swift.min(most, value)) }
}
