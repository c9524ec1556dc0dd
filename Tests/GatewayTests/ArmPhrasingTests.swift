import BanditCore
import Foundation
import Gateway
import RoutingEngine
import Testing

@Suite("How an arm is asked")
struct ArmPhrasingTests {
    @Test("limits of answers in its params and defaults are counted with, by any of their names")
    func answerTokens() throws {
        var configuration = RouterConfiguration(providers: [], arms: [], routes: [])
        let ids = ["plain", "params", "defaults", "most"]
        configuration.arms = ids.map { ArmDefinition(id: $0, provider: "p", model: $0) }
        for (id, change) in [
            ("params", { $0.params = #"{"max_completion_tokens":9000,"temperature":1}"# }),
            (
                "defaults",
                {
                    $0.defaults = #"{"max_tokens":700}"#
                    $0.maxOutputTokens = 8000
                }
            ),
            ("most", { $0.maxOutputTokens = 8000 }),
        ] as [(String, (inout ArmPhrasing) -> Void)] {
            var phrasing = ArmPhrasing()
            change(&phrasing)
            configuration.phrasings[id] = phrasing
        }
        let catalogue = try configuration.catalogue(categories: ["general"])
        #expect(
            ids.map { catalogue.arm($0)?.answerTokens } == [
                AnswerTokens(), AnswerTokens(overruled: 9000), AnswerTokens(usual: 700), AnswerTokens(usual: 8000),
            ])
    }
}
