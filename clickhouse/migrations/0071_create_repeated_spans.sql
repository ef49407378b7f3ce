-- Spans that came again and were left out, as collectors counted them. A row holds what was added since the one before.
CREATE TABLE IF NOT EXISTS repeated_spans
(
  at DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  service_name LowCardinality(String),
  environment LowCardinality(String),
  spans UInt64
)
ENGINE = MergeTree
PARTITION BY toMonday(at)
ORDER BY (tenant_id, service_name, at)
TTL toDateTime(at) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1;
