import BanditCore
import Gateway
import NIOCore
import ProviderClient
import RoutingEngine
import Testing

/// Every event in every state. What the table does not name changes nothing and causes nothing.
@Suite("an exchange, every state and every event")
struct ChatExchangeTableTests {
    private typealias Stage = ExchangeStage

    enum Start: String, CaseIterable {
        case deciding, choosingDrawn, choosingFallback, choosingLast, choosingAgain, asking, askingWritten, reading,
            readingWritten
        case heldAnswer, heldRefusal, heldStream, heldEnded, streaming, over
    }

    enum Event: String, CaseIterable {
        case refused, hit, decided, asked, armUnavailable, noArmLeft, outOfTime, untranslatable
        case answer, badAnswer, clientsMistake, unsupported, head, role, word, garbage, done, end, failed, foreign
        case written, notReading, reading, silence, longSilence, clientLeft
    }

    /// An exchange in a state, the arm that it asks, and what it was told.
    private func exchange(in start: Start) throws -> (ExchangeStage, StageArm) {
        let stage = ExchangeStage(try StageDecision.make())
        let a = StageArm("a")
        func tell(_ events: ExchangeEvent...) { for event in events { stage.tell(event) } }
        switch start {
        case .deciding: break
        case .choosingDrawn: tell(.decided(stage.decided))
        case .choosingFallback: tell(.decided(stage.decided), .armUnavailable(position: 0))
        case .choosingLast: tell(.decided(stage.decided), .armUnavailable(position: 0), .noArmLeft)
        case .asking, .reading, .askingWritten, .readingWritten, .heldAnswer, .heldStream, .heldEnded, .streaming:
            tell(.decided(stage.decided), .asked(a, position: 0))
            switch start {
            case .askingWritten: tell(.written)
            case .reading: tell(.upstream(Stage.head, from: a))
            case .readingWritten: tell(.written, .upstream(Stage.head, from: a))
            case .heldAnswer: tell(.upstream(Stage.answer(), from: a))
            case .heldStream: tell(.upstream(Stage.head, from: a), .upstream(Stage.word, from: a))
            case .heldEnded:
                tell(
                    .upstream(Stage.head, from: a), .upstream(Stage.word, from: a), .upstream(Stage.stop, from: a),
                    .upstream(Stage.done, from: a))
            case .streaming:
                tell(.written, .upstream(Stage.head, from: a), .upstream(Stage.word, from: a))
            default: break
            }
        case .choosingAgain:
            tell(.decided(stage.decided), .asked(a, position: 0), .upstream(Stage.unsupported, from: a))
        case .heldRefusal: tell(.decided(stage.decided), .outOfTime)
        case .over: tell(.clientLeft)
        }
        return (stage, a)
    }

    private func event(_ event: Event, _ stage: ExchangeStage, _ a: StageArm) -> ExchangeEvent {
        switch event {
        case .refused: .refused(.missingKey)
        case .hit:
            .hit(
                CacheHit(
                    CachedAnswer(
                        decision: stage.decided.decision, servedArm: "a", body: ByteBuffer(), isStream: false),
                    limits: nil))
        case .decided: .decided(stage.decided)
        case .asked: .asked(StageArm("n"), position: 2)
        case .armUnavailable: .armUnavailable(position: 2)
        case .noArmLeft: .noArmLeft
        case .outOfTime: .outOfTime
        case .untranslatable: .untranslatable(DialectError("no", param: nil), arm: "n", position: 2)
        case .answer: .upstream(Stage.answer(), from: a)
        case .badAnswer: .upstream(Stage.error(500), from: a)
        case .clientsMistake: .upstream(Stage.error(400), from: a)
        case .unsupported: .upstream(Stage.unsupported, from: a)
        case .head: .upstream(Stage.head, from: a)
        case .role: .upstream(Stage.role, from: a)
        case .word: .upstream(Stage.word, from: a)
        case .garbage: .upstream(Stage.garbage, from: a)
        case .done: .upstream(Stage.done, from: a)
        case .end: .upstream(Stage.end, from: a)
        case .failed: .upstream(Stage.reset, from: a)
        case .foreign: .upstream(Stage.answer(), from: StageArm("a"))
        case .written: .written
        case .notReading: .writability(false)
        case .reading: .writability(true)
        case .silence: .silence(isLong: false)
        case .longSilence: .silence(isLong: true)
        case .clientLeft: .clientLeft
        }
    }

    /// What is said, and who moves the exchange on from there.
    typealias Row = [Event: (said: [String], awaits: ChatExchange.Awaited)]

    private static let refused503 = "finish refusal 503 no_arm_available"
    private static func fails(_ label: String, isOver: Bool = true) -> (said: [String], awaits: ChatExchange.Awaited) {
        (["end a failed \(label)"] + (isOver ? [] : ["cancel a"]) + ["choose fallback 0 1"], .choice)
    }
    private static func breaks(_ label: String, isOver: Bool = true) -> (said: [String], awaits: ChatExchange.Awaited) {
        (["end a broke \(label)"] + (isOver ? [] : ["cancel a"]) + ["write", "finish stream error a"], .nothing)
    }
    private static func breaksHeld(
        _ label: String, isOver: Bool = true
    ) -> (said: [String], awaits: ChatExchange.Awaited) {
        (["end a broke \(label)"] + (isOver ? [] : ["cancel a"]), .log)
    }

