-- What credits are worth, as collectors were configured: the newest row holds. For dashboards; budgets and the API have
-- the configuration itself.
CREATE TABLE IF NOT EXISTS credit_rates
(
  set_at DateTime64(3, 'UTC'),
  per_usd Decimal(38, 12) COMMENT 'credits for one USD',
  kinds Map(LowCardinality(String), LowCardinality(String)) COMMENT 'meter -> ai, compute or storage; others are compute'
)
ENGINE = MergeTree
ORDER BY set_at;
