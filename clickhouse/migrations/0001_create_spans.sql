-- One row per span. `is_call` rows are leaf calls to a paid API: they alone take part in totals.
-- Token columns are disjoint buckets: their sum is everything the provider counted, none is part of another.
-- Hours come first, so that a range reads its own hours only; granules are small, so that a tenant reads little of an hour.
-- `cost` NULL means "no cost known" with `unpriced_reason` saying why; it is never 0 for that.
CREATE TABLE IF NOT EXISTS spans
(
  segment_id UInt64 COMMENT 'the write-ahead segment that carried the row; counted to verify a batch',
  ingested_at DateTime64(3, 'UTC'),
  start_time DateTime64(9, 'UTC'),
  duration_ns UInt64,
  trace_id String COMMENT '32 hex digits',
  span_id String COMMENT '16 hex digits',
  parent_span_id String,
  name LowCardinality(String),
  kind LowCardinality(String) COMMENT 'internal, server, client, producer, consumer',
  scope_name LowCardinality(String),
  scope_version LowCardinality(String),
  status LowCardinality(String) COMMENT 'unset, ok, error',
  error_type LowCardinality(String),
  http_status_code UInt16 COMMENT '0 = none',

  service_name LowCardinality(String),
  environment LowCardinality(String),
  tenant_id LowCardinality(String),
  user_id String,
  agent_id LowCardinality(String),
  agent_name LowCardinality(String),
  conversation_id String,
  conversation_title String,
  feature LowCardinality(String),
  run_id String,
  run_name LowCardinality(String),
  run_status LowCardinality(String),

  is_call Bool,
  provider LowCardinality(String),
  operation LowCardinality(String),
  request_model LowCardinality(String),
  response_model LowCardinality(String),
  model LowCardinality(String) COMMENT 'response model, or the requested one where the provider names none',
  response_id String,
  request_id String,
  server_address LowCardinality(String),
  service_tier LowCardinality(String),
  finish_reason LowCardinality(String),
  is_stream Bool,
  time_to_first_chunk_ns Nullable(UInt64),

  usage_source LowCardinality(String) COMMENT 'provider, estimated, missing; empty where the span is no call',
  input_uncached_tokens UInt64,
  cache_read_tokens UInt64,
  cache_write_5m_tokens UInt64,
  cache_write_1h_tokens UInt64,
  cache_write_other_tokens UInt64,
  input_audio_tokens UInt64,
  input_image_tokens UInt64,
  output_text_tokens UInt64,
  reasoning_tokens UInt64,
  output_audio_tokens UInt64,
  output_image_tokens UInt64,

  cost Nullable(Decimal(38, 12)),
  cost_currency LowCardinality(String),
  cost_source LowCardinality(String) COMMENT 'provider, local; empty where there is no cost',
  unpriced_reason LowCardinality(String) COMMENT 'why cost is NULL; empty where it is not',
  price_version LowCardinality(String),

  meter_name LowCardinality(String),
  meter_quantity Decimal(38, 9),
  meter_unit LowCardinality(String),

  attributes Map(LowCardinality(String), String) COMMENT 'span attributes that have no column',
  resource_attributes Map(LowCardinality(String), String) COMMENT 'resource attributes that have no column',

  input_tokens UInt64 ALIAS input_uncached_tokens + cache_read_tokens + cache_write_5m_tokens
    + cache_write_1h_tokens + cache_write_other_tokens + input_audio_tokens + input_image_tokens,
  output_tokens UInt64 ALIAS output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(start_time)
ORDER BY (toStartOfHour(start_time), tenant_id, provider, request_model, start_time)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;
