/// What is asked in the tables of these tests, in each of the dialects that clients ask in.
enum RequestFixtures {
    static let image = "iVBORw0KGgo="

    static let chat: [String: String] = [
        "text":
            #"{"model":"r","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi \"you\" \u00e9"}]}"#,
        "stream":
            #"{"model":"r","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}]}"#,
        "tool":
            #"{"model":"r","messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bonn\"}"}}]},{"role":"tool","tool_call_id":"call_1","content":"12 degrees"}],"tools":[{"type":"function","function":{"name":"weather","description":"Tells it","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}],"tool_choice":"auto"}"#,
        "parallel":
            #"{"model":"r","messages":[{"role":"user","content":"Both"},{"role":"assistant","content":"Looking.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"a","arguments":"{}"}},{"id":"call_2","type":"function","function":{"name":"b","arguments":"{\"x\":1.50}"}}]},{"role":"tool","tool_call_id":"call_2","content":"two"},{"role":"tool","tool_call_id":"call_1","content":"one"}],"tools":[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"b"}}],"tool_choice":"required"}"#,
        "resultImage":
            #"{"model":"r","messages":[{"role":"user","content":"Look"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"shot","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_1","content":[{"type":"text","text":"here"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}],"tools":[{"type":"function","function":{"name":"shot"}}]}"#,
        "schema":
            #"{"model":"r","messages":[{"role":"user","content":"JSON"}],"response_format":{"type":"json_schema","json_schema":{"name":"out","schema":{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false},"strict":true}}}"#,
        "image":
            #"{"model":"r","messages":[{"role":"user","content":[{"type":"text","text":"What?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}]}"#,
        "document":
            #"{"model":"r","messages":[{"role":"user","content":[{"type":"text","text":"Read"},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}]}]}"#,
        "reasoning": #"{"model":"r","messages":[{"role":"user","content":"Think"}],"reasoning_effort":"low"}"#,
        "maxTokens":
            #"{"model":"r","messages":[{"role":"user","content":"Hi"}],"max_completion_tokens":77,"temperature":0.70,"top_p":0.9}"#,
        "refusal":
            #"{"model":"r","messages":[{"role":"user","content":"Bad"},{"role":"assistant","content":null,"refusal":"No."},{"role":"user","content":"Why?"}]}"#,
    ]

    static let messages: [String: String] = [
        "text":
            #"{"model":"r","max_tokens":100,"system":[{"type":"text","text":"x-anthropic-billing-header: cc_version=1"},{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":"Hi \"you\" \u00e9"}]}"#,
        "stream": #"{"model":"r","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#,
        "tool":
            #"{"model":"r","max_tokens":100,"messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Bonn"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"12 degrees"}]}],"tools":[{"name":"weather","description":"Tells it","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}],"tool_choice":{"type":"auto"}}"#,
        "parallel":
            #"{"model":"r","max_tokens":100,"messages":[{"role":"user","content":"Both"},{"role":"assistant","content":[{"type":"text","text":"Looking."},{"type":"tool_use","id":"toolu_1","name":"a","input":{}},{"type":"tool_use","id":"toolu_2","name":"b","input":{"x":1.50}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_2","content":"two"},{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"one"}],"is_error":true},{"type":"text","text":"Go on."}]}],"tools":[{"name":"a","input_schema":{"type":"object"}},{"name":"b","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"web_search"}],"tool_choice":{"type":"any"}}"#,
        "resultImage":
            #"{"model":"r","max_tokens":100,"messages":[{"role":"user","content":"Look"},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"shot","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"here"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]}]}],"tools":[{"name":"shot","input_schema":{"type":"object"}}]}"#,
        "schema":
            #"{"model":"r","max_tokens":100,"messages":[{"role":"user","content":"JSON"}],"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false}}}}"#,
        "image":
            #"{"model":"r","max_tokens":100,"messages":[{"role":"user","content":[{"type":"text","text":"What?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]}]}"#,
        "document":
            #"{"model":"r","max_tokens":100,"messages":[{"role":"user","content":[{"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0="}},{"type":"text","text":"Read"}]}]}"#,
        "reasoning":
            #"{"model":"r","max_tokens":4000,"messages":[{"role":"user","content":"Think"}],"thinking":{"type":"enabled","budget_tokens":2048}}"#,
        "maxTokens":
            #"{"model":"r","max_tokens":77,"temperature":0.70,"top_p":0.9,"top_k":5,"messages":[{"role":"user","content":"Hi"}]}"#,
        "refusal":
            #"{"model":"r","max_tokens":100,"messages":[{"role":"user","content":"Bad"},{"role":"assistant","content":[{"type":"text","text":"No."}]},{"role":"user","content":"Why?"}]}"#,
    ]

