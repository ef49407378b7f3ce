-- The same by UTC day.
CREATE TABLE IF NOT EXISTS rollup_process_day
(
  tenant_id LowCardinality(String) CODEC(ZSTD(1)),
  arrived Date COMMENT 'day on which they came' CODEC(DoubleDelta, ZSTD(1)),
  day Date COMMENT 'day on which they began' CODEC(Delta, ZSTD(1)),
  service_name LowCardinality(String) CODEC(ZSTD(1)),
  environment LowCardinality(String) CODEC(ZSTD(1)),
  process_id LowCardinality(String) CODEC(ZSTD(1)),

  came SimpleAggregateFunction(sum, UInt64) COMMENT 'spans with a number' CODEC(T64, ZSTD(1)),
  lowest SimpleAggregateFunction(min, UInt64) COMMENT 'of their numbers' CODEC(T64, ZSTD(1)),
  highest SimpleAggregateFunction(max, UInt64) CODEC(T64, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (arrived, tenant_id, service_name, environment, process_id, day)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_process_day_view TO rollup_process_day AS
SELECT
  tenant_id, toDate(ingested_at) AS arrived, toDate(start_time) AS day, service_name, environment, process_id,
  count() AS came,
  min(span_number) AS lowest,
  max(span_number) AS highest
FROM spans
WHERE span_number > 0
GROUP BY tenant_id, arrived, day, service_name, environment, process_id;
