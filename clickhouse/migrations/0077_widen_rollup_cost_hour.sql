-- The meter of a call, who rated it, and what names no user or conversation: questions about those need no larger rollup.
ALTER TABLE rollup_cost_hour
  ADD COLUMN IF NOT EXISTS meter_name LowCardinality(String) CODEC(ZSTD(1)) AFTER agent_name,
  ADD COLUMN IF NOT EXISTS missing_answers SimpleAggregateFunction(sum, UInt64) COMMENT 'missing_calls that did not fail' CODEC(T64, ZSTD(1)),
  ADD COLUMN IF NOT EXISTS estimated_answers SimpleAggregateFunction(sum, UInt64) COMMENT 'estimated_calls that did not fail' CODEC(T64, ZSTD(1)),
  ADD COLUMN IF NOT EXISTS provider_billed_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'the provider told the cost' CODEC(T64, ZSTD(1)),
  ADD COLUMN IF NOT EXISTS service_rated_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'the cost was rated where the call was made' CODEC(T64, ZSTD(1)),
  ADD COLUMN IF NOT EXISTS collector_rated_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'the cost was rated by a collector' CODEC(T64, ZSTD(1)),
  ADD COLUMN IF NOT EXISTS userless_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'without a user' CODEC(T64, ZSTD(1)),
  ADD COLUMN IF NOT EXISTS userless_failed_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'failed_calls without a user' CODEC(T64, ZSTD(1)),
  ADD COLUMN IF NOT EXISTS conversationless_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'without a conversation' CODEC(T64, ZSTD(1)),
  ADD COLUMN IF NOT EXISTS conversationless_failed_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'failed_calls without a conversation' CODEC(T64, ZSTD(1)),
  ADD COLUMN IF NOT EXISTS userless_cost SimpleAggregateFunction(sum, Decimal(38, 12)) CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS conversationless_cost SimpleAggregateFunction(sum, Decimal(38, 12)) CODEC(ZSTD(1)),
  MODIFY ORDER BY (hour, tenant_id, provider, model, operation, service_name, environment, feature, agent_id, agent_name,
    meter_name);

ALTER TABLE rollup_cost_hour_view MODIFY QUERY
SELECT
  tenant_id, toStartOfHour(start_time) AS hour, provider, model, operation, service_name, environment, feature,
  agent_id, agent_name, meter_name,
  count() AS calls,
  countIf(status = 'error') AS errors,
  sum(input_uncached_tokens + spans.cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens
    + cache_write_other_tokens + input_audio_tokens + input_image_tokens) AS input_tokens,
  sum(output_text_tokens + spans.reasoning_tokens + output_audio_tokens + output_image_tokens) AS output_tokens,
  sum(spans.cache_read_tokens) AS cache_read_tokens,
  sum(cache_write_5m_tokens + cache_write_1h_tokens + cache_write_other_tokens) AS cache_write_tokens,
  sum(spans.reasoning_tokens) AS reasoning_tokens,
  sum(spans.duration_ns) AS duration_ns,
  sum(ifNull(spans.cost, toDecimal128(0, 12))) AS cost,
  countIf(isNull(spans.cost) AND unpriced_reason != 'failed') AS unpriced_calls,
  countIf(unpriced_reason = 'failed') AS failed_calls,
  countIf(usage_source = 'estimated') AS estimated_calls,
  countIf(usage_source = 'missing') AS missing_calls,
  countIf(usage_source = 'missing' AND unpriced_reason != 'failed') AS missing_answers,
  countIf(usage_source = 'estimated' AND unpriced_reason != 'failed') AS estimated_answers,
  countIf(cost_source = 'provider') AS provider_billed_calls,
  countIf(cost_source = 'local' AND isNotNull(spans.cost)) AS service_rated_calls,
  countIf(cost_source = 'collector' AND isNotNull(spans.cost)) AS collector_rated_calls,
  countIf(user_id = '') AS userless_calls,
  countIf(user_id = '' AND unpriced_reason = 'failed') AS userless_failed_calls,
  countIf(conversation_id = '') AS conversationless_calls,
  countIf(conversation_id = '' AND unpriced_reason = 'failed') AS conversationless_failed_calls,
  sumIf(ifNull(spans.cost, toDecimal128(0, 12)), user_id = '') AS userless_cost,
  sumIf(ifNull(spans.cost, toDecimal128(0, 12)), conversation_id = '') AS conversationless_cost
FROM spans
WHERE is_call
GROUP BY tenant_id, hour, provider, model, operation, service_name, environment, feature, agent_id,
  agent_name, meter_name;
