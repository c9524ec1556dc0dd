import ProviderClient
import RoutingEngine
import Testing

@Suite("reasons of dialects")
struct DialectReasonTests {
    @Test("every feature has a reason, and every such reason a feature")
    func names() {
        let reasons = ExclusionReason.allCases.filter { $0.rawValue.hasPrefix("dialect_cannot:") }
        #expect(reasons.count == RequestFeatures.named.count)
        for (_, name, _) in RequestFeatures.named { #expect(ExclusionReason(dialectCannot: name) != nil, "\(name)") }
    }

    @Test(
        "labels of adjustments are of a bounded set",
        arguments: [
            ("seed", "seed"), ("tool:web_search", "tool"), ("metadata", "metadata"), ("vendor_x", "other"),
            ("", "other"),
        ])
    func labels(name: String, label: String) { #expect(PreparedRequest.knownAdjustment(name) == label) }
}
