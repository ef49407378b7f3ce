-- Up to which migration of a rollup everything that was stored before it is in the rollups.
CREATE TABLE IF NOT EXISTS rollup_fills
(
  version UInt32 COMMENT 'the last migration of a rollup that was covered',
  filled_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(filled_at)
ORDER BY version;
