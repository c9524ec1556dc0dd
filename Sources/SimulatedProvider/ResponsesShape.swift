/// OpenAI's `response` and its events.
struct ResponsesShape: AnswerShape {
    /// Seconds since the epoch; fixed, so that answers are the same for the same seed.
    private static let created = 1_760_000_000

    func whole(_ answer: SimulatedAnswer, fault: FaultPlan.Fault?) -> String {
        let output =
            switch fault {
            case .choicesNull: "null"
            case .choicesEmpty: "[]"
            default: "[\(item(answer, status: "completed"))]"
            }
        return response(answer, status: status(answer), output: output, usage: fault != .noUsage)
    }

    func opening(_ answer: SimulatedAnswer) -> [String] {
        let begun = response(answer, status: "in_progress", output: "[]", usage: false)
        let events = [
            frame("response.created", 0, #""response":\#(begun)"#),
            frame("response.in_progress", 1, #""response":\#(begun)"#),
        ]
        guard answer.call == nil else { return events }
        let part = #"{"type":"output_text","text":"","annotations":[],"logprobs":[]}"#
        return events + [
            frame(
                "response.output_item.added", 2,
                #""output_index":0,"item":\#(message(answer, status: "in_progress", content: "[]"))"#),
            frame("response.content_part.added", 3, #"\#(place(answer)),"part":\#(part)"#),
        ]
    }

    func token(_ text: String, of answer: SimulatedAnswer) -> String {
        // The number of a token is not known here; what reads these streams takes numbers as they come.
        frame("response.output_text.delta", 4, #"\#(place(answer)),"delta":\#(jsonString(text)),"logprobs":[]"#)
    }

    func closing(_ answer: SimulatedAnswer, fault: FaultPlan.Fault?) -> [String] {
        var number = 4 + answer.tokens.count
        var frames: [String] = []
        func add(_ event: String, _ members: String) {
            frames.append(frame(event, number, members))
            number += 1
        }
        if let call = answer.call {
            number = 2
            let begun =
                #"{"type":"function_call","id":"fc_\#(answer.id)","call_id":"call_\#(answer.id)","#
                + #""name":\#(jsonString(call.name)),"arguments":"","status":"in_progress"}"#
            add("response.output_item.added", #""output_index":0,"item":\#(begun)"#)
            let place = #""item_id":"fc_\#(answer.id)","output_index":0"#
            for piece in SimulatedAnswer.pieces(of: call.arguments) {
                add("response.function_call_arguments.delta", #"\#(place),"delta":\#(jsonString(piece))"#)
            }
            add(
                "response.function_call_arguments.done",
                #"\#(place),"name":\#(jsonString(call.name)),"arguments":\#(jsonString(call.arguments))"#)
        } else {
            let text = jsonString(answer.text)
            add("response.output_text.done", #"\#(place(answer)),"text":\#(text),"logprobs":[]"#)
            add("response.content_part.done", #"\#(place(answer)),"part":\#(part(answer))"#)
        }
        add("response.output_item.done", #""output_index":0,"item":\#(item(answer, status: "completed"))"#)
        guard fault != .noFinishReason, fault != .noDone else { return frames }
        let status = status(answer)
        let ended = response(
            answer, status: status, output: "[\(item(answer, status: "completed"))]", usage: fault != .noUsage)
        add("response.\(status)", #""response":\#(ended)"#)
        return frames
    }

    func hollow(_ answer: SimulatedAnswer, choices: String) -> String {
        frame("response.output_text.delta", 4, #"\#(place(answer)),"delta":\#(choices == "null" ? "null" : "\"\"")"#)
    }

    func error(status: Int, message: String) -> String {
        OpenAIShape(includesUsage: false).error(status: status, message: message)
    }

    func errorFrame(message: String) -> String {
        frame("error", 4, #""code":"server_error","message":\#(jsonString(message)),"param":null"#)
    }

    private func frame(_ event: String, _ number: Int, _ members: String) -> String {
        "event: \(event)\ndata: " + #"{"type":"\#(event)","sequence_number":\#(number),\#(members)}"# + "\n\n"
    }

    private func place(_ answer: SimulatedAnswer) -> String {
        #""item_id":"msg_\#(answer.id)","output_index":0,"content_index":0"#
    }

    private func part(_ answer: SimulatedAnswer) -> String {
        #"{"type":"output_text","text":\#(jsonString(answer.text)),"annotations":[],"logprobs":[]}"#
    }

    private func message(_ answer: SimulatedAnswer, status: String, content: String) -> String {
        #"{"type":"message","id":"msg_\#(answer.id)","role":"assistant","status":"\#(status)","content":\#(content)}"#
    }

    private func item(_ answer: SimulatedAnswer, status: String) -> String {
        guard let call = answer.call else { return message(answer, status: status, content: "[\(part(answer))]") }
        return #"{"type":"function_call","id":"fc_\#(answer.id)","call_id":"call_\#(answer.id)","#
            + #""name":\#(jsonString(call.name)),"arguments":\#(jsonString(call.arguments)),"status":"\#(status)"}"#
    }

    private func status(_ answer: SimulatedAnswer) -> String { answer.isCutByLimit ? "incomplete" : "completed" }

    private func response(_ answer: SimulatedAnswer, status: String, output: String, usage: Bool) -> String {
        let count = max(1, answer.tokens.count)
        let used =
            usage
            ? #"{"input_tokens":\#(answer.promptTokens),"input_tokens_details":{"cached_tokens":0},"#
                + #""output_tokens":\#(count),"output_tokens_details":{"reasoning_tokens":0},"#
                + #""total_tokens":\#(answer.promptTokens + count)}"# : "null"
        let incomplete = status == "incomplete" ? #"{"reason":"max_output_tokens"}"# : "null"
        return #"{"id":"resp_\#(answer.id)","object":"response","created_at":\#(Self.created),"status":"\#(status)","#
            + #""error":null,"incomplete_details":\#(incomplete),"instructions":null,"metadata":{},"#
            + #""model":\#(jsonString(answer.model)),"output":\#(output),"parallel_tool_calls":true,"temperature":1.0,"#
            + #""tool_choice":"auto","tools":[],"top_p":1.0,"usage":\#(used)}"#
    }
}
