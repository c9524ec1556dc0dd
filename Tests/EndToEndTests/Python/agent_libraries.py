"""What agents and their libraries send on their own defaults, against a router of simulated models: agent_libraries.py LIBRARY BASE_URL MODEL.

Prints what came of it as one JSON object. Every library leads one conversation of six turns; `arms` is how many arms answered it.
"""
import json
import os
import sys
import urllib.request

for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
    os.environ.pop(name, None)
os.environ["OPENAI_API_KEY"] = "none"
os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"
TURNS = [f"Question {number} of this conversation of {os.getpid()}?" for number in range(6)]


def arms(base):
    """How many arms answered the newest six requests."""
    with urllib.request.urlopen(f"{base}/decisions?limit={len(TURNS)}") as answer:
        return len({decision["served_arm"] for decision in json.load(answer)["data"]})


WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}


def anthropic(base, model):
    from anthropic import Anthropic, BadRequestError, NotFoundError

    client = Anthropic(base_url=base.removesuffix("/v1"), api_key="none")
    said = client.messages.create(model=model, max_tokens=64, messages=[{"role": "user", "content": "Hello"}])
    with client.messages.stream(model=model, max_tokens=64, messages=[{"role": "user", "content": "Hello"}]) as stream:
        streamed = "".join(stream.text_stream)
        final = stream.get_final_message()
    tools = [{"name": "weather", "description": "The weather", "input_schema": WEATHER}]
    call = client.messages.create(
        model=model, max_tokens=64, tools=tools, tool_choice={"type": "any"},
        messages=[{"role": "user", "content": "The weather in Paris?"}])
    block = call.content[0]
    client.messages.create(
        model=model, max_tokens=64, tools=tools,
        messages=[
            {"role": "user", "content": "The weather in Paris?"}, {"role": "assistant", "content": call.content},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": block.id, "content": "rain"}]}])
    client.messages.create(
        model=model, max_tokens=4096, thinking={"type": "enabled", "budget_tokens": 1024},
        messages=[{"role": "user", "content": "Think"}])
    counted = client.messages.count_tokens(model=model, messages=[{"role": "user", "content": "Hello there"}])
    refused = []
    for body, error in (({"messages": []}, BadRequestError), ({"model": "nobody"}, NotFoundError)):
        try:
            client.messages.create(**({"model": model, "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]} | body))
        except error as refusal:
            refused.append(refusal.body["error"]["type"])
    messages = []
    for turn in TURNS:
        messages.append({"role": "user", "content": turn})
        answer = client.messages.create(model=model, max_tokens=32, messages=messages)
        messages.append({"role": "assistant", "content": answer.content})
    return {
        "text": said.content[0].text, "streamed": streamed, "same": final.content[0].text == streamed, "id": said.id,
        "tool": [block.name, block.input], "stop": call.stop_reason, "counted": counted.input_tokens, "refused": refused,
        "models": [entry.id for entry in client.models.list().data], "arms": arms(base)}


def openai(base, model):
    from openai import OpenAI
    from pydantic import BaseModel

    class Event(BaseModel):
        name: str
        day: str

    client = OpenAI(base_url=base, api_key="none")
    said = client.responses.create(model=model, input="Hello", instructions="Be kind.")
    with client.responses.stream(model=model, input=[{"role": "user", "content": "Hello"}]) as stream:
        events = [event.type for event in stream]
        final = stream.get_final_response()
    parsed = client.responses.parse(model=model, input="Alice comes on Friday", text_format=Event)
    call = client.responses.create(
        model=model, input="The weather in Paris?", tool_choice="required",
        tools=[{"type": "function", "name": "weather", "parameters": WEATHER, "strict": True}]).output[0]
    completion = client.completions.create(model=model, prompt="Once")
    pieces = [chunk.choices[0].text for chunk in client.completions.create(model=model, prompt="Once", stream=True) if chunk.choices]
    items = []
    for turn in TURNS:
        items.append({"role": "user", "content": turn})
        items += client.responses.create(model=model, input=items).output
    return {
        "text": said.output_text, "events": [events[0], events[-1]], "streamed": final.output_text,
        "parsed": parsed.output_parsed.model_dump(), "tool": [call.name, json.loads(call.arguments)],
        "completion": completion.choices[0].text, "completed": "".join(pieces), "arms": arms(base)}


def openai_agents(base, model):
    from agents import Agent, Runner, function_tool, set_default_openai_client, set_tracing_disabled
    from openai import AsyncOpenAI

    set_tracing_disabled(True)
    set_default_openai_client(AsyncOpenAI(base_url=base, api_key="none"), use_for_tracing=False)

    @function_tool
    def weather(city: str) -> str:
        """The weather in a city."""
        return f"Sun in {city}."

    agent = Agent(name="Helper", instructions="Help.", model=model, tools=[weather])
    items, last = [], ""
    for turn in TURNS:
        result = Runner.run_sync(agent, items + [{"role": "user", "content": turn}])
        items, last = result.to_input_list(), result.final_output
    return {"text": last, "arms": arms(base)}


def pydantic_ai(base, model):
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    agent = Agent(OpenAIResponsesModel(model, provider=OpenAIProvider(base_url=base, api_key="none")), instructions="Help.")
    history, last = [], ""
    for turn in TURNS:
        result = agent.run_sync(turn, message_history=history)
        history, last = result.all_messages(), result.output
    return {"text": last, "arms": arms(base)}


def litellm(base, model):
    import litellm as library

    messages = []
    for turn in TURNS:
        messages.append({"role": "user", "content": turn})
        answer = library.completion(model=f"openai/{model}", api_base=base, api_key="none", messages=messages)
        messages.append({"role": "assistant", "content": answer.choices[0].message.content})
    return {"text": messages[-1]["content"], "arms": arms(base)}


def llama_index(base, model):
    from llama_index.core.chat_engine import SimpleChatEngine
    from llama_index.llms.openai_like import OpenAILike

    engine = SimpleChatEngine.from_defaults(
        llm=OpenAILike(model=model, api_base=base, api_key="none", is_chat_model=True, context_window=8192))
    for turn in TURNS:
        last = engine.chat(turn)
    return {"text": str(last), "arms": arms(base)}


def haystack(base, model):
    from haystack.components.generators.chat import OpenAIChatGenerator
    from haystack.dataclasses import ChatMessage
    from haystack.utils import Secret

    generator = OpenAIChatGenerator(api_key=Secret.from_token("none"), api_base_url=base, model=model)
    messages = []
    for turn in TURNS:
        messages.append(ChatMessage.from_user(turn))
        messages.append(generator.run(messages=messages)["replies"][0])
    return {"text": messages[-1].text, "arms": arms(base)}


def smolagents(base, model):
    import smolagents as library

    kind = getattr(library, "OpenAIModel", None) or library.OpenAIServerModel
    asked = kind(model_id=model, api_base=base, api_key="none")
    messages = []
    for turn in TURNS:
        messages.append({"role": "user", "content": [{"type": "text", "text": turn}]})
        answer = asked.generate(messages)
        messages.append({"role": "assistant", "content": [{"type": "text", "text": answer.content}]})
    return {"text": answer.content, "arms": arms(base)}


def ag2(base, model):
    import asyncio

    from ag2 import Agent
    from ag2.config import OpenAIConfig

    async def talk():
        agent = Agent("helper", "Help.", config=OpenAIConfig(model=model, base_url=base, api_key="none"))
        reply = await agent.ask(TURNS[0])
        for turn in TURNS[1:]:
            reply = await reply.ask(turn)
        return reply

    return {"text": str(asyncio.run(talk()).body), "arms": arms(base)}


def llm(base, model):
    from llm.default_plugins.openai_models import Chat

    asked = Chat(model, model_name=model, api_base=base)
    asked.needs_key = None
    conversation = asked.conversation()
    for turn in TURNS:
        last = conversation.prompt(turn, stream=False).text()
    return {"text": last, "arms": arms(base)}


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:4])))
