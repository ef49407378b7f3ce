-- What conversations cost, per UTC day: which of half a million were the largest, and how many there were.
-- A number stands for the id and its tenant, because so many texts are slow to tell apart; 0 are the calls of none. The
-- hours say where `rollup_detail_hour` has the rest.
CREATE TABLE IF NOT EXISTS rollup_conversation_day
(
  tenant_id LowCardinality(String) CODEC(ZSTD(1)),
  day Date CODEC(DoubleDelta, ZSTD(1)),
  environment LowCardinality(String) CODEC(ZSTD(1)),
  conversation UInt64 COMMENT 'cityHash64(tenant_id, conversation_id); 0 without one' CODEC(Delta, ZSTD(1)),

  first_hour SimpleAggregateFunction(min, DateTime('UTC')) COMMENT 'of its first call of the day' CODEC(Delta, ZSTD(1)),
  last_hour SimpleAggregateFunction(max, DateTime('UTC')) COMMENT 'of its last call of the day' CODEC(Delta, ZSTD(1)),
  calls SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  input_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  output_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  cost SimpleAggregateFunction(sum, Decimal(38, 12)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, tenant_id, environment, conversation)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_conversation_day_view TO rollup_conversation_day AS
SELECT
  tenant_id, toDate(start_time) AS day, environment,
  if(spans.conversation_id = '', 0, cityHash64(tenant_id, spans.conversation_id)) AS conversation,
  min(toStartOfHour(start_time)) AS first_hour,
  max(toStartOfHour(start_time)) AS last_hour,
  count() AS calls,
  sum(input_uncached_tokens + spans.cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens
    + cache_write_other_tokens + input_audio_tokens + input_image_tokens) AS input_tokens,
  sum(output_text_tokens + spans.reasoning_tokens + output_audio_tokens + output_image_tokens) AS output_tokens,
  sum(ifNull(spans.cost, toDecimal128(0, 12))) AS cost
FROM spans
WHERE is_call
GROUP BY tenant_id, day, environment, conversation;
