import NIOCore
import WireFormats

/// A whole answer as the event stream that was asked for: for providers that answer whole where a stream was wanted.
struct AnswerChunks {
    /// The frames, `[DONE]` among them.
    let bytes: ByteBuffer
    let summary: StreamSummary

    /// - Parameter answer: in OpenAI's shape.
    init?(_ answer: CheckedAnswer, hidesUsage: Bool) {
        guard let document = try? JSONDocument(parsing: Self.oneLine(answer.body)), document.isObject,
            let choices = document.member("choices")
        else { return nil }
        var output = ByteBufferAllocator().buffer(capacity: answer.body.readableBytes + 1_024)
        var ends = ByteBuffer()
        var isFirst = true
        Self.begin(&output, document)
        choices.forEachElement { choice in
            let index = choice.member("index").map(\.rawBytes) ?? ByteBuffer(staticString: "0")
            if !isFirst {
                output.writeStaticString(",")
                ends.writeStaticString(",")
            }
            isFirst = false
            output.writeStaticString(#"{"index":"#)
            output.writeImmutableBuffer(index)
            output.writeStaticString(#","delta":"#)
            Self.writeDelta(choice.member("message"), to: &output)
            if let logprobs = choice.member("logprobs"), !logprobs.isNull {
                output.writeStaticString(#","logprobs":"#)
                output.writeImmutableBuffer(logprobs.rawBytes)
            }
            output.writeStaticString(#","finish_reason":null}"#)
            ends.writeStaticString(#"{"index":"#)
            ends.writeImmutableBuffer(index)
            ends.writeStaticString(#","delta":{},"finish_reason":"#)
            JSONString.append(choice.member("finish_reason")?.string ?? "stop", to: &ends)
            ends.writeStaticString("}")
            return true
        }
        output.writeStaticString("]}\n\n")
        Self.begin(&output, document)
        output.writeImmutableBuffer(ends)
        output.writeStaticString("]}\n\n")
        if !hidesUsage, let usage = document.member("usage"), usage.kind == .object {
            Self.begin(&output, document)
            output.writeStaticString(#"],"usage":"#)
            output.writeImmutableBuffer(usage.rawBytes)
            output.writeStaticString("}\n\n")
        }
        output.writeStaticString(StreamRelay.done)
        bytes = output
        summary = StreamSummary(
            id: answer.id, usage: answer.usage, finishReason: answer.finishReason, contentBytes: answer.contentBytes)
    }

    /// - Parameter shape: of the answer, and of the stream.
    init?(_ answer: CheckedAnswer, eventsOf shape: InboundShape) {
        guard let document = try? JSONDocument(parsing: Self.oneLine(answer.body)), document.isObject,
            let events = shape.events(of: document)
        else { return nil }
        bytes = events
        let reason = document.member("stop_reason") ?? document.member("incomplete_details")?.member("reason")
        summary = StreamSummary(
            id: answer.id, usage: answer.usage, finishReason: reason?.string ?? document.member("status")?.string,
            contentBytes: answer.contentBytes)
    }

    /// JSON without line breaks, which would end a frame's line: between quotes there is none.
    private static func oneLine(_ json: ByteBuffer) -> ByteBuffer {
        let breaks = [UInt8(ascii: "\n"), UInt8(ascii: "\r")]
        guard json.readableBytesView.contains(where: breaks.contains) else { return json }
        return ByteBuffer(bytes: json.readableBytesView.map { breaks.contains($0) ? UInt8(ascii: " ") : $0 })
    }

    private static func begin(_ output: inout ByteBuffer, _ answer: JSONDocument) {
        output.writeStaticString(#"data: {"object":"chat.completion.chunk""#)
        for name in ["id", "created", "model", "system_fingerprint", "service_tier"] as [StaticString] {
            guard let value = answer.member(name), !value.isNull else { continue }
            output.writeString(",\"\(name)\":")
            output.writeImmutableBuffer(value.rawBytes)
        }
        output.writeStaticString(#","choices":["#)
    }

    /// The message as it is; its tool calls are numbered, as they are in streams.
    private static func writeDelta(_ message: JSONValue?, to output: inout ByteBuffer) {
        output.writeStaticString("{")
        var isFirst = true
        message?.forEachMember { name, value in
            if !isFirst { output.writeStaticString(",") }
            isFirst = false
            JSONString.append(name, to: &output)
            output.writeStaticString(":")
            if name == "tool_calls", value.kind == .array {
                writeCalls(value, to: &output)
            } else {
                output.writeImmutableBuffer(value.rawBytes)
            }
            return true
        }
        output.writeStaticString("}")
    }

    private static func writeCalls(_ calls: JSONValue, to output: inout ByteBuffer) {
        output.writeStaticString("[")
        for (index, call) in calls.elements.enumerated() {
            output.writeString(index == 0 ? #"{"index":\#(index)"# : #",{"index":\#(index)"#)
            call.forEachMember { name, value in
                guard name != "index" else { return true }
                output.writeStaticString(",")
                JSONString.append(name, to: &output)
                output.writeStaticString(":")
                output.writeImmutableBuffer(value.rawBytes)
                return true
            }
            output.writeStaticString("}")
        }
        output.writeStaticString("]")
    }
}
