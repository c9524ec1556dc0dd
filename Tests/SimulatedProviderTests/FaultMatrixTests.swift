import NIOCore
import ProviderClient
import SimulatedProvider
import Testing
import WireFormats

/// Every fault, in whole answers and in streams, in both dialects, over a socket: what an attempt comes to.
@Suite("faults: kind × phase × {stream, not} × dialect")
struct FaultMatrixTests {
    enum Dialect: CaseIterable {
        case openAI, anthropic

        var value: any ProviderDialect { self == .openAI ? OpenAIDialect() : AnthropicDialect() }
    }

    /// What is expected of a fault.
    enum Expected: Equatable {
        case healthy
        /// Nothing was sent; of this kind.
        case fault(UpstreamFault.Kind)
        /// The first tokens and an error event.
        case aborted(UpstreamFault.Kind)
    }

    struct Case: CustomTestStringConvertible {
        let fault: FaultPlan.Fault
        let whole: Expected
        /// Of a stream whose fault comes before its first token.
        let early: Expected
        /// Of a stream whose fault comes after two tokens.
        let late: Expected
        var testDescription: String { fault.rawValue }
    }

    static let cases = [
        Case(fault: .cut, whole: .fault(.transport), early: .fault(.transport), late: .aborted(.transport)),
        Case(fault: .cleanEnd, whole: .fault(.transport), early: .fault(.unfinished), late: .aborted(.unfinished)),
        Case(fault: .reset, whole: .fault(.transport), early: .fault(.transport), late: .aborted(.transport)),
        Case(fault: .stall, whole: .fault(.transport), early: .fault(.transport), late: .aborted(.transport)),
        Case(
            fault: .malformedFrame, whole: .fault(.notJSON), early: .fault(.malformedFrame),
            late: .aborted(.malformedFrame)),
        Case(fault: .roleOnly, whole: .fault(.transport), early: .fault(.transport), late: .fault(.transport)),
        Case(fault: .noDone, whole: .healthy, early: .healthy, late: .healthy),
        Case(fault: .noFinishReason, whole: .healthy, early: .healthy, late: .healthy),
        Case(fault: .choicesNull, whole: .fault(.noChoices), early: .healthy, late: .healthy),
        Case(fault: .choicesEmpty, whole: .fault(.noChoices), early: .healthy, late: .healthy),
        Case(fault: .noUsage, whole: .healthy, early: .healthy, late: .healthy),
        Case(fault: .html, whole: .fault(.notJSON), early: .fault(.notEventStream), late: .fault(.notEventStream)),
        Case(fault: .emptyBody, whole: .fault(.empty), early: .fault(.notEventStream), late: .fault(.notEventStream)),
        Case(
            fault: .truncatedJSON, whole: .fault(.notJSON), early: .fault(.malformedFrame),
            late: .aborted(.malformedFrame)),
        Case(fault: .redirect, whole: .fault(.redirect), early: .fault(.redirect), late: .fault(.redirect)),
        Case(fault: .slowLoris, whole: .healthy, early: .healthy, late: .healthy),
        Case(
            fault: .errorObject, whole: .fault(.errorObject), early: .fault(.errorObject), late: .aborted(.errorObject)),
    ]

    @Test("the table has every fault")
    func complete() {
        #expect(Set(Self.cases.map(\.fault)) == Set(FaultPlan.Fault.allCases))
    }

    private static func body(stream: Bool) -> String {
        #"{"model":"auto","stream":\#(stream),"messages":[{"role":"user","content":"hello"}]}"#
    }

