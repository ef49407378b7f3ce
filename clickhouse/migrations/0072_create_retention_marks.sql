-- From when on a table is whole: rows before may have been removed, also where they would be kept longer by now.
CREATE TABLE IF NOT EXISTS retention_marks
(
  name LowCardinality(String) COMMENT 'of the table',
  removed_before SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY name;
