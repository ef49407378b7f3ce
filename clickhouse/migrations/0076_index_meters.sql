-- Spans that record a meter are few and lie together: what has none is passed over.
ALTER TABLE spans ADD INDEX IF NOT EXISTS meter_name_range meter_name TYPE minmax GRANULARITY 1;
