# {"versions":{"pydantic-ai-slim":"2.68.0"},"gaps":{}}
"""pydantic-ai's own telemetry: agents over OpenAI and Anthropic."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import asyncio

import host
from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

provider = host.tracer_provider()
Agent.instrument_all(InstrumentationSettings(tracer_provider=provider, include_content=False))
openai = OpenAIProvider(api_key="sk-local", base_url=host.URLS["openai"])
anthropic = AnthropicProvider(api_key="sk-local", base_url=host.URLS["anthropic"])


async def main():
    agent = Agent(OpenAIChatModel("gpt-5.4-mini", provider=openai))
    await agent.run("Where is my parcel?")
    await agent.run(f"{host.DOCUMENT} One.")
    await agent.run(f"{host.DOCUMENT} Two.")
    async with agent.run_stream("Tell me.") as result:
        await result.get_output()
    await Agent(OpenAIResponsesModel("gpt-5-mini", provider=openai)).run("Think of it.")
    try:
        await Agent(OpenAIChatModel("no-such-model", provider=openai)).run("Hi.")
    except Exception:
        pass
    claude = Agent(AnthropicModel("claude-haiku-4-5", provider=anthropic), model_settings={"max_tokens": 1000})
    await claude.run("Where is my parcel?")
    async with claude.run_stream("Tell me.") as result:
        await result.get_output()


asyncio.run(main())