    /// Written by hand: this is the specification.
    static let table: [Start: Row] = [
        .deciding: [
            .refused: (["refuse missing_api_key"], .nothing), .hit: (["give a"], .nothing),
            .decided: (["record", "choose drawn"], .choice), .clientLeft: (["leave"], .nothing),
        ],
        .choosingDrawn: [
            .asked: ([], .provider), .armUnavailable: (["choose fallback 2 0"], .choice),
            .noArmLeft: (["choose last "], .choice), .outOfTime: (["await"], .log),
            .untranslatable: (["choose fallback 2 1"], .choice), .clientLeft: (["finish left"], .nothing),
        ],
        .choosingFallback: [
            .asked: ([], .provider), .armUnavailable: (["choose fallback 0,2 0"], .choice),
            .noArmLeft: (["choose last 0"], .choice), .outOfTime: (["await"], .log),
            .untranslatable: (["choose fallback 0,2 1"], .choice), .clientLeft: (["finish left"], .nothing),
        ],
        .choosingLast: [
            .asked: ([], .provider), .armUnavailable: (["choose fallback 0,2 0"], .choice),
            .noArmLeft: (["await"], .log), .outOfTime: (["await"], .log),
            .untranslatable: (["choose fallback 0,2 1"], .choice), .clientLeft: (["finish left"], .nothing),
        ],
        .choosingAgain: [
            .asked: ([], .provider), .armUnavailable: (["choose fallback 0,2 1"], .choice),
            .noArmLeft: (["choose fallback 0 1"], .choice), .outOfTime: (["choose fallback 0 1"], .choice),
            .untranslatable: (["choose fallback 0,2 1"], .choice), .clientLeft: (["finish left"], .nothing),
        ],
        .asking: [
            .answer: (["end a ok", "await"], .log), .badAnswer: fails("status"),
            .clientsMistake: (["end a failed status", "await"], .log), .role: fails("empty", isOver: false),
            .word: fails("empty", isOver: false), .garbage: fails("empty", isOver: false),
            .done: fails("empty", isOver: false), .end: fails("empty"), .failed: fails("transport"),
            .longSilence: (["await"], .provider), .unsupported: (["end a failed status", "choose again a 0"], .choice),
            .notReading: (["pause a"], .provider),
            .clientLeft: (["end a cancelled", "cancel a", "finish left"], .nothing),
        ],
        .askingWritten: [
            .answer: (["end a ok", "finish answer a"], .nothing), .badAnswer: fails("status"),
            .clientsMistake: (["end a failed status", "finish refusal 400 c400"], .nothing),
            .role: fails("empty", isOver: false), .word: fails("empty", isOver: false),
            .garbage: fails("empty", isOver: false), .done: fails("empty", isOver: false), .end: fails("empty"),
            .failed: fails("transport"), .longSilence: (["head, alive"], .provider),
            .unsupported: (["end a failed status", "choose again a 0"], .choice), .notReading: (["pause a"], .provider),
            .clientLeft: (["end a cancelled", "cancel a", "finish left"], .nothing),
        ],
        .reading: [
            .answer: (["end a ok", "await"], .log), .badAnswer: fails("status"),
            .clientsMistake: (["end a failed status", "await"], .log), .word: (["await"], .log),
            .garbage: fails("malformedFrame", isOver: false), .done: fails("unfinished", isOver: false),
            .end: fails("unfinished"), .failed: fails("transport"), .longSilence: (["await"], .provider),
            .unsupported: (["end a failed status", "choose again a 0"], .choice), .notReading: (["pause a"], .provider),
            .clientLeft: (["end a cancelled", "cancel a", "finish left"], .nothing),
        ],
        .readingWritten: [
            .answer: (["end a ok", "finish answer a"], .nothing), .badAnswer: fails("status"),
            .clientsMistake: (["end a failed status", "finish refusal 400 c400"], .nothing),
            .word: (["head a announced", "write", "flush"], .provider),
            .garbage: fails("malformedFrame", isOver: false), .done: fails("unfinished", isOver: false),
            .end: fails("unfinished"), .failed: fails("transport"), .longSilence: (["head, alive"], .provider),
            .unsupported: (["end a failed status", "choose again a 0"], .choice), .notReading: (["pause a"], .provider),
            .clientLeft: (["end a cancelled", "cancel a", "finish left"], .nothing),
        ],
        .heldAnswer: [.written: (["finish answer a"], .nothing), .clientLeft: (["finish left"], .nothing)],
        .heldRefusal: [.written: ([refused503], .nothing), .clientLeft: (["finish left"], .nothing)],
        .heldStream: [
            .answer: breaksHeld("empty"), .badAnswer: breaksHeld("status"), .clientsMistake: breaksHeld("status"),
            .unsupported: breaksHeld("status"), .garbage: breaksHeld("malformedFrame", isOver: false),
            .done: (["end a streamed"], .log),
            .end: breaksHeld("unfinished"), .failed: breaksHeld("transport"),
            .written: (["head a announced", "write", "flush"], .provider), .notReading: (["pause a"], .log),
            .clientLeft: (["end a cancelled", "cancel a", "finish left"], .nothing),
        ],
        .heldEnded: [
            .written: (["head a announced", "write", "finish stream ok a"], .nothing),
            .clientLeft: (["finish left"], .nothing),
        ],
        .streaming: [
            .answer: breaks("empty"), .badAnswer: breaks("status"), .clientsMistake: breaks("status"),
            .unsupported: breaks("status"), .role: (["write", "flush"], .provider),
            .word: (["write", "flush"], .provider),
            .garbage: breaks("malformedFrame", isOver: false),
            .done: (["end a streamed", "write", "finish stream ok a"], .nothing),
            .end: breaks("unfinished"), .failed: breaks("transport"), .notReading: (["pause a"], .provider),
            .clientLeft: (["end a cancelled", "cancel a", "finish left a"], .nothing),
        ],
        .over: [:],
    ]

