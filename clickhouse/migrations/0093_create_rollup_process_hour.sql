-- Which numbers of spans came in an hour, by the process that numbered them: how many, from where to where. The hour of
-- their start is there too: what is rebuilt or expires is known by it.
CREATE TABLE IF NOT EXISTS rollup_process_hour
(
  tenant_id LowCardinality(String) CODEC(ZSTD(1)),
  arrived DateTime('UTC') COMMENT 'hour in which they came' CODEC(DoubleDelta, ZSTD(1)),
  hour DateTime('UTC') COMMENT 'hour in which they began' CODEC(Delta, ZSTD(1)),
  service_name LowCardinality(String) CODEC(ZSTD(1)),
  environment LowCardinality(String) CODEC(ZSTD(1)),
  process_id LowCardinality(String) CODEC(ZSTD(1)),

  came SimpleAggregateFunction(sum, UInt64) COMMENT 'spans with a number' CODEC(T64, ZSTD(1)),
  lowest SimpleAggregateFunction(min, UInt64) COMMENT 'of their numbers' CODEC(T64, ZSTD(1)),
  highest SimpleAggregateFunction(max, UInt64) CODEC(T64, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (arrived, tenant_id, service_name, environment, process_id, hour)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_process_hour_view TO rollup_process_hour AS
SELECT
  tenant_id, toStartOfHour(ingested_at) AS arrived, toStartOfHour(start_time) AS hour, service_name, environment, process_id,
  count() AS came,
  min(span_number) AS lowest,
  max(span_number) AS highest
FROM spans
WHERE span_number > 0
GROUP BY tenant_id, arrived, hour, service_name, environment, process_id;
