# {"versions":{"openinference-instrumentation-openai":"0.1.66","openinference-instrumentation-anthropic":"3.1.0","openai":"3.57.0","anthropic":"2.14.0"},"gaps":{"ttl":"told"}}
"""OpenInference (Arize) on the openai and anthropic packages."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import host
from openinference.instrumentation import TraceConfig
from openinference.instrumentation.anthropic import AnthropicInstrumentor
from openinference.instrumentation.openai import OpenAIInstrumentor

provider = host.tracer_provider()
hidden = TraceConfig(hide_inputs=True, hide_outputs=True)
OpenAIInstrumentor().instrument(tracer_provider=provider, config=hidden)
AnthropicInstrumentor().instrument(tracer_provider=provider, config=hidden)
host.call_openai(host.openai_client())
host.call_anthropic(host.anthropic_client())
