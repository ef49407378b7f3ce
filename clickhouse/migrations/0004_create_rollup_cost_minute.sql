-- What calls cost, per minute, for the last days only and with few dimensions.
-- A call without a cost adds 0 to `cost` and 1 to `unpriced_calls` (or `failed_calls`): read them together.
CREATE TABLE IF NOT EXISTS rollup_cost_minute
(
  tenant_id LowCardinality(String),
  minute DateTime('UTC'),
  provider LowCardinality(String),
  model LowCardinality(String),

  calls SimpleAggregateFunction(sum, UInt64),
  errors SimpleAggregateFunction(sum, UInt64),
  input_tokens SimpleAggregateFunction(sum, UInt64),
  output_tokens SimpleAggregateFunction(sum, UInt64),
  cache_read_tokens SimpleAggregateFunction(sum, UInt64),
  cache_write_tokens SimpleAggregateFunction(sum, UInt64),
  reasoning_tokens SimpleAggregateFunction(sum, UInt64),
  duration_ns SimpleAggregateFunction(sum, UInt64),
  cost SimpleAggregateFunction(sum, Decimal(38, 12)),
  unpriced_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'cost unknown and the provider did answer',
  failed_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'the provider answered an error: nothing to bill',
  estimated_calls SimpleAggregateFunction(sum, UInt64),
  missing_calls SimpleAggregateFunction(sum, UInt64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toMonday(minute)
ORDER BY (minute, tenant_id, provider, model)
TTL minute + INTERVAL 14 DAY
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_cost_minute_view TO rollup_cost_minute AS
SELECT
  tenant_id, toStartOfMinute(start_time) AS minute, provider, model,
  count() AS calls,
  countIf(status = 'error') AS errors,
  sum(input_uncached_tokens + spans.cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens
    + cache_write_other_tokens + input_audio_tokens + input_image_tokens) AS input_tokens,
  sum(output_text_tokens + spans.reasoning_tokens + output_audio_tokens + output_image_tokens) AS output_tokens,
  sum(spans.cache_read_tokens) AS cache_read_tokens,
  sum(cache_write_5m_tokens + cache_write_1h_tokens + cache_write_other_tokens) AS cache_write_tokens,
  sum(spans.reasoning_tokens) AS reasoning_tokens,
  sum(spans.duration_ns) AS duration_ns,
  sum(ifNull(spans.cost, toDecimal128(0, 12))) AS cost,
  countIf(isNull(spans.cost) AND unpriced_reason != 'failed') AS unpriced_calls,
  countIf(unpriced_reason = 'failed') AS failed_calls,
  countIf(usage_source = 'estimated') AS estimated_calls,
  countIf(usage_source = 'missing') AS missing_calls
FROM spans
WHERE is_call
GROUP BY tenant_id, minute, provider, model;
