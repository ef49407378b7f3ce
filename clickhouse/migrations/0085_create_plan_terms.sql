-- What the months of each tenant are rated with, and since when: of the rows that are valid at an instant the one that
-- was recorded last holds. The tenant '' stands for all that have no subscription.
CREATE TABLE IF NOT EXISTS plan_terms
(
  tenant_id String,
  valid_from DateTime64(3, 'UTC'),
  recorded_at DateTime64(3, 'UTC'),
  terms String COMMENT 'JSON; empty = those of tenants without a subscription' CODEC(ZSTD(3))
)
ENGINE = MergeTree
ORDER BY (tenant_id, recorded_at);
