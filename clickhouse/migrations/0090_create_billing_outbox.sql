-- What was sent to a billing provider of each hour of a tenant, as dashboards show it. The collector's journal is what
-- decides; a row replaces the older one of the same id.
CREATE TABLE IF NOT EXISTS billing_outbox
(
  id String,
  version UInt64,
  tenant_id LowCardinality(String),
  meter LowCardinality(String) COMMENT 'event name of the meter at the provider',
  hour DateTime('UTC'),
  customer String COMMENT 'at the provider; empty where the tenant is none',
  state LowCardinality(String) COMMENT 'pending, sent, confirmed, rejected, skipped, expired, drift',
  total Int128 COMMENT 'what the hour comes to, in whole units of the meter',
  sent Int128 COMMENT 'what the provider took of it',
  events UInt32 COMMENT 'events that the provider took',
  provider_id String COMMENT 'identifier of the event that it took last',
  error String,
  changed_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, id);
