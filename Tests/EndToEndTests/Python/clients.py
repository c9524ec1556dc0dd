"""The first examples of client libraries, against a router of simulated models: clients.py LIBRARY BASE_URL MODEL.

Prints what came of them as one JSON object; each function is what the library's own documentation begins with.
"""
import asyncio
import json
import os
import sys

os.environ["OPENAI_API_KEY"] = "none"
for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
    os.environ.pop(name, None)


def openai(base, model):
    from openai import OpenAI
    from pydantic import BaseModel

    class Event(BaseModel):
        name: str
        date: str
        participants: list[str]

    client = OpenAI(base_url=base, api_key="none")
    said = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Say this is a test"}])
    event = client.chat.completions.parse(
        model=model, response_format=Event,
        messages=[{"role": "user", "content": "Alice and Bob are going to a science fair on Friday."}])
    return {"text": said.choices[0].message.content, "structured": event.choices[0].message.parsed.model_dump()}


def langchain(base, model):
    from langchain.agents import create_agent
    from langchain_core.tools import tool
    from langchain_openai import ChatOpenAI
    from pydantic import BaseModel, Field

    class Joke(BaseModel):
        """Joke to tell user."""
        setup: str = Field(description="The setup of the joke")
        punchline: str = Field(description="The punchline to the joke")
        rating: int | None = Field(default=None, description="How funny the joke is, from 1 to 10", ge=1, le=10)

    @tool
    def get_weather(city: str) -> str:
        """Get weather for a given city."""
        return f"It's always sunny in {city}!"

    llm = ChatOpenAI(base_url=base, api_key="none", model=model)
    text = llm.invoke([("system", "You translate English to French."), ("human", "I love programming.")]).content
    streamed = "".join(chunk.content for chunk in llm.stream("Hello"))
    out = {"text": text, "streamed": streamed}
    for method in ("json_schema", "function_calling", "json_mode"):
        prompt = "Tell me a joke about cats" + ("; JSON with: " + json.dumps(Joke.model_json_schema()) if method == "json_mode" else "")
        out[method] = llm.with_structured_output(Joke, method=method).invoke(prompt).model_dump()
    call = llm.bind_tools([get_weather], tool_choice="any").invoke("What is the weather in Paris?").tool_calls[0]
    out["tool"] = [call["name"], get_weather.invoke(call["args"])]
    agent = create_agent(model=llm, tools=[get_weather], system_prompt="You are a helpful assistant")
    out["agent"] = agent.invoke({"messages": [{"role": "user", "content": "what is the weather in sf"}]})["messages"][-1].content
    return out


def instructor(base, model):
    import instructor
    from openai import OpenAI
    from pydantic import BaseModel

    class User(BaseModel):
        name: str
        age: int

    out = {}
    for mode in (instructor.Mode.TOOLS, instructor.Mode.JSON, instructor.Mode.JSON_SCHEMA):
        client = instructor.from_openai(OpenAI(base_url=base, api_key="none"), mode=mode)
        user = client.chat.completions.create(
            model=model, response_model=User, max_retries=0, messages=[{"role": "user", "content": "Extract: Jason is 25 years old."}])
        out[mode.value] = user.model_dump()
    return out


def pydantic_ai(base, model):
    from pydantic import BaseModel, Field
    from pydantic_ai import Agent, NativeOutput, PromptedOutput, RunContext
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    class Support(BaseModel):
        support_advice: str = Field(description="Advice returned to the customer")
        block_card: bool = Field(description="Whether to block the customer's card")
        risk: int = Field(description="Risk level of query", ge=0, le=10)

    chat = OpenAIChatModel(model, provider=OpenAIProvider(base_url=base, api_key="none"))
    out = {"text": Agent(chat, instructions="Be concise, reply with one sentence.").run_sync('Where does "hello world" come from?').output}
    called = []
    agent = Agent(chat, deps_type=int, output_type=Support, instructions="You are a support agent in our bank.")

    @agent.tool
    async def customer_balance(ctx: RunContext[int], include_pending: bool) -> str:
        """Returns the customer's current account balance."""
        called.append(include_pending)
        return "$123.45"

    out["agent"] = agent.run_sync("What is my balance?", deps=123).output.model_dump()
    out["called"] = len(called)
    out["native"] = Agent(chat, output_type=NativeOutput(Support)).run_sync("I lost my card!").output.model_dump()
    out["prompted"] = Agent(chat, output_type=PromptedOutput(Support)).run_sync("I lost my card!").output.model_dump()

    async def streamed():
        async with Agent(chat).run_stream("Hello") as result:
            return await result.get_output()

    out["streamed"] = asyncio.run(streamed())
    return out


if __name__ == "__main__":
    print(json.dumps({"openai": openai, "langchain": langchain, "instructor": instructor, "pydantic_ai": pydantic_ai}[sys.argv[1]](*sys.argv[2:4])))