    @Test(
        "every event in every state does what the table says, and nothing where it says nothing",
        arguments: Start.allCases)
    func transitions(start: Start) throws {
        let row = try #require(Self.table[start])
        for kind in Event.allCases {
            let (stage, a) = try exchange(in: start)
            let before = stage.awaits
            let said = stage.tell(event(kind, stage, a))
            #expect(said == row[kind]?.said ?? [], "\(start) \(kind)")
            #expect(stage.awaits == row[kind]?.awaits ?? before, "\(start) \(kind)")
        }
    }

    @Test("from every state a client that leaves ends it, and what comes later does nothing")
    func leaving() throws {
        for start in Start.allCases {
            let (stage, a) = try exchange(in: start)
            stage.tell(.clientLeft)
            #expect(stage.awaits == .nothing)
            for kind in Event.allCases { #expect(stage.tell(event(kind, stage, a)).isEmpty, "\(start) \(kind)") }
        }
    }

    /// The world around an exchange, keeping its word: `choose` is answered at once, a call has one last event, `written` comes.
    @Test(
        "whatever happens in whatever order: it ends, once, and every attempt that began is booked once",
        arguments: 0..<40)
    func walks(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        for _ in 0..<250 {
            let stage = ExchangeStage(try StageDecision.make(maxAttempts: 1 + Int(random.next() % 4)))
            var asked: [StageArm] = []
            var events = 0
            stage.tell(.decided(stage.decided))
            while stage.awaits != .nothing {
                events += 1
                try #require(events < 2_000, "it does not end: \(stage.all)")
                // Noise: things that may come at any time, or should not come now.
                let junk = Event.allCases[Int(random.next() % UInt64(Event.allCases.count))]
                let isUpstream = [
                    Event.answer, .badAnswer, .clientsMistake, .unsupported, .head, .role, .word, .garbage, .done, .end,
                    .failed,
                ].contains(junk)
                let wouldBeAnother =
                    [Event.asked, .clientLeft, .written].contains(junk) || isUpstream && stage.awaits == .provider
                if !wouldBeAnother, stage.awaits != .choice {
                    stage.tell(event(junk, stage, asked.last ?? StageArm("n")))
                }
                switch stage.awaits {
                case .decision, .nothing: break
                case .choice:
                    switch random.next() % 5 {
                    case 0: stage.tell(.armUnavailable(position: Int(random.next() % 3)))
                    case 1: stage.tell(.noArmLeft)
                    case 2 where random.next() % 10 == 0: stage.tell(.outOfTime)
                    default:
                        asked.append(StageArm("\(asked.count)"))
                        stage.tell(.asked(asked[asked.count - 1], position: Int(random.next() % 4) - 1))
                    }
                case .provider:
                    let kinds: [Event] = [
                        .answer, .badAnswer, .head, .role, .word, .word, .garbage, .done, .end, .failed,
                    ]
                    let kind = kinds[Int(random.next() % UInt64(kinds.count))]
                    if random.next() % 50 == 0 { stage.tell(.clientLeft) }
                    stage.tell(event(kind, stage, asked[asked.count - 1]))
                case .log: if random.next() % 3 == 0 { stage.tell(.written) }
                }
            }
            let ends = stage.all.filter { $0.hasPrefix("finish") }
            #expect(ends.count == 1 && stage.all.last == ends[0], "\(stage.all)")
            #expect(stage.all.filter { $0.hasPrefix("end ") }.count == asked.count, "\(stage.all)")
            #expect(stage.all.filter { $0.hasPrefix("head") }.count <= 1)
            #expect(stage.most <= 6 && stage.most < ExchangeActions.limit)
            // A stream's end is told to a client that saw its head, and to no other.
            let streamed = stage.all.contains { $0.hasPrefix("head") }
            switch stage.lastEnding {
            case .stream, .brokenSilence: #expect(streamed, "\(stage.all)")
            case .answer, .refusal: #expect(!streamed, "\(stage.all)")
            case .left, nil: break
            }
        }
    }
}
