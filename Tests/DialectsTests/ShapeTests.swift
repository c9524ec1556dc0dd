import Dialects
import Testing

@Suite("Shapes of dialects")
struct ShapeTests {
    @Test("every dialect of clients is one of providers, and back", arguments: InboundShape.allCases)
    func own(shape: InboundShape) {
        #expect(shape.own.inbound == shape)
        #expect(shape.own.rawValue == shape.rawValue)
    }

    @Test("what clients cannot ask in is spoken to providers only")
    func outOnly() {
        #expect(OutboundShape.allCases.filter { $0.inbound == nil } == [.gemini, .converse])
    }
}
