# {"versions":{"logfire":"5.4.0","openai":"3.57.0","anthropic":"2.14.0"},"gaps":{"ttl":"told"}}
"""Logfire on the openai and anthropic packages."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import host
import logfire
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

logfire.configure(
    service_name=host.TASK["name"],
    send_to_logfire=False,
    console=False,
    inspect_arguments=False,
    metrics=False,
    additional_span_processors=[SimpleSpanProcessor(host.JsonExporter())],
)
openai, anthropic = host.openai_client(), host.anthropic_client()
logfire.instrument_openai(openai)
logfire.instrument_anthropic(anthropic)
host.call_openai(openai)
host.call_anthropic(anthropic)
