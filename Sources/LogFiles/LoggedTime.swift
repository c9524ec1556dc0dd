import WireFormats

/// A moment as logs write it: RFC 3339, the forms other programs print of it, or a number of seconds, milliseconds, microseconds or
/// nanoseconds since the epoch.
package struct LoggedTime: Equatable, Sendable {
    package let microseconds: Int64
    /// Whether the text names no zone, so that UTC was taken.
    package let isZoneAssumed: Bool

    /// What a fault says is wanted.
    package static let wanted = "2026-01-02T03:04:05.678Z, or seconds, milliseconds or microseconds since 1970"

    /// Beside RFC 3339: a space for the `T`, a comma before the fraction, `+0200`, `+02`, ` UTC`, no zone, a date alone. A number's
    /// unit is told by its size: below 10¹¹ seconds (the year 5138), below 10¹⁴ milliseconds, below 10¹⁷ microseconds.
    package init?(_ text: some Collection<UInt8>) {
        if let value = RFC3339.microseconds(text) {
            (microseconds, isZoneAssumed) = (value, false)
            return
        }
        var bytes = Array(text)
        guard bytes.count >= 1, bytes.count <= 40 else { return nil }
        if let value = Self.sinceEpoch(bytes) {
            (microseconds, isZoneAssumed) = (value, false)
            return
        }
        if bytes.count == 10 { bytes += Array("T00:00:00".utf8) }
        guard bytes.count >= 16 else { return nil }
        for zone in [" UTC", " GMT", " Z", "UTC"] where bytes.suffix(zone.utf8.count).elementsEqual(zone.utf8) {
            bytes.replaceSubrange((bytes.count - zone.utf8.count)..., with: [0x5a])
            break
        }
        if bytes[10] == 0x20 { bytes[10] = 0x54 }
        // Seconds may be missing: 2026-01-02T03:04.
        if bytes.count == 16 || bytes.count > 16 && bytes[16] != 0x3a { bytes.insert(contentsOf: ":00".utf8, at: 16) }
        guard bytes.count >= 19 else { return nil }
        if bytes.count > 19, bytes[19] == 0x2c { bytes[19] = 0x2e }
        var zone = 19
        if zone < bytes.count, bytes[zone] == 0x2e {
            repeat { zone += 1 } while zone < bytes.count && bytes[zone] &- 0x30 < 10
        }
        if zone < bytes.count, bytes[zone] == 0x20 { bytes.remove(at: zone) }
        var isZoneAssumed = false
        switch bytes.count - zone {
        case 0:
            bytes.append(0x5a)
            isZoneAssumed = true
        case 3: bytes += Array(":00".utf8)
        case 5: bytes.insert(0x3a, at: zone + 3)
        default: break
        }
        guard let value = RFC3339.microseconds(bytes) else { return nil }
        (microseconds, self.isZoneAssumed) = (value, isZoneAssumed)
    }

    /// A number since the epoch as microseconds, fractions of them cut.
    private static func sinceEpoch(_ bytes: [UInt8]) -> Int64? {
        bytes.withUnsafeBufferPointer { buffer -> Int64? in
            guard let base = buffer.baseAddress, let (value, end) = JSONNumber.parse(base, from: 0, to: buffer.count),
                end == buffer.count, value.isFinite
            else { return nil }
            switch abs(value) {
            case ..<1e11: return Int64(saturating: (value * 1e6).rounded())
            case ..<1e14: return Int64(saturating: (value * 1e3).rounded())
            case ..<1e17: return Int64(saturating: value)
            case ..<9e18: return Int64(saturating: value / 1e3)
            default: return nil
            }
        }
    }
}
