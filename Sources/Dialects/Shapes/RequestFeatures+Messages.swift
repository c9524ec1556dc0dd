import WireFormats

extension RequestFeatures {
    /// Walks over a request for Anthropic's messages.
    init(messages body: JSONDocument) {
        self = []
        noteStops(body.member("stop_sequences"))
        if let servers = body.member("mcp_servers"), servers.kind == .array, !servers.isEmpty { note(.mcp) }
        if let container = body.member("container"), !container.isNull { note(.container) }
        readMessagesTools(body)
        var last: JSONValue?
        body.member("messages")?.forEachElement { message in
            readBlocks(message.member("content"))
            last = message
            return true
        }
        if last?.member("role")?.isString("assistant") ?? false { note(.prefill) }
    }

    private mutating func readMessagesTools(_ body: JSONDocument) {
        guard let choice = body.member("tool_choice") else { return }
        if choice.member("disable_parallel_tool_use")?.bool == true { note(.parallelOff) }
        guard choice.member("type")?.isString("tool") ?? false, let name = choice.member("name")?.string else { return }
        body.member("tools")?.forEachElement { tool in
            let type = tool.member("type")?.string ?? "custom"
            if type != "custom", tool.member("name")?.string == name { note(.serverTool) }
            return true
        }
    }

    private mutating func readBlocks(_ content: JSONValue?) {
        guard let content, content.kind == .array else { return }
        content.forEachElement { block in
            readBlock(block)
            return true
        }
    }

    private mutating func readBlock(_ block: JSONValue) {
        guard let type = block.member("type")?.string else { return note(.unknownPart) }
        switch type {
        case "text", "thinking", "redacted_thinking", "tool_use", "tool_reference": break
        case "tool_result", "search_result", "mid_conv_system": readBlocks(block.member("content"))
        case "image": readSource(block, .imageURL)
        case "document":
            if block.member("citations")?.member("enabled")?.bool == true { note(.citations) }
            readSource(block, .documentURL)
        case "container_upload": note(.container)
        default:
            if type.hasPrefix("mcp_") {
                note(.mcp)
            } else if type == "server_tool_use" || type.hasSuffix("_tool_result") {
                note(.serverTool)
            } else {
                note(.unknownPart)
            }
        }
    }

    private mutating func readSource(_ block: JSONValue, _ feature: RequestFeatures) {
        let source = block.member("source")
        switch source?.member("type")?.string {
        case "url": note(feature)
        case "file": note(.fileID)
        case "text": break
        case "content": readBlocks(source?.member("content"))
        case "base64":
            guard feature == .documentURL, source?.member("media_type")?.isString("application/pdf") != true else {
                return
            }
            note(.documentType)
        default: note(.unknownPart)
        }
    }
}