    @Test("whole answers", arguments: cases, Dialect.allCases)
    func whole(of row: Case, dialect: Dialect) async throws {
        try await withProvider { provider, client in
            let outcome = try await client.chat(
                dialect.value, model: "m!\(row.fault.rawValue)", body: Self.body(stream: false))
            // Where Anthropic says nothing, that is an answer.
            var expected = row.whole
            if dialect == .anthropic && row.fault == .choicesEmpty { expected = .healthy }
            switch (expected, outcome) {
            case (.healthy, .answer(let text, let summary)):
                let document = try JSONDocument(parsing: ByteBuffer(string: text))
                let choice = try #require(document.member("choices")?.elements.first)
                #expect(choice.member("message")?.member("role")?.string == "assistant")
                #expect(document.member("object")?.string == "chat.completion")
                let hasNone = row.fault == .noFinishReason && dialect == .openAI
                #expect(summary.finishReason == (hasNone ? nil : "stop"))
                let usage = TokenUsage(
                    promptTokens: 1, completionTokens: 6, cachedPromptTokens: dialect == .openAI ? 0 : nil)
                #expect(summary.usage == (row.fault == .noUsage ? nil : usage))
            case (.fault(let kind), .fault(let fault)): #expect(fault.kind == kind)
            default: Issue.record("\(row.fault): \(outcome)")
            }
            #expect(provider.calls.count == 1)
        }
    }

    @Test("streams", arguments: cases, [0, 2])
    func stream(of row: Case, atToken: Int) async throws {
        for dialect in Dialect.allCases {
            try await withProvider { provider, client in
                let outcome = try await client.chat(
                    dialect.value, model: "m!\(row.fault.rawValue)@\(atToken)", body: Self.body(stream: true))
                switch (atToken == 0 ? row.early : row.late, outcome) {
                case (.healthy, .answer(let text, let summary)):
                    #expect(text.hasSuffix("data: [DONE]\n\n"))
                    #expect(text.components(of: "data: [DONE]") == 1)
                    #expect(!text.contains("\"usage\""))
                    #expect(try content(of: text).split(separator: " ").count == 6)
                    #expect(summary.finishReason == "stop")
                    #expect(summary.id?.isEmpty == false)
                    if row.fault != .noUsage, row.fault != .noFinishReason {
                        #expect(summary.usage?.completionTokens == 6)
                    }
                case (.fault(let kind), .fault(let fault)): #expect(fault.kind == kind)
                case (.aborted(let kind), .aborted(let text, let fault)):
                    #expect(fault.kind == kind)
                    #expect(!text.contains("[DONE]"))
                    #expect(try content(of: text).split(separator: " ").count == 2)
                default: Issue.record("\(row.fault) at \(atToken), \(dialect): \(outcome)")
                }
            }
        }
    }

    @Test(
        "a status is a fault of the arm, or the client's",
        arguments: [
            (400, true), (401, false), (403, false), (404, false), (408, false), (413, false), (422, true),
            (429, false),
            (500, false), (503, false), (529, false),
        ], [false, true])
    func statuses(of row: (status: Int, isClients: Bool), stream: Bool) async throws {
        for dialect in Dialect.allCases {
            try await withProvider { provider, client in
                provider.script([FaultPlan(status: row.status, headers: ["Retry-After": "7"])], for: "m")
                let outcome = try await client.chat(dialect.value, model: "m", body: Self.body(stream: stream))
                guard case .fault(let fault) = outcome else {
                    Issue.record("\(outcome)")
                    return
                }
                #expect(fault.kind == .status)
                #expect(fault.status == row.status)
                // What nobody knows may be the translation's.
                #expect(fault.isClients == (row.isClients && dialect == .openAI))
                let isSecret = row.status == 401 || row.status == 403
                #expect((fault.message == "scripted status \(row.status)") == !isSecret)
                #expect(fault.retryAfter == "7")
                if dialect == .openAI { #expect(fault.code == (isSecret ? nil : "simulated_\(row.status)")) }
            }
        }
    }

    /// What the client's chunks say, put together.
    private func content(of text: String) throws -> String {
        var parser = ServerSentEventParser()
        parser.append(ByteBuffer(string: text))
        var content = ""
        while let event = try parser.next() {
            guard let data = event.data, let chunk = try? JSONDocument(parsing: data) else { continue }
            content += chunk.member("choices")?.elements.first?.member("delta")?.member("content")?.string ?? ""
        }
        return content
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
