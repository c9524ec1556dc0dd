/// An answer's JSON in a provider's shape.
protocol AnswerShape: Sendable {
    /// A whole answer.
    func whole(_ answer: SimulatedAnswer, fault: FaultPlan.Fault?) -> String
    /// The frames before the first token, ending with the one that has the role.
    func opening(_ answer: SimulatedAnswer) -> [String]
    /// A token's frame.
    func token(_ text: String, of answer: SimulatedAnswer) -> String
    /// The frames after the last token; the finish, the usage and the end, as far as the fault lets them.
    func closing(_ answer: SimulatedAnswer, fault: FaultPlan.Fault?) -> [String]
    /// A chunk whose choices are not there.
    func hollow(_ answer: SimulatedAnswer, choices: String) -> String
    func error(status: Int, message: String) -> String
    /// An error in the middle of a stream.
    func errorFrame(message: String) -> String
}

/// OpenAI's `chat.completion` and `chat.completion.chunk`.
struct OpenAIShape: AnswerShape {
    let includesUsage: Bool
    /// Seconds since the epoch; fixed, so that answers are the same for the same seed.
    private static let created = 1_760_000_000

    func whole(_ answer: SimulatedAnswer, fault: FaultPlan.Fault?) -> String {
        let message =
            answer.call.map {
                #"{"role":"assistant","content":null,"tool_calls":[{"id":"call_\#(answer.id)","type":"function","#
                    + #""function":{"name":\#(jsonString($0.name)),"arguments":\#(jsonString($0.arguments))}}]}"#
            } ?? #"{"role":"assistant","content":\#(jsonString(answer.text))}"#
        let reason = fault == .noFinishReason ? "null" : "\"\(finishReason(answer))\""
        let choices =
            switch fault {
            case .choicesNull: "null"
            case .choicesEmpty: "[]"
            default: #"[{"index":0,"message":\#(message),"logprobs":null,"finish_reason":\#(reason)}]"#
            }
        let usage = fault == .noUsage ? "" : #","usage":\#(usage(answer))"#
        return #"{\#(common(answer, "chat.completion")),"choices":\#(choices)\#(usage)}"#
    }

