# {"versions": {}, "gaps": {}}
"""LiteLLM's OpenTelemetry callback, over OpenAI and Anthropic."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import asyncio

import host
import litellm
from litellm.integrations.opentelemetry import OpenTelemetry, OpenTelemetryConfig

provider = host.tracer_provider()
litellm.callbacks = [OpenTelemetry(config=OpenTelemetryConfig(exporter=host.JsonExporter()))]
litellm.turn_off_message_logging = True
OPENAI = {"api_key": "sk-local", "api_base": host.URLS["openai"], "max_retries": 0}
ANTHROPIC = {"api_key": "sk-local", "api_base": host.URLS["anthropic"], "max_retries": 0}


async def main():
    async def ask(model, content, **options):
        result = await litellm.acompletion(model=model, messages=host.user(content), **options)
        if options.get("stream"):
            async for _ in result:
                pass
        await asyncio.sleep(0.3)

    await ask("openai/gpt-5.4-mini", "Where is my parcel?", **OPENAI)
    await ask("openai/gpt-5.4-mini", f"{host.DOCUMENT} One.", **OPENAI)
    await ask("openai/gpt-5.4-mini", f"{host.DOCUMENT} Two.", **OPENAI)
    await ask(
        "openai/gpt-5.4-mini", "Tell me.", stream=True, stream_options={"include_usage": True}, **OPENAI
    )
    await ask("openai/gpt-5.1", "Think.", **OPENAI)
    await ask("anthropic/claude-haiku-4-5", "Where is my parcel?", max_tokens=1000, **ANTHROPIC)
    await litellm.aembedding(model="openai/text-embedding-3-small", input=["one", "two"], **OPENAI)
    await asyncio.sleep(1)


asyncio.run(main())