    static let responses: [String: String] = [
        "text": #"{"model":"r","instructions":"Be brief.","input":"Hi \"you\" \u00e9"}"#,
        "stream": #"{"model":"r","stream":true,"input":[{"role":"user","content":"Hi"}]}"#,
        "tool":
            #"{"model":"r","input":[{"role":"user","content":"Weather?"},{"type":"function_call","call_id":"call_1","name":"weather","arguments":"{\"city\":\"Bonn\"}"},{"type":"function_call_output","call_id":"call_1","output":"12 degrees"}],"tools":[{"type":"function","name":"weather","description":"Tells it","parameters":{"type":"object","properties":{"city":{"type":"string"}}},"strict":false},{"type":"web_search"}],"tool_choice":"auto"}"#,
        "parallel":
            #"{"model":"r","input":[{"role":"user","content":"Both"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Looking.","annotations":[]}]},{"type":"function_call","call_id":"call_1","name":"a","arguments":"{}"},{"type":"function_call","call_id":"call_2","name":"b","arguments":"{\"x\":1.50}"},{"type":"function_call_output","call_id":"call_2","output":"two"},{"type":"function_call_output","call_id":"call_1","output":"one"},{"type":"additional_tools","role":"developer","tools":[{"type":"function","name":"a","parameters":null},{"type":"namespace","name":"ns","tools":[{"type":"function","name":"b","parameters":{"type":"object","properties":{}}}]},{"type":"custom","name":"patch","description":"Patches","format":{"type":"grammar","syntax":"lark","definition":"start: /x/"}}]}]}"#,
        "resultImage":
            #"{"model":"r","input":[{"role":"user","content":"Look"},{"type":"function_call","call_id":"call_1","name":"shot","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":[{"type":"input_text","text":"here"},{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo=","detail":"auto"}]}],"tools":[{"type":"function","name":"shot","parameters":{"type":"object","properties":{}},"strict":true}]}"#,
        "schema":
            #"{"model":"r","input":"JSON","text":{"format":{"type":"json_schema","name":"out","schema":{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false},"strict":true}}}"#,
        "image":
            #"{"model":"r","input":[{"role":"user","content":[{"type":"input_text","text":"What?"},{"type":"input_image","detail":"auto","image_url":"data:image/png;base64,iVBORw0KGgo="}]}]}"#,
        "document":
            #"{"model":"r","input":[{"role":"user","content":[{"type":"input_text","text":"Read"},{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}]}]}"#,
        "reasoning":
            #"{"model":"r","input":"Think","reasoning":{"effort":"low","summary":"auto"},"include":["reasoning.encrypted_content"],"store":false}"#,
        "maxTokens": #"{"model":"r","input":"Hi","max_output_tokens":77,"temperature":0.70,"top_p":0.9}"#,
        "refusal":
            #"{"model":"r","input":[{"role":"user","content":"Bad"},{"role":"assistant","content":[{"type":"refusal","refusal":"No."}]},{"role":"user","content":"Why?"}]}"#,
    ]

    static let names = chat.keys.sorted()
}
