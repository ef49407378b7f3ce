-- List prices of the models that were called, as the collector's price book has them: what Grafana needs to tell
-- what a prompt cache saved. What a call costs is in its own row and never follows from here.
CREATE TABLE IF NOT EXISTS model_prices
(
  provider LowCardinality(String),
  model LowCardinality(String),
  priced_at DateTime('UTC') COMMENT 'when the price was looked up',
  price_version LowCardinality(String),
  input Float64 COMMENT 'USD for one token, the lowest tier',
  output Float64,
  cache_read Float64,
  cache_write Float64
)
ENGINE = ReplacingMergeTree(priced_at)
ORDER BY (provider, model);
