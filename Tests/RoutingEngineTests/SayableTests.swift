import BanditCore
import RoutingEngine
import Testing

@Suite("what a dialect cannot say")
struct SayableTests {
    private let now = Fixture.start

    @Test(
        "an arm whose dialect has no words for a request is never drawn, and the decision says which words",
        arguments: [
            ExclusionReason.cannotChoices, .cannotLogprobs, .cannotAudioIn, .cannotCustomTool, .cannotFileID,
        ])
    func excluded(reason: ExclusionReason) throws {
        let engine = Fixture.engine(try Fixture.catalogue { $0.affinity = .none })
        for random in 0..<100 as Range<UInt64> {
            let choice = try engine.decide(
                Fixture.request { $0.unsayable = ["large": reason] }, at: now,
                random: random &* 0x9E37_79B9_7F4A_7C15)
            #expect(choice.decision.arm != "large" && !choice.decision.arms.contains("large"))
            #expect(choice.decision.excluded == [Exclusion(arm: "large", reason: reason)])
            #expect(engine.fallback(for: choice, tried: ArmSet([0, 2]), attempt: 1) == nil)
        }
    }

    @Test("where no arm has the words the refusal names them, also for an arm asked for by name")
    func refused() throws {
        let engine = Fixture.engine(try Fixture.catalogue())
        let all = [
            "small": ExclusionReason.cannotJSONObject, "large": .cannotJSONObject, "unpriced": .cannotJSONObject,
        ]
        for model in ["auto", "large"] {
            do {
                _ = try engine.decide(
                    Fixture.request {
                        $0.unsayable = all; $0.model = model
                    }, at: now, random: 1)
                Issue.record("decided")
            } catch {
                guard case .noCapableArm(let excluded) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(excluded.allSatisfy { $0.reason == .cannotJSONObject } && !excluded.isEmpty)
            }
        }
    }

    @Test("what a route requires of every arm holds for every decision, whoever asks for it")
    func requires() throws {
        let engine = Fixture.engine(try Fixture.catalogue { $0.requires = [.promptCaching] })
        do {
            _ = try engine.decide(Fixture.request { _ in }, at: now, random: 1)
            Issue.record("decided")
        } catch {
            guard case .noCapableArm(let excluded) = error else { throw error }
            #expect(!excluded.isEmpty && excluded.allSatisfy { $0.reason == .capabilityPromptCaching })
        }
    }

    @Test("a last resort that has no words for a request is none")
    func lastResort() throws {
        let engine = Fixture.engine(
            try Fixture.catalogue {
                $0.arms = ["small", "large"]
                $0.lastResort = "unpriced"
            })
        let choice = try engine.decide(
            Fixture.request { $0.unsayable = ["unpriced": .cannotLogprobs] }, at: now, random: 1)
        #expect(choice.lastResort == nil)
    }

    @Test("a reason is the feature's name behind dialect_cannot, in the log and out of it")
    func names() {
        #expect(ExclusionReason(dialectCannot: "n") == .cannotChoices)
        #expect(ExclusionReason(dialectCannot: "json_object")?.rawValue == "dialect_cannot:json_object")
        #expect(ExclusionReason(dialectCannot: "wings") == nil)
        for reason in ExclusionReason.allCases {
            let word = reason.rawValue
            #expect(!word.contains(" ") && !word.contains(","), "the log separates by these")
        }
    }
}
