# {"versions":{"opentelemetry-instrumentation-openai":"0.62.4","opentelemetry-instrumentation-anthropic":"0.62.4","openai":"3.57.0","anthropic":"2.14.0"},"gaps":{"ttl":"told"}}
"""OpenLLMetry (Traceloop) on the openai and anthropic packages."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ["TRACELOOP_TRACE_CONTENT"] = "false"
import host
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor
from opentelemetry.instrumentation.openai import OpenAIInstrumentor

provider = host.tracer_provider()
OpenAIInstrumentor().instrument(tracer_provider=provider)
AnthropicInstrumentor().instrument(tracer_provider=provider)
host.call_openai(host.openai_client())
host.call_anthropic(host.anthropic_client())
