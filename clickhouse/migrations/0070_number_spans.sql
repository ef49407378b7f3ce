-- Each process numbers the spans of each tenant: a number that never came is a span that was lost.
ALTER TABLE spans
  ADD COLUMN IF NOT EXISTS process_id LowCardinality(String) COMMENT 'who numbered it, a UUID of version 7; empty where nobody did' CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS span_number UInt64 COMMENT 'from 1, in the order of their ends; 0 where nobody did' CODEC(Delta, ZSTD(1));
