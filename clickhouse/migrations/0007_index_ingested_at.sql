-- A collector that starts asks which spans came in during the last minutes: without this it reads the whole column.
ALTER TABLE spans ADD INDEX IF NOT EXISTS ingested_at_range ingested_at TYPE minmax GRANULARITY 1;
