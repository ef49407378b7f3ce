-- What the sender said a call costs, where that is not what `cost` holds: another tool's rating, kept beside ours.
ALTER TABLE spans ADD COLUMN IF NOT EXISTS reported_cost Nullable(Decimal(38, 12)) COMMENT 'USD, as the sender rated it' AFTER price_version;
ALTER TABLE spans ADD COLUMN IF NOT EXISTS reported_cost_source LowCardinality(String) COMMENT 'the attribute that said so; empty where none did' AFTER reported_cost;
