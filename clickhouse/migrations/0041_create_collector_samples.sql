-- What collectors count about themselves, so that their health can be seen with nothing but ClickHouse.
-- A counter's row holds what was added since the sample before, so a restart needs no care: sum them.
CREATE TABLE IF NOT EXISTS collector_samples
(
  at DateTime64(3, 'UTC'),
  instance LowCardinality(String) COMMENT 'host and port of the collector',
  name LowCardinality(String) COMMENT 'as in /metrics',
  label LowCardinality(String) COMMENT 'values of its labels, by the names of the labels, joined by spaces',
  kind LowCardinality(String) COMMENT 'counter or gauge',
  value Float64
)
ENGINE = MergeTree
PARTITION BY toMonday(at)
ORDER BY (name, instance, at)
TTL toDateTime(at) + INTERVAL 30 DAY
SETTINGS ttl_only_drop_parts = 1;
