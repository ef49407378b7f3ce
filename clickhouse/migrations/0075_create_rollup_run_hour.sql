-- Spans that belong to a run, per hour and run, calls or not, with every dimension that can be filtered by.
-- A call without a cost adds 0 to `cost` and 1 to `unpriced_calls`: read them together.
CREATE TABLE IF NOT EXISTS rollup_run_hour
(
  tenant_id LowCardinality(String) CODEC(ZSTD(1)),
  hour DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  run_id String CODEC(ZSTD(1)),
  is_call Bool CODEC(ZSTD(1)),
  user_id String CODEC(ZSTD(1)),
  conversation_id String CODEC(ZSTD(1)),
  agent_id LowCardinality(String) CODEC(ZSTD(1)),
  feature LowCardinality(String) CODEC(ZSTD(1)),
  provider LowCardinality(String) CODEC(ZSTD(1)),
  model LowCardinality(String) CODEC(ZSTD(1)),
  operation LowCardinality(String) CODEC(ZSTD(1)),
  service_name LowCardinality(String) CODEC(ZSTD(1)),
  environment LowCardinality(String) CODEC(ZSTD(1)),

  members SimpleAggregateFunction(sum, UInt64) COMMENT 'spans' CODEC(T64, ZSTD(1)),
  calls SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  errors SimpleAggregateFunction(sum, UInt64) COMMENT 'of the calls' CODEC(T64, ZSTD(1)),
  input_tokens SimpleAggregateFunction(sum, UInt64) COMMENT 'of the calls' CODEC(T64, ZSTD(1)),
  output_tokens SimpleAggregateFunction(sum, UInt64) COMMENT 'of the calls' CODEC(T64, ZSTD(1)),
  cost SimpleAggregateFunction(sum, Decimal(38, 12)) COMMENT 'of the calls' CODEC(ZSTD(1)),
  unpriced_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'cost unknown and the provider did answer' CODEC(T64, ZSTD(1)),
  started SimpleAggregateFunction(min, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
  last_started SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
  ended SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
  run_name SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), String)) COMMENT 'the newest one, and when' CODEC(ZSTD(1)),
  error SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), String)) COMMENT 'the newest class, and when' CODEC(ZSTD(1)),
  outcome SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), String)) COMMENT 'the newest status of a run that is over, and when' CODEC(ZSTD(1)),
  running SimpleAggregateFunction(max, UInt8) COMMENT 'a span said so' CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, tenant_id, run_id, is_call, user_id, conversation_id, agent_id, feature, provider, model, operation,
  service_name, environment)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_run_hour_view TO rollup_run_hour AS
SELECT
  tenant_id, toStartOfHour(start_time) AS hour, run_id, is_call, user_id, conversation_id, agent_id, feature, provider,
  model, operation, service_name, environment,
  count() AS members,
  countIf(is_call) AS calls,
  countIf(is_call AND status = 'error') AS errors,
  sumIf(input_uncached_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens
    + cache_write_other_tokens + input_audio_tokens + input_image_tokens, is_call) AS input_tokens,
  sumIf(output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens, is_call) AS output_tokens,
  sumIf(ifNull(spans.cost, toDecimal128(0, 12)), is_call) AS cost,
  countIf(is_call AND isNull(spans.cost) AND unpriced_reason != 'failed') AS unpriced_calls,
  min(start_time) AS started,
  max(start_time) AS last_started,
  max(start_time + toIntervalNanosecond(duration_ns)) AS ended,
  max(if(spans.run_name = '', (toDateTime64(0, 9, 'UTC'), ''), (start_time, toString(spans.run_name)))) AS run_name,
  max(if(error_type = '', (toDateTime64(0, 9, 'UTC'), ''), (start_time, toString(error_type)))) AS error,
  max(if(run_status IN ('', 'running'), (toDateTime64(0, 9, 'UTC'), ''),
    (start_time + toIntervalNanosecond(duration_ns), toString(run_status)))) AS outcome,
  max(toUInt8(run_status = 'running')) AS running
FROM spans
WHERE run_id != ''
GROUP BY tenant_id, hour, run_id, is_call, user_id, conversation_id, agent_id, feature, provider, model, operation,
  service_name, environment;
