"""A service in Python with OpenTelemetry of its own: every span is exported as OTLP JSON, one request a span.

Invariant: knows nothing of Spanmeter.
"""
import asyncio
import base64
import json
import os
import sys
import urllib.request

from google.protobuf.json_format import MessageToDict
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

TASK = json.loads(sys.argv[1])
URLS = TASK["urls"]
DOCUMENT = "Article: parcels are delivered on working days between eight and six. " * 90


class JsonExporter(SpanExporter):
    """OTLP/HTTP with JSON: ids in hexadecimal, as OTLP has them."""

    def export(self, spans):
        body = MessageToDict(encode_spans(spans), use_integers_for_enums=True)
        for resource in body.get("resourceSpans", []):
            for scope in resource.get("scopeSpans", []):
                for span in scope.get("spans", []):
                    for key in ("traceId", "spanId", "parentSpanId"):
                        if key in span:
                            span[key] = base64.b64decode(span[key]).hex()
        request = urllib.request.Request(
            TASK["endpoint"] + "/v1/traces",
            json.dumps(body).encode(),
            {"content-type": "application/json"},
        )
        urllib.request.urlopen(request).read()
        return SpanExportResult.SUCCESS


def tracer_provider():
    """A provider that exports to the task's endpoint, registered as the global one."""
    provider = TracerProvider(resource=Resource.create({"service.name": TASK["name"]}))
    provider.add_span_processor(SimpleSpanProcessor(JsonExporter()))
    trace.set_tracer_provider(provider)
    return provider


def user(content):
    return [{"role": "user", "content": content}]


def quietly(call):
    try:
        call()
    except Exception:
        pass


def call_openai(client, more=("embeddings", "responses")):
    """The calls of `calls.mjs`, through a client of the openai package."""

    def chat(content, **options):
        return client.chat.completions.create(
            **{"model": "gpt-5.4-mini", "messages": user(content), **options}
        )

    chat("Where is my parcel?")
    chat(f"{DOCUMENT} One.")
    chat(f"{DOCUMENT} Two.")
    for _ in chat("Tell me.", stream=True, stream_options={"include_usage": True}):
        pass
    chat("Think.", model="gpt-5.1")
    quietly(lambda: chat("Hi.", model="no-such-model"))
    if "embeddings" in more:
        client.embeddings.create(model="text-embedding-3-small", input=["one", "two"])
    if "responses" in more:
        client.responses.create(model="gpt-5-mini", input="Think of it.")


def call_anthropic(client):
    """The calls of `calls.mjs`, through a client of Anthropic's package."""
    system = [{"type": "text", "text": DOCUMENT, "cache_control": {"type": "ephemeral"}}]

    def ask(content, **options):
        return client.messages.create(
            **{"model": "claude-haiku-4-5", "max_tokens": 1000, "messages": user(content), **options}
        )

    ask("Where is my parcel?")
    ask("One.", system=system)
    ask("Two.", system=system)
    for _ in ask("Tell me.", stream=True):
        pass
    quietly(lambda: ask("Hi.", model="no-such-model"))


def openai_client():
    from openai import OpenAI

    return OpenAI(api_key="sk-local", base_url=URLS["openai"], max_retries=0)


def anthropic_client():
    from anthropic import Anthropic

    return Anthropic(api_key="sk-local", base_url=URLS["anthropic"], max_retries=0)


def call_litellm(callback):
    """The calls of `calls.mjs`, through LiteLLM; `callback` gives its callback for a provider."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    provider = tracer_provider()
    import litellm

    litellm.callbacks = [callback(provider)]
    litellm.turn_off_message_logging = True
    common = {"api_key": "sk-local", "num_retries": 0, "max_retries": 0}
    openai = {**common, "api_base": URLS["openai"]}
    anthropic = {**common, "api_base": URLS["anthropic"], "max_tokens": 1000}

    async def chat(messages, **options):
        try:
            answer = await litellm.acompletion(messages=messages, **options)
            if options.get("stream"):
                async for _ in answer:
                    pass
        except litellm.exceptions.NotFoundError:
            pass
        # its callback runs beside the calls
        await asyncio.sleep(0.3)

    async def calls():
        model = "openai/gpt-5.4-mini"
        streamed = {"stream": True, "stream_options": {"include_usage": True}}
        await chat(user("Where is my parcel?"), model=model, **openai)
        await chat(user(f"{DOCUMENT} One."), model=model, **openai)
        await chat(user(f"{DOCUMENT} Two."), model=model, **openai)
        await chat(user("Tell me."), model=model, **streamed, **openai)
        await chat(user("Think."), model="openai/gpt-5.1", **openai)
        await chat(user("Hi."), model="openai/no-such-model", **openai)
        await litellm.aembedding(model="openai/text-embedding-3-small", input=["one", "two"], **openai)
        await litellm.aresponses(model="openai/gpt-5-mini", input="Think of it.", **openai)
        model = "anthropic/claude-haiku-4-5"
        text = {"type": "text", "text": DOCUMENT, "cache_control": {"type": "ephemeral"}}
        system = [{"role": "system", "content": [text]}]
        await chat(user("Where is my parcel?"), model=model, **anthropic)
        await chat([*system, *user("One.")], model=model, **anthropic)
        await chat([*system, *user("Two.")], model=model, **anthropic)
        await chat(user("Tell me."), model=model, **streamed, **anthropic)
        await chat(user("Hi."), model="anthropic/no-such-model", **anthropic)
        await asyncio.sleep(2)

    asyncio.run(calls())
    provider.force_flush()
