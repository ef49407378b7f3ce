-- How long calls took, per hour: sketches apart from the money, with few dimensions because a sketch is large.
CREATE TABLE IF NOT EXISTS rollup_latency_hour
(
  tenant_id LowCardinality(String),
  hour DateTime('UTC'),
  provider LowCardinality(String),
  model LowCardinality(String),

  calls SimpleAggregateFunction(sum, UInt64),
  latency AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float64) COMMENT 'seconds, every call',
  ttfc AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float64) COMMENT 'seconds to the first chunk, streamed calls'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, tenant_id, provider, model)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_latency_hour_view TO rollup_latency_hour AS
SELECT
  tenant_id, toStartOfHour(start_time) AS hour, provider, model,
  count() AS calls,
  quantilesTDigestState(0.5, 0.95, 0.99)(duration_ns / 1e9) AS latency,
  quantilesTDigestStateIf(0.5, 0.95, 0.99)(
    toFloat64(ifNull(time_to_first_chunk_ns, 0)) / 1e9, isNotNull(time_to_first_chunk_ns)) AS ttfc
FROM spans
WHERE is_call
GROUP BY tenant_id, hour, provider, model;
