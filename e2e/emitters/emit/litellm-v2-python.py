# {"versions":{"litellm":"1.110.2"},"gaps":{"reasoning":"merged"}}
"""LiteLLM's newer OpenTelemetry callback, which an environment variable turns on."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ["LITELLM_OTEL_V2"] = "true"
import host


def callback(provider):
    from litellm.integrations.otel.logger import build_otel_v2_logger
    from litellm.integrations.otel.model.config import OpenTelemetryV2Config

    return build_otel_v2_logger(config=OpenTelemetryV2Config(), tracer_provider=provider)


host.call_litellm(callback)
