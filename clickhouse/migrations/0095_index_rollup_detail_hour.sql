-- Who asks for the hours of some conversations reads the rows of those, and not every row of the hours.
ALTER TABLE rollup_detail_hour
  ADD INDEX IF NOT EXISTS conversation_number cityHash64(tenant_id, conversation_id) TYPE bloom_filter(0.001) GRANULARITY 1;
