-- When spans came, per hour of their arrival, and how long after their end: every span, also those that are no calls.
-- The hour of their start is there too: what is rebuilt or expires is known by it.
CREATE TABLE IF NOT EXISTS rollup_arrival_hour
(
  tenant_id LowCardinality(String) CODEC(ZSTD(1)),
  arrived DateTime('UTC') COMMENT 'hour in which they came' CODEC(DoubleDelta, ZSTD(1)),
  hour DateTime('UTC') COMMENT 'hour in which they began' CODEC(Delta, ZSTD(1)),
  service_name LowCardinality(String) CODEC(ZSTD(1)),
  environment LowCardinality(String) CODEC(ZSTD(1)),

  came SimpleAggregateFunction(sum, UInt64) COMMENT 'spans' CODEC(T64, ZSTD(1)),
  numbered SimpleAggregateFunction(sum, UInt64) COMMENT 'those with a number' CODEC(T64, ZSTD(1)),
  ahead SimpleAggregateFunction(sum, UInt64) COMMENT 'those that ended over 5 seconds after they came' CODEC(T64, ZSTD(1)),
  within_200ms SimpleAggregateFunction(sum, UInt64) COMMENT 'those that came so soon after their end, or before it' CODEC(T64, ZSTD(1)),
  within_500ms SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  within_1s SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  within_2s SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  within_5s SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  within_10s SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  within_30s SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  within_60s SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  within_600s SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  within_3600s SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (arrived, tenant_id, service_name, environment, hour)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_arrival_hour_view TO rollup_arrival_hour AS
WITH (toUnixTimestamp64Milli(ingested_at) - toUnixTimestamp64Milli(toDateTime64(start_time, 3)) - duration_ns / 1e6) / 1000 AS lateness
SELECT
  tenant_id, toStartOfHour(ingested_at) AS arrived, toStartOfHour(start_time) AS hour, service_name, environment,
  count() AS came,
  countIf(span_number > 0) AS numbered,
  countIf(lateness < -5) AS ahead,
  countIf(lateness <= 0.2) AS within_200ms,
  countIf(lateness <= 0.5) AS within_500ms,
  countIf(lateness <= 1) AS within_1s,
  countIf(lateness <= 2) AS within_2s,
  countIf(lateness <= 5) AS within_5s,
  countIf(lateness <= 10) AS within_10s,
  countIf(lateness <= 30) AS within_30s,
  countIf(lateness <= 60) AS within_60s,
  countIf(lateness <= 600) AS within_600s,
  countIf(lateness <= 3600) AS within_3600s
FROM spans
WHERE true
GROUP BY tenant_id, arrived, hour, service_name, environment;
