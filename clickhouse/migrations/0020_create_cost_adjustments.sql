-- Costs that were rated anew: what a call cost before and after. Rows are only ever added: the first one of a call
-- holds what it was rated with when it came in.
CREATE TABLE IF NOT EXISTS cost_adjustments
(
  run_id UUID COMMENT 'of one spanmeter rerate',
  adjusted_at DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  start_time DateTime64(9, 'UTC') COMMENT 'of the call',
  trace_id String,
  span_id String,
  provider LowCardinality(String),
  model LowCardinality(String),
  old_cost Nullable(Decimal(38, 12)),
  old_cost_source LowCardinality(String),
  old_unpriced_reason LowCardinality(String),
  old_price_version LowCardinality(String),
  new_cost Decimal(38, 12),
  new_price_version LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(start_time)
ORDER BY (tenant_id, start_time, trace_id, span_id, adjusted_at);
