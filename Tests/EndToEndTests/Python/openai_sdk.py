"""Drives a running router with the OpenAI SDK. Usage: openai_sdk.py BASE_URL [KEY]; prints one JSON object."""

import json
import sys
import urllib.request

import openai

base = sys.argv[1]
key = sys.argv[2] if len(sys.argv) > 2 else "not-needed"
client = openai.OpenAI(base_url=base, api_key=key, max_retries=0, timeout=30)
seen = {"version": openai.__version__}

question = [{"role": "user", "content": "Say something."}]

answer = client.chat.completions.with_raw_response.create(model="auto", messages=question)
parsed = answer.parse()
seen["chat"] = {
    "content": parsed.choices[0].message.content,
    "finish_reason": parsed.choices[0].finish_reason,
    "completion_tokens": parsed.usage.completion_tokens,
    "arm": answer.headers["x-bandit-arm"],
    "decision_id": answer.headers["x-bandit-decision-id"],
}

stream = client.chat.completions.create(model="auto", messages=question, stream=True)
words = []
usage = []
for chunk in stream:
    usage.append(chunk.usage is not None)
    words += [choice.delta.content or "" for choice in chunk.choices]
seen["stream"] = {"content": "".join(words), "chunks": len(words), "usage": any(usage)}

stream = client.chat.completions.create(
    model="auto", messages=question, stream=True, stream_options={"include_usage": True}
)
seen["stream_usage"] = [chunk.usage.completion_tokens for chunk in stream if chunk.usage]

seen["models"] = [model.id for model in client.models.list()]
seen["model"] = client.models.retrieve("a").owned_by

pinned = client.chat.completions.with_raw_response.create(
    model="auto", messages=question, extra_body={"bandit": {"category": "code", "session_id": "py"}}
)
seen["category"] = pinned.headers["x-bandit-category"]

vector = client.embeddings.create(model="vectors", input=["one", "two"], dimensions=8, encoding_format="float")
seen["embeddings"] = [len(item.embedding) for item in vector.data]

request = urllib.request.Request(
    base + "/feedback",
    data=json.dumps({"decision_id": seen["chat"]["decision_id"], "value": True}).encode(),
    headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
)
with urllib.request.urlopen(request) as response:
    seen["feedback"] = json.load(response)["status"]
request.data = json.dumps({"completion_id": parsed.id, "value": True}).encode()
with urllib.request.urlopen(request) as response:
    seen["again"] = json.load(response)["status"]

for name, call in {
    "not_found": lambda: client.chat.completions.create(model="no-such-model", messages=question),
    "bad_request": lambda: client.chat.completions.create(model="auto", messages=[]),
    "authentication": lambda: client.with_options(api_key="br-wrong").models.list(),
}.items():
    try:
        call()
        seen[name] = None
    except openai.APIStatusError as error:
        seen[name] = [type(error).__name__, error.code, error.param, error.request_id is not None]

print(json.dumps(seen))
