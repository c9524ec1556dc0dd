import NIOCore
import ProviderClient
import WireFormats

/// `POST /v1/completions`, from before there were chats: the prompt is asked as the one turn of a chat, and what is answered is brought
/// back into the endpoint's own shape.
enum Completions {
    /// Members that a chat has no word for; they are refused, not passed over, unless they say nothing.
    private static let unsupported: [(name: StaticString, isIdle: @Sendable (JSONValue) -> Bool)] = [
        ("suffix", { $0.isString("") }), ("echo", { $0.bool == false }), ("best_of", { $0.int == 1 }),
        ("logprobs", { $0.int == 0 || $0.bool == false }),
    ]

    /// The request as a chat.
    static func chat(_ document: JSONDocument) throws(GatewayError) -> JSONDocument {
        for (name, isIdle) in unsupported {
            guard let value = document.member(name), !value.isNull, !isIdle(value) else { continue }
            throw GatewayError(
                400, "unsupported_parameter", "'\(name)' is not supported here: the request is asked as a chat.",
                param: name.description)
        }
        var splice = JSONSplice(document)
        var messages = ByteBuffer(staticString: #"[{"role":"user","content":"#)
        messages.writeImmutableBuffer(try prompt(document).rawBytes)
        messages.writeStaticString("}]")
        splice.set("messages", to: messages)
        for name in ["prompt", "suffix", "echo", "best_of", "logprobs"] as [StaticString] { splice.remove(name) }
        do {
            return try JSONDocument(parsing: splice.applied())
        } catch {
            throw .invalidJSON(error.description)
        }
    }

    private static func prompt(_ document: JSONDocument) throws(GatewayError) -> JSONValue {
        guard let prompt = document.member("prompt"), !prompt.isNull else { throw .missing("prompt") }
        if prompt.kind == .string { return prompt }
        let texts = prompt.kind == .array ? prompt.elements : []
        guard texts.count == 1, texts[0].kind == .string else {
            throw .invalidValue("prompt", "it must be a text, or an array of one; tokens and several prompts are not")
        }
        return texts[0]
    }

    /// A whole chat as a completion; what is no chat stays as it is.
    static func whole(_ answer: ByteBuffer) -> ByteBuffer {
        (try? JSONDocument(parsing: answer)).flatMap { completion($0, said: "message") } ?? answer
    }

    /// The frames of a chat's stream as a completion's; each piece holds whole ones.
    static func frames(_ frames: ByteBuffer) -> ByteBuffer {
        var output = ByteBuffer()
        var parser = ServerSentEventParser()
        parser.append(frames)
        while let event = try? parser.next() {
            guard let data = event.data, let chunk = try? JSONDocument(parsing: data), chunk.has("choices") else {
                // Signs of life, the end, and errors are the same in both.
                output.writeImmutableBuffer(parser.bytes(event.range))
                continue
            }
            guard let completion = completion(chunk, said: "delta") else { continue }
            output.writeStaticString("data: ")
            output.writeImmutableBuffer(completion)
            output.writeStaticString("\n\n")
        }
        return output
    }

    /// - Returns: nil where a chunk says nothing that a completion's does.
    private static func completion(_ chat: JSONDocument, said member: StaticString) -> ByteBuffer? {
        guard let choices = chat.member("choices"), choices.kind == .array else { return nil }
        var saysSomething = choices.isEmpty || member.description == "message"
        var output = ByteBufferAllocator().buffer(capacity: chat.text.readableBytes)
        output.writeStaticString(#"{"object":"text_completion""#)
        for name in ["id", "created", "model", "system_fingerprint", "usage"] as [StaticString] {
            guard let value = chat.member(name) else { continue }
            output.writeString(",\"\(name)\":")
            output.writeImmutableBuffer(value.rawBytes)
        }
        output.writeStaticString(#","choices":["#)
        var isFirst = true
        choices.forEachElement { choice in
            let spoken = choice.member(member)?.member("content").flatMap { $0.kind == .string ? $0 : nil }
            let reason = choice.member("finish_reason")
            if spoken != nil || !(reason?.isNull ?? true) { saysSomething = true }
            output.writeString(isFirst ? #"{"text":"# : #",{"text":"#)
            isFirst = false
            output.writeImmutableBuffer(spoken?.rawBytes ?? ByteBuffer(staticString: "\"\""))
            output.writeStaticString(#","index":"#)
            output.writeImmutableBuffer(choice.member("index")?.rawBytes ?? ByteBuffer(staticString: "0"))
            output.writeStaticString(#","logprobs":null,"finish_reason":"#)
            output.writeImmutableBuffer(reason?.rawBytes ?? ByteBuffer(staticString: "null"))
            output.writeStaticString("}")
            return true
        }
        output.writeStaticString("]}")
        return saysSomething ? output : nil
    }
}