    func opening(_ answer: SimulatedAnswer) -> [String] {
        [chunk(answer, delta: #"{"role":"assistant","content":""}"#)]
    }

    func token(_ text: String, of answer: SimulatedAnswer) -> String {
        chunk(answer, delta: #"{"content":\#(jsonString(text))}"#)
    }

    func closing(_ answer: SimulatedAnswer, fault: FaultPlan.Fault?) -> [String] {
        var frames: [String] = []
        if let call = answer.call {
            frames.append(
                chunk(
                    answer,
                    delta: #"{"tool_calls":[{"index":0,"id":"call_\#(answer.id)","type":"function","#
                        + #""function":{"name":\#(jsonString(call.name)),"arguments":""}}]}"#))
            for piece in SimulatedAnswer.pieces(of: call.arguments) {
                let arguments = #"{"arguments":\#(jsonString(piece))}"#
                frames.append(chunk(answer, delta: #"{"tool_calls":[{"index":0,"function":\#(arguments)}]}"#))
            }
        }
        if fault != .noFinishReason { frames.append(chunk(answer, delta: "{}", finish: finishReason(answer))) }
        if includesUsage && fault != .noUsage {
            frames.append(
                frame(#"{\#(common(answer, "chat.completion.chunk")),"choices":[],"usage":\#(usage(answer))}"#))
        }
        if fault != .noDone { frames.append("data: [DONE]\n\n") }
        return frames
    }

    func hollow(_ answer: SimulatedAnswer, choices: String) -> String {
        frame(#"{\#(common(answer, "chat.completion.chunk")),"choices":\#(choices)}"#)
    }

    func error(status: Int, message: String) -> String {
        let type = status == 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error"
        return
            #"{"error":{"message":\#(jsonString(message)),"type":"\#(type)","param":null,"code":"simulated_\#(status)"}}"#
    }

    func errorFrame(message: String) -> String { frame(error(status: 500, message: message)) }

    private func frame(_ data: String) -> String { "data: \(data)\n\n" }

    private func finishReason(_ answer: SimulatedAnswer) -> String {
        answer.call != nil ? "tool_calls" : answer.isCutByLimit ? "length" : "stop"
    }

    private func common(_ answer: SimulatedAnswer, _ object: String) -> String {
        #""id":"chatcmpl-\#(answer.id)","object":"\#(object)","created":\#(Self.created),"model":\#(jsonString(answer.model))"#
    }

    private func chunk(_ answer: SimulatedAnswer, delta: String, finish: String? = nil) -> String {
        let reason = finish.map { "\"\($0)\"" } ?? "null"
        return frame(
            #"{\#(common(answer, "chat.completion.chunk")),"choices":[{"index":0,"delta":\#(delta),"logprobs":null,"#
                + #""finish_reason":\#(reason)}]\#(includesUsage ? #","usage":null"# : "")}"#)
    }

    private func usage(_ answer: SimulatedAnswer) -> String {
        let completion = max(1, answer.tokens.count)
        return #"{"prompt_tokens":\#(answer.promptTokens),"completion_tokens":\#(completion),"#
            + #""total_tokens":\#(answer.promptTokens + completion),"prompt_tokens_details":{"cached_tokens":0}}"#
    }
}

/// Anthropic's `message` and its events.
struct AnthropicShape: AnswerShape {
    func whole(_ answer: SimulatedAnswer, fault: FaultPlan.Fault?) -> String {
        let block =
            answer.call.map {
                #"{"type":"tool_use","id":"toolu_\#(answer.id)","name":\#(jsonString($0.name)),"input":\#($0.arguments)}"#
            }
            ?? #"{"type":"text","text":\#(jsonString(answer.text))}"#
        let content =
            switch fault {
            case .choicesNull: "null"
            case .choicesEmpty: "[]"
            default: "[\(block)]"
            }
        let reason = fault == .noFinishReason ? "null" : "\"\(stopReason(answer))\""
        let usage =
            fault == .noUsage
            ? "" : #","usage":{"input_tokens":\#(answer.promptTokens),"output_tokens":\#(max(1, answer.tokens.count))}"#
        return #"{\#(head(answer)),"content":\#(content),"stop_reason":\#(reason),"stop_sequence":null\#(usage)}"#
    }

    func opening(_ answer: SimulatedAnswer) -> [String] {
        let start = #"{"type":"text","text":""}"#
        let message =
            #"{\#(head(answer)),"content":[],"stop_reason":null,"stop_sequence":null,"#
            + #""usage":{"input_tokens":\#(answer.promptTokens),"output_tokens":1}}"#
        let opening = frame("message_start", #"{"type":"message_start","message":\#(message)}"#)
        guard answer.call == nil else { return [opening] }
        return [
            opening,
            frame("content_block_start", #"{"type":"content_block_start","index":0,"content_block":\#(start)}"#),
            frame("ping", #"{"type":"ping"}"#),
        ]
    }

    func token(_ text: String, of answer: SimulatedAnswer) -> String {
        let delta = #"{"type":"text_delta","text":\#(jsonString(text))}"#
        return frame("content_block_delta", #"{"type":"content_block_delta","index":0,"delta":\#(delta)}"#)
    }

    func closing(_ answer: SimulatedAnswer, fault: FaultPlan.Fault?) -> [String] {
        var frames: [String] = []
        if let call = answer.call {
            let block = #"{"type":"tool_use","id":"toolu_\#(answer.id)","name":\#(jsonString(call.name)),"input":{}}"#
            frames.append(
                frame("content_block_start", #"{"type":"content_block_start","index":0,"content_block":\#(block)}"#))
            // As Anthropic does it: where there are no arguments nothing comes.
            let pieces = call.arguments == "{}" ? [] : SimulatedAnswer.pieces(of: call.arguments)
            for piece in pieces {
                let delta = #"{"type":"input_json_delta","partial_json":\#(jsonString(piece))}"#
                frames.append(
                    frame("content_block_delta", #"{"type":"content_block_delta","index":0,"delta":\#(delta)}"#))
            }
        }
        frames.append(frame("content_block_stop", #"{"type":"content_block_stop","index":0}"#))
        if fault != .noFinishReason {
            let usage = fault == .noUsage ? "" : #","usage":{"output_tokens":\#(max(1, answer.tokens.count))}"#
            let delta = #"{"stop_reason":"\#(stopReason(answer))","stop_sequence":null}"#
            frames.append(frame("message_delta", #"{"type":"message_delta","delta":\#(delta)\#(usage)}"#))
        }
        if fault != .noDone { frames.append(frame("message_stop", #"{"type":"message_stop"}"#)) }
        return frames
    }

    func hollow(_ answer: SimulatedAnswer, choices: String) -> String {
        frame(
            "content_block_delta",
            #"{"type":"content_block_delta","index":0,"delta":\#(choices == "null" ? "null" : "{}")}"#)
    }

    func error(status: Int, message: String) -> String {
        let type =
            switch status {
            case 429: "rate_limit_error"
            case 401: "authentication_error"
            case 529: "overloaded_error"
            case ..<500: "invalid_request_error"
            default: "api_error"
            }
        return
            #"{"type":"error","error":{"type":"\#(type)","message":\#(jsonString(message))},"request_id":"req_simulated"}"#
    }

    func errorFrame(message: String) -> String { frame("error", error(status: 500, message: message)) }

    private func frame(_ event: String, _ data: String) -> String { "event: \(event)\ndata: \(data)\n\n" }

    private func head(_ answer: SimulatedAnswer) -> String {
        #""id":"msg_\#(answer.id)","type":"message","role":"assistant","model":\#(jsonString(answer.model))"#
    }

    private func stopReason(_ answer: SimulatedAnswer) -> String {
        answer.call != nil ? "tool_use" : answer.isCutByLimit ? "max_tokens" : "end_turn"
    }
}
