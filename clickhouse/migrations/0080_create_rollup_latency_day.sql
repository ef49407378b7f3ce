-- How long calls took, per UTC day: the hourly sketches once more, because merging sketches is what takes time.
CREATE TABLE IF NOT EXISTS rollup_latency_day
(
  tenant_id LowCardinality(String) CODEC(ZSTD(1)),
  day Date CODEC(DoubleDelta, ZSTD(1)),
  provider LowCardinality(String) CODEC(ZSTD(1)),
  model LowCardinality(String) CODEC(ZSTD(1)),

  calls SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  latency AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float64) COMMENT 'seconds, every call' CODEC(ZSTD(1)),
  ttfc AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float64) COMMENT 'seconds to the first chunk, streamed calls' CODEC(ZSTD(1)),
  errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  client_errors SimpleAggregateFunction(sum, UInt64) COMMENT 'HTTP 4xx but 429' CODEC(T64, ZSTD(1)),
  rate_limited SimpleAggregateFunction(sum, UInt64) COMMENT 'HTTP 429' CODEC(T64, ZSTD(1)),
  server_errors SimpleAggregateFunction(sum, UInt64) COMMENT 'HTTP 5xx' CODEC(T64, ZSTD(1)),
  output_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  duration_ns SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  cost SimpleAggregateFunction(sum, Decimal(38, 12)) CODEC(ZSTD(1)),
  last_call SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  arrival AggregateFunction(quantilesTDigest(0.5, 0.95), Float64) COMMENT 'seconds from the end of a call until it was stored' CODEC(ZSTD(1)),
  arrivals SimpleAggregateFunction(sum, UInt64) COMMENT 'calls in `arrival`' CODEC(T64, ZSTD(1)),
  least_headroom SimpleAggregateFunction(min, Nullable(Float64)) COMMENT 'what was left of a limit of the provider, 0 to 1; NULL where none was told' CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, tenant_id, provider, model)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_latency_day_view TO rollup_latency_day AS
SELECT
  tenant_id, toDate(start_time) AS day, provider, model,
  count() AS calls,
  quantilesTDigestState(0.5, 0.95, 0.99)(spans.duration_ns / 1e9) AS latency,
  quantilesTDigestStateIf(0.5, 0.95, 0.99)(
    toFloat64(ifNull(time_to_first_chunk_ns, 0)) / 1e9, isNotNull(time_to_first_chunk_ns)) AS ttfc,
  countIf(status = 'error') AS errors,
  countIf(status = 'error' AND http_status_code BETWEEN 400 AND 499 AND http_status_code != 429) AS client_errors,
  countIf(http_status_code = 429) AS rate_limited,
  countIf(http_status_code >= 500) AS server_errors,
  sum(output_text_tokens + spans.reasoning_tokens + output_audio_tokens + output_image_tokens) AS output_tokens,
  sum(spans.duration_ns) AS duration_ns,
  sum(ifNull(spans.cost, toDecimal128(0, 12))) AS cost,
  max(toDateTime64(start_time, 3, 'UTC')) AS last_call,
  quantilesTDigestState(0.5, 0.95)(greatest(toUnixTimestamp64Milli(ingested_at)
    - toUnixTimestamp64Milli(toDateTime64(start_time, 3)) - spans.duration_ns / 1e6, 0) / 1000) AS arrival,
  count() AS arrivals,
  min(toFloat64OrNull(attributes['spanmeter.rate_limit.remaining_ratio'])) AS least_headroom
FROM spans
WHERE is_call
GROUP BY tenant_id, day, provider, model;
