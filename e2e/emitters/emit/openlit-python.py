# {"versions":{"openlit":"1.45.0","openai":"2.54.0","anthropic":"0.125.0"},"gaps":{"reasoning":"merged in chat","failures":"no span for Anthropic"}}
"""OpenLIT on the openai and anthropic packages."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import host
import openlit

provider = host.tracer_provider()
# its own price list would be downloaded
prices = "/tmp/openlit-prices.json"
with open(prices, "w") as file:
    json.dump({"chat": {}, "embeddings": {}}, file)
openlit.init(
    capture_message_content=False,
    disable_metrics=True,
    disable_events=True,
    pricing_json=prices,
)
host.call_openai(host.openai_client())
host.call_anthropic(host.anthropic_client())
