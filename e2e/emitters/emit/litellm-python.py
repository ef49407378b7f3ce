# {"versions":{"litellm":"1.110.2"},"gaps":{"ttl":"told"}}
"""LiteLLM's OpenTelemetry callback, as it is by default."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import host

# it takes the global provider
host.call_litellm(lambda provider: "otel")
