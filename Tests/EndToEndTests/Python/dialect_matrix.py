"""The SDKs of three dialects against arms that are asked in five: dialect_matrix.py BASE_URL ARM…

Prints what went wrong, a line each, and how many answers were right.
"""
import json
import os
import sys

for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
    os.environ.pop(name, None)

from anthropic import Anthropic
from openai import OpenAI

base, arms = sys.argv[1], sys.argv[2:]
anthropic = Anthropic(base_url=base, api_key="none", max_retries=0)
openai = OpenAI(base_url=base + "/v1", api_key="none", max_retries=0)
said = [{"role": "user", "content": "hi"}]
schema = {"type": "object", "properties": {}}
tools = {
    "messages": [{"name": "look", "description": "Looks.", "input_schema": schema}],
    "chat": [{"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": schema}}],
    "responses": [{"type": "function", "name": "look", "description": "Looks.", "parameters": schema, "strict": False}],
}


def message(arm, **more):
    answer = anthropic.messages.create(model=arm, max_tokens=50, messages=said, **more)
    assert answer.usage.input_tokens == 5 and answer.usage.output_tokens == 2, answer.usage
    return answer


def message_stream(arm, **more):
    with anthropic.messages.stream(model=arm, max_tokens=50, messages=said, **more) as stream:
        answer = stream.get_final_message()
    assert answer.usage.output_tokens == 2, answer.usage
    return answer


def words(answer):
    assert answer.stop_reason == "end_turn", answer
    return "".join(block.text for block in answer.content if block.type == "text")


def use(answer):
    assert answer.stop_reason == "tool_use", answer
    block = next(block for block in answer.content if block.type == "tool_use")
    assert block.name == "look" and block.input == {} and block.id, block


def chat(arm, **more):
    answer = openai.chat.completions.create(model=arm, messages=said, **more)
    assert answer.usage.total_tokens == 7, answer.usage
    return answer.choices[0]


def chat_stream(arm, **more):
    text, calls, reason, usage = "", {}, None, None
    for chunk in openai.chat.completions.create(
            model=arm, messages=said, stream=True, stream_options={"include_usage": True}, **more):
        usage = usage or chunk.usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            reason = reason or choice.finish_reason
            for call in choice.delta.tool_calls or []:
                known = calls.setdefault(call.index, {"name": "", "arguments": ""})
                known["name"] += call.function.name or ""
                known["arguments"] += call.function.arguments or ""
    assert usage and usage.total_tokens == 7, usage
    return text, list(calls.values()), reason


def response(arm, **more):
    answer = openai.responses.create(model=arm, input="hi", **more)
    assert answer.status == "completed" and answer.usage.total_tokens == 7, answer
    return answer


def response_stream(arm, **more):
    numbers = []
    with openai.responses.stream(model=arm, input="hi", **more) as stream:
        for event in stream:
            numbers.append(event.sequence_number)
        assert numbers == list(range(len(numbers))), numbers
        return stream.get_final_response()


def function_call(answer):
    call = next(item for item in answer.output if item.type == "function_call")
    assert call.name == "look" and json.loads(call.arguments) == {} and call.call_id, call


def counted(arm):
    assert anthropic.messages.count_tokens(model=arm, messages=said).input_tokens > 0


def chat_call(arm):
    choice = chat(arm, tools=tools["chat"])
    call = choice.message.tool_calls[0]
    assert choice.finish_reason == "tool_calls" and call.function.name == "look" and call.id, choice
    assert json.loads(call.function.arguments) == {}, call


def chat_call_stream(arm):
    text, calls, reason = chat_stream(arm, tools=tools["chat"])
    assert not text and reason == "tool_calls" and len(calls) == 1 and calls[0]["name"] == "look", calls
    # What chat's own providers stream is passed on as it is.
    assert json.loads(calls[0]["arguments"] or ("{}" if arm == "gpt" else "")) == {}, calls


def is_hello(text):
    assert text == "Hello", text


checks = {
    "message": lambda arm: is_hello(words(message(arm))),
    "message, streamed": lambda arm: is_hello(words(message_stream(arm))),
    "message, tool": lambda arm: use(message(arm, tools=tools["messages"])),
    "message, tool, streamed": lambda arm: use(message_stream(arm, tools=tools["messages"])),
    "count": counted,
    "chat": lambda arm: is_hello(chat(arm).message.content),
    "chat, streamed": lambda arm: is_hello(chat_stream(arm)[0]),
    "chat, tool": chat_call,
    "chat, tool, streamed": chat_call_stream,
    "response": lambda arm: is_hello(response(arm).output_text),
    "response, streamed": lambda arm: is_hello(response_stream(arm).output_text),
    "response, tool": lambda arm: function_call(response(arm, tools=tools["responses"])),
    "response, tool, streamed": lambda arm: function_call(response_stream(arm, tools=tools["responses"])),
}
right = 0
for arm in arms:
    for name, check in checks.items():
        try:
            check(arm)
            right += 1
        except Exception as error:
            print(f"{arm}: {name}: {type(error).__name__}: {str(error)[:400]}")
print(right)
