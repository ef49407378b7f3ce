-- How budgets of the ledger stood, as dashboards show them; the ledger is what decides. A row is written when
-- something has changed, and once an hour.
CREATE TABLE IF NOT EXISTS budget_samples
(
  at DateTime64(3, 'UTC'),
  budget LowCardinality(String),
  tenant_id LowCardinality(String) COMMENT 'of the subject; empty where it has none',
  subject Map(LowCardinality(String), String),
  unit LowCardinality(String),
  period LowCardinality(String),
  resets_at Nullable(DateTime64(3, 'UTC')) COMMENT 'NULL where the period rolls',
  committed Decimal(38, 12) COMMENT 'spent and known',
  held Decimal(38, 12) COMMENT 'set aside for what is under way',
  budget_limit Decimal(38, 12),
  status LowCardinality(String) COMMENT 'active, warning, limit_reached, suspended'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (budget, tenant_id, at)
TTL toDateTime(at) + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1;
