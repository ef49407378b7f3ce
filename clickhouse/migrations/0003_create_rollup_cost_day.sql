-- What calls cost, per UTC day: the hourly rollup once more, for months and years.
-- A call without a cost adds 0 to `cost` and 1 to `unpriced_calls` (or `failed_calls`): read them together.
CREATE TABLE IF NOT EXISTS rollup_cost_day
(
  tenant_id LowCardinality(String),
  day Date,
  provider LowCardinality(String),
  model LowCardinality(String),
  operation LowCardinality(String),
  service_name LowCardinality(String),
  environment LowCardinality(String),
  feature LowCardinality(String),
  agent_id LowCardinality(String),
  agent_name LowCardinality(String),

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
PARTITION BY toYYYYMM(day)
ORDER BY (day, tenant_id, provider, model, operation, service_name, environment, feature, agent_id, agent_name)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_cost_day_view TO rollup_cost_day AS
SELECT
  tenant_id, toDate(start_time) AS day, provider, model, operation, service_name, environment, feature,
  agent_id, agent_name,
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
GROUP BY tenant_id, day, provider, model, operation, service_name, environment, feature, agent_id, agent_name;
