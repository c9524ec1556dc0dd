/// JSON Schemas of the dialects that clients ask in beside the chat, and of what all of them list.
extension APISchemas {
    static let dialects: [(name: String, schema: String)] = [
        (
            "Model",
            ##"""
            {
              "type": "object",
              "properties": {
                "id": {"type": "string"},
                "object": {"const": "model"},
                "type": {"const": "model"},
                "display_name": {"type": "string"},
                "created": {"type": "integer"},
                "created_at": {"type": "string", "format": "date-time"},
                "lifecycle": {"const": "active"},
                "owned_by": {"type": "string"}
              },
              "required": [
                "id", "object", "type", "display_name", "created", "created_at", "lifecycle", "owned_by"
              ],
              "additionalProperties": false
            }
            """##
        ),
        (
            "ModelList",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"const": "list"},
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Model"}},
                "has_more": {"const": false},
                "first_id": {"type": ["string", "null"]},
                "last_id": {"type": ["string", "null"]}
              },
              "required": ["object", "data", "has_more", "first_id", "last_id"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "MessageRequest",
            ##"""
            {
              "type": "object",
              "properties": {
                "model": {"type": ["string", "null"], "description": "Id of a route or of an arm; auto where absent."},
                "messages": {"type": "array", "items": {"type": "object"}, "minItems": 1},
                "system": {"type": ["string", "array", "null"], "items": {"type": "object"}},
                "max_tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000000000000},
                "stream": {"type": ["boolean", "null"]},
                "tools": {"type": ["array", "null"], "items": {"type": "object"}},
                "metadata": {"type": ["object", "null"], "properties": {"user_id": {"type": ["string", "null"]}}},
                "bandit": {"oneOf": [{"$ref": "#/components/schemas/Extensions"}, {"type": "null"}]}
              },
              "required": ["messages"],
              "description": "As Anthropic has it; the rest is the provider's to judge."
            }
            """##
        ),
        (
            "Message",
            ##"""
            {
              "type": "object",
              "properties": {
                "id": {"type": "string"},
                "type": {"type": "string"},
                "role": {"type": "string"},
                "model": {"type": "string"},
                "content": {"type": "array", "items": {"type": "object"}},
                "stop_reason": {"type": ["string", "null"]},
                "usage": {"type": "object"}
              },
              "required": ["content"],
              "description": "Anthropic's message."
            }
            """##
        ),
        (
            "TokenCount",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"type": "string"},
                "input_tokens": {"type": "integer", "minimum": 1}
              },
              "required": ["input_tokens"]
            }
            """##
        ),
        (
            "MessageError",
            ##"""
            {
              "type": "object",
              "properties": {
                "type": {"type": "string", "enum": ["error"]},
                "error": {
                  "type": "object",
                  "properties": {
                    "type": {"type": "string"},
                    "message": {"type": "string"},
                    "code": {"type": ["string", "null"]},
                    "param": {"type": ["string", "null"]}
                  },
                  "required": ["type", "message", "code", "param"]
                },
                "request_id": {"type": "string"}
              },
              "required": ["type", "error"],
              "description": "An error of the messages' endpoints."
            }
            """##
        ),
        (
            "ResponseRequest",
            ##"""
            {
              "type": "object",
              "properties": {
                "model": {"type": ["string", "null"], "description": "Id of a route or of an arm; auto where absent."},
                "input": {"type": ["string", "array"], "items": {"type": "object"}, "minItems": 1},
                "instructions": {"type": ["string", "null"]},
                "max_output_tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000000000000},
                "stream": {"type": ["boolean", "null"]},
                "tools": {"type": ["array", "null"], "items": {"type": "object"}},
                "store": {"type": ["boolean", "null"]},
                "bandit": {"oneOf": [{"$ref": "#/components/schemas/Extensions"}, {"type": "null"}]}
              },
              "required": ["input"],
              "description": "As OpenAI has it; the rest is the provider's to judge."
            }
            """##
        ),
        (
            "Response",
            ##"""
            {
              "type": "object",
              "properties": {
                "id": {"type": "string"},
                "object": {"type": "string"},
                "model": {"type": "string"},
                "status": {"type": "string"},
                "output": {"type": "array", "items": {"type": "object"}},
                "usage": {"type": ["object", "null"]}
              },
              "required": ["output"],
              "description": "OpenAI's response."
            }
            """##
        ),
        (
            "CompletionRequest",
            ##"""
            {
              "type": "object",
              "properties": {
                "model": {"type": ["string", "null"], "description": "Id of a route or of an arm; auto where absent."},
                "prompt": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "maxItems": 1},
                "max_tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000000000000},
                "stream": {"type": ["boolean", "null"]},
                "bandit": {"oneOf": [{"$ref": "#/components/schemas/Extensions"}, {"type": "null"}]}
              },
              "required": ["prompt"]
            }
            """##
        ),
        (
            "Completion",
            ##"""
            {
              "type": "object",
              "properties": {
                "id": {"type": "string"},
                "object": {"type": "string"},
                "choices": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": {
                      "text": {"type": "string"},
                      "index": {"type": "integer"},
                      "finish_reason": {"type": ["string", "null"]}
                    },
                    "required": ["text", "index"]
                  }
                },
                "usage": {"type": "object"}
              },
              "required": ["choices"]
            }
            """##
        ),
    ]
}
