import ProviderClient
import Testing

@Suite("when a provider may be asked again")
struct RetryAfterTests {
    private let now: Int64 = 784_111_777 * 1_000_000  // Sun, 06 Nov 1994 08:49:37 GMT

    @Test("seconds, whole or not, bounded by a day")
    func seconds() {
        for (text, wait) in [
            ("3", 3_000_000), (" 0.5", 500_000), ("30.0\t", 30_000_000), ("0", 0), ("1e300", 86_400_000_000),
            ("604800", 86_400_000_000),
        ] as [(String, Int64)] {
            #expect(RetryAfter.microseconds(text, now: now) == wait, "\(text)")
        }
    }

    @Test("durations as they stand in the headers of limits")
    func durations() {
        for (text, wait) in [
            ("20ms", 20_000), ("7.66s", 7_660_000), ("6m0s", 360_000_000), ("1h2m3.5s", 3_723_500_000),
            ("2d", 86_400_000_000),
            ("30000ms", 30_000_000), ("150µs", 150), ("1m", 60_000_000),
        ] as [(String, Int64)] {
            #expect(RetryAfter.microseconds(text, now: now) == wait, "\(text)")
        }
    }

    @Test("instants: HTTP's three dates, RFC 3339, seconds and milliseconds since 1970")
    func instants() {
        for text in [
            "Sun, 06 Nov 1994 08:50:37 GMT", "Sunday, 06-Nov-94 08:50:37 GMT", "Sun Nov  6 08:50:37 1994",
            "1994-11-06T08:50:37Z", "1994-11-06T09:50:37+01:00",
        ] {
            #expect(RetryAfter.microseconds(text, now: now) == 60_000_000, "\(text)")
        }
        let later: Int64 = 1_764_500_000 * 1_000_000
        #expect(RetryAfter.microseconds("1764500030", now: later) == 30_000_000)
        #expect(RetryAfter.microseconds("1764500030000", now: later) == 30_000_000)
        #expect(
            RetryAfter.httpDate("Monday, 30-Nov-26 00:00:00 GMT")
                == RetryAfter.httpDate("Mon, 30 Nov 2026 00:00:00 GMT"))
    }

    @Test("what has passed, and what is no time, is no wait")
    func none() {
        for text in [
            nil, "", "-1", "nan", "inf", "soon", "5 minutes", "3x", "s", "1s2", "..s", "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nox 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:50:37 EST", "Sunday, 06-Nov-1994 08:50:37 GMT",
            "1600000000",
        ] as [String?] {
            let later = text == "1600000000" ? 1_764_500_000 * 1_000_000 : now
            #expect(RetryAfter.microseconds(text, now: later) == nil, "\(text ?? "nil")")
        }
    }
}
