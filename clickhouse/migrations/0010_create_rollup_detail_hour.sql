-- Who caused the cost, per hour: users, conversations, runs and meters, with every dimension that can be filtered by.
-- Many rows, about one per conversation, model and hour; it answers what `rollup_cost_hour` has no column for.
-- A call without a cost adds 0 to `cost` and 1 to `unpriced_calls` (or `failed_calls`): read them together.
CREATE TABLE IF NOT EXISTS rollup_detail_hour
(
  tenant_id LowCardinality(String),
  hour DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  user_id String CODEC(ZSTD(1)),
  conversation_id String CODEC(ZSTD(1)),
  run_id String CODEC(ZSTD(1)),
  agent_id LowCardinality(String) CODEC(ZSTD(1)),
  agent_name LowCardinality(String) CODEC(ZSTD(1)),
  feature LowCardinality(String) CODEC(ZSTD(1)),
  provider LowCardinality(String) CODEC(ZSTD(1)),
  model LowCardinality(String) CODEC(ZSTD(1)),
  operation LowCardinality(String) CODEC(ZSTD(1)),
  service_name LowCardinality(String) CODEC(ZSTD(1)),
  environment LowCardinality(String) CODEC(ZSTD(1)),
  meter_name LowCardinality(String) CODEC(ZSTD(1)),

  calls SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  input_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  output_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  cache_read_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  cache_write_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  reasoning_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  duration_ns SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  cost SimpleAggregateFunction(sum, Decimal(38, 12)) CODEC(ZSTD(1)),
  unpriced_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'cost unknown and the provider did answer' CODEC(T64, ZSTD(1)),
  failed_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'the provider answered an error: nothing to bill' CODEC(T64, ZSTD(1)),
  estimated_calls SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  missing_calls SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  estimated_answers SimpleAggregateFunction(sum, UInt64) COMMENT 'estimated_calls that did not fail' CODEC(T64, ZSTD(1)),
  missing_answers SimpleAggregateFunction(sum, UInt64) COMMENT 'missing_calls that did not fail' CODEC(T64, ZSTD(1)),
  provider_billed_calls SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  conversation_title SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), String)) COMMENT 'the newest one, and when' CODEC(ZSTD(1)),
  run_name SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), String)) COMMENT 'the newest one, and when' CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, tenant_id, user_id, conversation_id, run_id, agent_id, agent_name, feature, provider, model, operation,
  service_name, environment, meter_name)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_detail_hour_view TO rollup_detail_hour AS
SELECT
  tenant_id, toStartOfHour(start_time) AS hour, user_id, conversation_id, run_id, agent_id, agent_name, feature, provider,
  model, operation, service_name, environment, meter_name,
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
  countIf(usage_source = 'missing') AS missing_calls,
  countIf(usage_source = 'estimated' AND unpriced_reason != 'failed') AS estimated_answers,
  countIf(usage_source = 'missing' AND unpriced_reason != 'failed') AS missing_answers,
  countIf(cost_source = 'provider') AS provider_billed_calls,
  max(if(spans.conversation_title = '', (toDateTime64(0, 9, 'UTC'), ''), (start_time, spans.conversation_title)))
    AS conversation_title,
  max(if(spans.run_name = '', (toDateTime64(0, 9, 'UTC'), ''), (start_time, toString(spans.run_name)))) AS run_name
FROM spans
WHERE is_call
GROUP BY tenant_id, hour, user_id, conversation_id, run_id, agent_id, agent_name, feature, provider, model, operation,
  service_name, environment, meter_name;
