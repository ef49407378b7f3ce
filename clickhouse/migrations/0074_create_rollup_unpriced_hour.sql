-- Calls that cost something nobody could rate, per hour and reason, with every dimension that can be filtered by.
-- Few rows where prices are known: the view passes on nothing else.
CREATE TABLE IF NOT EXISTS rollup_unpriced_hour
(
  tenant_id LowCardinality(String) CODEC(ZSTD(1)),
  hour DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  provider LowCardinality(String) CODEC(ZSTD(1)),
  model LowCardinality(String) CODEC(ZSTD(1)),
  unpriced_reason LowCardinality(String) CODEC(ZSTD(1)),
  operation LowCardinality(String) CODEC(ZSTD(1)),
  service_name LowCardinality(String) CODEC(ZSTD(1)),
  environment LowCardinality(String) CODEC(ZSTD(1)),
  feature LowCardinality(String) CODEC(ZSTD(1)),
  agent_id LowCardinality(String) CODEC(ZSTD(1)),
  user_id String CODEC(ZSTD(1)),
  conversation_id String CODEC(ZSTD(1)),
  run_id String CODEC(ZSTD(1)),

  calls SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  input_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  output_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  first_call SimpleAggregateFunction(min, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
  last_call SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, tenant_id, provider, model, unpriced_reason, operation, service_name, environment, feature, agent_id,
  user_id, conversation_id, run_id)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_unpriced_hour_view TO rollup_unpriced_hour AS
SELECT
  tenant_id, toStartOfHour(start_time) AS hour, provider, model, unpriced_reason, operation, service_name, environment,
  feature, agent_id, user_id, conversation_id, run_id,
  count() AS calls,
  sum(input_uncached_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens
    + cache_write_other_tokens + input_audio_tokens + input_image_tokens) AS input_tokens,
  sum(output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens) AS output_tokens,
  min(start_time) AS first_call,
  max(start_time) AS last_call
FROM spans
WHERE is_call AND isNull(cost) AND unpriced_reason != 'failed'
GROUP BY tenant_id, hour, provider, model, unpriced_reason, operation, service_name, environment, feature, agent_id,
  user_id, conversation_id, run_id;
