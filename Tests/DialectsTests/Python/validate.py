"""Holds the bodies and streams that the router writes against the types of the providers' own libraries.

Usage: validate.py FOLDER, with requests.jsonl and answers.jsonl in it. Needs anthropic, openai, google-genai and botocore.
Prints what does not fit, a line each, and ends with status 1 then.
"""

import json
import sys
from pathlib import Path

import anthropic.types as anthropic_types
import botocore.session
import botocore.validate
import openai.types.chat as chat_types
import openai.types.responses as responses_types
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from google.genai import types as google_types
from openai.types.chat import completion_create_params
from openai.types.responses import response_create_params
from pydantic import TypeAdapter, ValidationError

faults = 0


def fault(where, error):
    global faults
    faults += 1
    print(where, str(error)[:600].replace("\n", " "))


BEDROCK = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("Converse").input_shape


def blobs(value):
    """Bytes travel in base64; the library wants them decoded."""
    import base64

    if isinstance(value, dict):
        return {k: base64.b64decode(v) if k == "bytes" and isinstance(v, str) else blobs(v) for k, v in value.items()}
    return [blobs(v) for v in value] if isinstance(value, list) else value


ADAPTERS = {
    "chat": TypeAdapter(completion_create_params.CompletionCreateParamsNonStreaming),
    "responses": TypeAdapter(response_create_params.ResponseCreateParamsNonStreaming),
    "messages": TypeAdapter(MessageCreateParamsNonStreaming),
}


def request(out, body, where):
    body = dict(body)
    if out == "converse":
        report = botocore.validate.ParamValidator().validate({"modelId": "m", **blobs(body)}, BEDROCK)
        if report.has_errors():
            fault(where, report.generate_report())
    elif out == "gemini":
        for content in body["contents"]:
            google_types.Content.model_validate(content)
        for tool in body.get("tools", []):
            google_types.Tool.model_validate(tool)
        if "toolConfig" in body:
            google_types.ToolConfig.model_validate(body["toolConfig"])
        if "generationConfig" in body:
            google_types.GenerationConfig.model_validate(body["generationConfig"])
        if "systemInstruction" in body:
            google_types.Content.model_validate(body["systemInstruction"])
    else:
        body.pop("stream", None)
        body.pop("stream_options", None)
        # Lists are iterables to the types, which are read once only when they are walked.
        walk(ADAPTERS[out].validate_python(body))


def walk(value):
    if isinstance(value, dict):
        for inner in value.values():
            walk(inner)
    elif not isinstance(value, (str, bytes)) and hasattr(value, "__iter__"):
        for inner in value:
            walk(inner)


def answer(shape, line, where):
    whole = {
        "chat": chat_types.ChatCompletion,
        "messages": anthropic_types.Message,
        "responses": responses_types.Response,
    }[shape]
    whole.model_validate(line["whole"])
    event_types = {
        "chat": TypeAdapter(chat_types.ChatCompletionChunk),
        "messages": TypeAdapter(anthropic_types.RawMessageStreamEvent),
        "responses": TypeAdapter(responses_types.ResponseStreamEvent),
    }[shape]
    for frame in line["stream"].split("\n\n"):
        data = [l[6:] for l in frame.split("\n") if l.startswith("data: ")]
        if data and data[0] != "[DONE]":
            event_types.validate_python(json.loads(data[0]))


folder = Path(sys.argv[1])
count = 0
for text in (folder / "requests.jsonl").read_text().splitlines():
    line = json.loads(text)
    where = f"{line['in']} to {line['out']}, {line['name']}:"
    count += 1
    try:
        request(line["out"], line["body"], where)
    except (ValidationError, ValueError, KeyError) as error:
        fault(where, error)
for text in (folder / "answers.jsonl").read_text().splitlines():
    line = json.loads(text)
    where = f"{line['out']} for {line['in']}, {line['name']}:"
    count += 1
    try:
        answer(line["in"], line, where)
    except (ValidationError, ValueError, KeyError) as error:
        fault(where, error)
print(f"{count} lines, {faults} faults")
sys.exit(1 if faults else 0)
