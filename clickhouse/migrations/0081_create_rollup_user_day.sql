-- What calls cost, per user and UTC day: for rankings and numbers of users over weeks and months.
-- A call without a cost adds 0 to `cost` and 1 to `unpriced_calls` (or `failed_calls`): read them together.
CREATE TABLE IF NOT EXISTS rollup_user_day
(
  tenant_id LowCardinality(String) CODEC(ZSTD(1)),
  day Date CODEC(DoubleDelta, ZSTD(1)),
  user_id String CODEC(ZSTD(1)),
  environment LowCardinality(String) CODEC(ZSTD(1)),

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
  missing_calls SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, tenant_id, user_id, environment)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_user_day_view TO rollup_user_day AS
SELECT
  tenant_id, toDate(start_time) AS day, user_id, environment,
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
GROUP BY tenant_id, day, user_id, environment;
