import WireFormats

extension RequestFeatures {
    /// Walks over a request for OpenAI's responses.
    init(responses body: JSONDocument) {
        self = []
        if body.member("parallel_tool_calls")?.bool == false { note(.parallelOff) }
        if body.member("text")?.member("format")?.member("type")?.isString("json_object") ?? false { note(.jsonObject) }
        body.member("include")?.forEachElement { word in
            if word.isString("message.output_text.logprobs") { note(.logprobs) }
            return true
        }
        readResponsesTools(body.member("tools"))
        if let choice = body.member("tool_choice"), choice.kind == .object, let type = choice.member("type")?.string,
            !["function", "custom", "allowed_tools"].contains(type)
        {
            note(.serverTool)
        }
        var last: JSONValue?
        body.member("input")?.forEachElement { item in
            readItem(item)
            last = item
            return true
        }
        if last?.member("role")?.isString("assistant") ?? false { note(.prefill) }
    }

    private mutating func readResponsesTools(_ tools: JSONValue?) {
        tools?.forEachElement { tool in
            if tool.member("type")?.isString("custom") ?? false { note(.customTool) }
            if tool.member("type")?.isString("namespace") ?? false { readResponsesTools(tool.member("tools")) }
            return true
        }
    }

    private mutating func readItem(_ item: JSONValue) {
        switch item.member("type")?.string {
        case nil, "message": readResponsesParts(item.member("content"))
        case "function_call_output": readResponsesParts(item.member("output"))
        case "custom_tool_call": note(.customTool)
        case "custom_tool_call_output":
            note(.customTool)
            readResponsesParts(item.member("output"))
        case "additional_tools": readResponsesTools(item.member("tools"))
        case let type? where type.hasPrefix("mcp_"): note(.mcp)
        case let type?
        where type != "function_call" && (type.hasSuffix("_call") || type.hasSuffix("_call_output")):
            // What a provider's own tool did: a part of the conversation that nobody else can be told.
            note(.serverTool)
        default: break
        }
    }

    private mutating func readResponsesParts(_ content: JSONValue?) {
        guard let content, content.kind == .array else { return }
        content.forEachElement { part in
            switch part.member("type")?.string {
            case "input_text", "output_text", "text", "summary_text", "reasoning_text", "refusal": break
            case "input_image":
                if let id = part.member("file_id"), !id.isNull { note(.fileID) }
                noteURL(part.member("image_url"), .imageURL)
            case "input_file":
                if let id = part.member("file_id"), !id.isNull {
                    note(.fileID)
                } else if let url = part.member("file_url"), url.kind == .string {
                    note(.documentURL)
                } else if case .unknown = FilePart(part) {
                    note(.documentType)
                }
            case "input_audio": note(.audioIn)
            default: note(.unknownPart)
            }
            return true
        }
    }
}
