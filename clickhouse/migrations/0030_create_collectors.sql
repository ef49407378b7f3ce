-- Which collectors write to this store: while there are several, each looks for its spans among those of the others.
CREATE TABLE IF NOT EXISTS collectors
(
  id String COMMENT 'made by a collector for its data directory',
  seen_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree(seen_at)
ORDER BY id
TTL seen_at + INTERVAL 30 DAY;
