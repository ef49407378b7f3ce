-- Alerts and what became of their messages, as dashboards show them. The collector's journal is what decides;
-- a row replaces the older one of the same id.
CREATE TABLE IF NOT EXISTS alerts
(
  id String,
  version UInt64,
  source LowCardinality(String) COMMENT 'rule, grafana, alertmanager',
  rule LowCardinality(String),
  kind LowCardinality(String) COMMENT 'kind of the rule; empty where another system has it',
  severity LowCardinality(String) COMMENT 'info, warning, critical',
  title String,
  summary String,
  tenant_id LowCardinality(String) COMMENT 'of the subject; empty where it has none',
  subject Map(LowCardinality(String), String),
  value String,
  threshold String,
  period LowCardinality(String),
  starts_at DateTime64(3, 'UTC'),
  ends_at Nullable(DateTime64(3, 'UTC')) COMMENT 'NULL while it fires',
  read_at Nullable(DateTime64(3, 'UTC')),
  acked_at Nullable(DateTime64(3, 'UTC')),
  silenced Bool
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(starts_at)
ORDER BY (starts_at, id);

CREATE TABLE IF NOT EXISTS alert_deliveries
(
  id String,
  version UInt64,
  channel LowCardinality(String),
  status LowCardinality(String) COMMENT 'pending, delivered, failed, held',
  attempts UInt32,
  reason String COMMENT 'of the last attempt that was not taken',
  alert_ids Array(String),
  created_at DateTime64(3, 'UTC'),
  last_at Nullable(DateTime64(3, 'UTC')),
  next_at Nullable(DateTime64(3, 'UTC'))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(created_at)
ORDER BY (created_at, id);
