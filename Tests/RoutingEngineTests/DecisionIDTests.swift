import RoutingEngine
import Testing

@Suite("Decision ids")
struct DecisionIDTests {
    @Test("an id is a UUID of version 7 and the RFC's variant, in lower case")
    func form() {
        let id = DecisionID(time: Fixture.start, random: .max).description
        #expect(id.count == 36)
        #expect(id == id.lowercased())
        #expect(Array(id)[14] == "7")
        #expect("89ab".contains(Array(id)[19]))
    }

    @Test("an id's text reads back as the same id, in either case, and nothing else reads as an id")
    func text() {
        let id = DecisionID(time: Fixture.start, random: 0x0123_4567_89AB_CDEF)
        #expect(DecisionID(id.description) == id)
        #expect(DecisionID(id.description.uppercased()) == id)
        for bad in [
            "", "x", String(id.description.dropLast()), id.description + "0", id.description.replacing("-", with: ""),
        ] {
            #expect(DecisionID(bad) == nil, "\(bad)")
        }
        #expect(DecisionID("zz" + id.description.dropFirst(2)) == nil)
    }

    @Test("ids sort by the time they were made, to the microsecond")
    func order() {
        let times = [0, 1, 999, 1_000, 1_001, Fixture.start, Fixture.start + 1, Fixture.start + 1_000_000]
        let ids = times.map { DecisionID(time: $0, random: .random(in: 0...(.max))) }
        #expect(ids == ids.sorted())
        #expect(ids.map(\.time) == times)
    }
}
