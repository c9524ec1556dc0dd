/// How providers answer in the tables of these tests: frames (`event` before a bar where it has a name), and whole.
enum AnswerFixtures {
    static let streams: [OutboundShapeName: [String: [String]]] = [
        "chat": [
            "text": [
                #"|{"id":"c","model":"gpt-x-1","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
                #"|{"id":"c","choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}"#,
                #"|{"id":"c","choices":[{"index":0,"delta":{"content":"Hel\ud83d"}}]}"#,
                #"|{"id":"c","choices":[{"index":0,"delta":{"content":"\ude00lo"}}]}"#,
                #"|{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"#,
                #"|{"id":"c","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":1}}}"#,
            ],
            "calls": [
                #"|{"id":"c","model":"gpt-x-1","choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"a","arguments":""}},{"index":1,"id":"call_b","type":"function","function":{"name":"b","arguments":""}}]}}]}"#,
                #"|{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{\"x\":"}}]}}]}"#,
                #"|{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"1}"}}]}}]}"#,
                #"|{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
            ],
            "refusal": [
                #"|{"id":"c","choices":[{"index":0,"delta":{"refusal":"No."}}]}"#,
                #"|{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}"#,
            ],
        ],
        "messages": [
            "text": [
                #"message_start|{"type":"message_start","message":{"id":"m","model":"claude-1","usage":{"input_tokens":4,"cache_read_input_tokens":5,"output_tokens":1}}}"#,
                #"content_block_start|{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
                #"content_block_delta|{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
                #"content_block_delta|{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"SIG"}}"#,
                #"content_block_stop|{"type":"content_block_stop","index":0}"#,
                #"content_block_start|{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
                #"content_block_delta|{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hel\ud83d"}}"#,
                #"content_block_delta|{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"\ude00lo"}}"#,
                #"content_block_stop|{"type":"content_block_stop","index":1}"#,
                #"message_delta|{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":4}}"#,
                #"message_stop|{"type":"message_stop"}"#,
            ],
            "calls": [
                #"message_start|{"type":"message_start","message":{"id":"m","model":"claude-1"}}"#,
                #"content_block_start|{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"call_a","name":"a","input":{}}}"#,
                #"content_block_stop|{"type":"content_block_stop","index":0}"#,
                #"content_block_start|{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"call_b","name":"b","input":{}}}"#,
                #"content_block_delta|{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"x\":1}"}}"#,
                #"content_block_stop|{"type":"content_block_stop","index":1}"#,
                #"message_delta|{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":4}}"#,
                #"message_stop|{"type":"message_stop"}"#,
            ],
            "refusal": [
                #"content_block_start|{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
                #"content_block_delta|{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"No."}}"#,
                #"message_delta|{"type":"message_delta","delta":{"stop_reason":"refusal"}}"#,
                #"message_stop|{"type":"message_stop"}"#,
            ],
        ],
        "responses": [
            "text": [
                #"response.created|{"type":"response.created","response":{"id":"r","model":"gpt-5-1"}}"#,
                #"response.reasoning_summary_text.delta|{"type":"response.reasoning_summary_text.delta","output_index":0,"delta":"hm"}"#,
                #"response.output_item.done|{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"ENC"}}"#,
                #"response.output_text.delta|{"type":"response.output_text.delta","output_index":1,"delta":"Hel\ud83d"}"#,
                #"response.output_text.delta|{"type":"response.output_text.delta","output_index":1,"delta":"\ude00lo"}"#,
                #"response.incomplete|{"type":"response.incomplete","response":{"id":"r","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":5},"output_tokens":4,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":13}}}"#,
            ],
            "calls": [
                #"response.created|{"type":"response.created","response":{"id":"r","model":"gpt-5-1"}}"#,
                #"response.output_item.added|{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"call_a","name":"a","arguments":""}}"#,
                #"response.output_item.added|{"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","id":"fc_2","call_id":"call_b","name":"b","arguments":""}}"#,
                #"response.function_call_arguments.delta|{"type":"response.function_call_arguments.delta","output_index":1,"delta":"{\"x\":1}"}"#,
                #"response.output_item.done|{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","call_id":"call_a","name":"a","arguments":"{}"}}"#,
                #"response.output_item.done|{"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","call_id":"call_b","name":"b","arguments":"{\"x\":1}"}}"#,
                #"response.completed|{"type":"response.completed","response":{"id":"r","status":"completed"}}"#,
            ],
            "refusal": [
                #"response.refusal.delta|{"type":"response.refusal.delta","output_index":0,"delta":"No."}"#,
                #"response.completed|{"type":"response.completed","response":{"id":"r","status":"completed"}}"#,
            ],
        ],
        "gemini": [
            "text": [
                #"|{"responseId":"g","modelVersion":"gemini-3-1","candidates":[{"content":{"parts":[{"text":"hm","thought":true}]}}],"usageMetadata":{"promptTokenCount":9}}"#,
                #"|{"candidates":[{"content":{"parts":[{"text":"Hel\ud83d"}]}}]}"#,
                #"|{"candidates":[{"content":{"parts":[{"text":"\ude00lo"}]},"finishReason":"MAX_TOKENS"}],"usageMetadata":{"promptTokenCount":9,"cachedContentTokenCount":5,"candidatesTokenCount":3,"thoughtsTokenCount":1,"totalTokenCount":13}}"#,
            ],
            "calls": [
                #"|{"responseId":"g","candidates":[{"content":{"parts":[{"functionCall":{"id":"call_a","name":"a","args":{}},"thoughtSignature":"SIG"},{"functionCall":{"id":"call_b","name":"b","args":{"x":1}}}]},"finishReason":"STOP"}]}"#
            ],
            "refusal": [
                #"|{"candidates":[{"content":{"parts":[{"text":"No."}]},"finishReason":"SAFETY"}]}"#
            ],
        ],
        "converse": [
            "text": [
                #"messageStart|{"role":"assistant"}"#,
                #"contentBlockDelta|{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}}}"#,
                #"contentBlockDelta|{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"SIG"}}}"#,
                #"contentBlockStop|{"contentBlockIndex":0}"#,
                #"contentBlockDelta|{"contentBlockIndex":1,"delta":{"text":"Hel\ud83d"}}"#,
                #"contentBlockDelta|{"contentBlockIndex":1,"delta":{"text":"\ude00lo"}}"#,
                #"contentBlockStop|{"contentBlockIndex":1}"#,
                #"messageStop|{"stopReason":"max_tokens"}"#,
                #"metadata|{"usage":{"inputTokens":4,"outputTokens":4,"totalTokens":13,"cacheReadInputTokens":5},"metrics":{"latencyMs":1}}"#,
            ],
            "calls": [
                #"messageStart|{"role":"assistant"}"#,
                #"contentBlockStart|{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"call_a","name":"a"}}}"#,
                #"contentBlockStop|{"contentBlockIndex":0}"#,
                #"contentBlockStart|{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"call_b","name":"b"}}}"#,
                #"contentBlockDelta|{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"x\":1}"}}}"#,
                #"contentBlockStop|{"contentBlockIndex":1}"#,
                #"messageStop|{"stopReason":"tool_use"}"#,
                #"metadata|{"usage":{"inputTokens":4,"outputTokens":4,"totalTokens":8},"metrics":{"latencyMs":1}}"#,
            ],
            "refusal": [
                #"contentBlockDelta|{"contentBlockIndex":0,"delta":{"text":"No."}}"#,
                #"messageStop|{"stopReason":"guardrail_intervened"}"#,
                #"metadata|{"usage":{"inputTokens":4,"outputTokens":4,"totalTokens":8},"metrics":{"latencyMs":1}}"#,
            ],
        ],
    ]

    typealias OutboundShapeName = String
}
