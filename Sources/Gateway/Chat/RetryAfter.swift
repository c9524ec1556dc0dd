package import RoutingEngine
import WireFormats

/// Reads a provider's `Retry-After`.
package enum RetryAfter {
    /// How long to wait, microseconds: from whole seconds or an HTTP date; nil for anything else, and for a time that has passed.
    package static func microseconds(_ text: String?, now: Timestamp) -> Timestamp? {
        guard let text else { return nil }
        let trimmed = text.drop { $0 == " " }
        if let seconds = Double(trimmed), seconds.isFinite, seconds >= 0 {
            return Timestamp(saturating: min(seconds, 86_400) * 1e6)
        }
        guard let date = httpDate(String(trimmed)) else { return nil }
        return date > now ? date - now : nil
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110), as an instant; the obsolete forms are not read.
    package static func httpDate(_ text: String) -> Timestamp? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let day = parts[1].count == 1 ? "0\(parts[1])" : String(parts[1])
        let number = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        return RFC3339.microseconds("\(parts[3])-\(number)-\(day)T\(parts[4])Z")
    }
}
