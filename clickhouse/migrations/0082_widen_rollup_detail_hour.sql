-- When the calls began and ended, so that it is known how long a conversation went on.
ALTER TABLE rollup_detail_hour
  ADD COLUMN IF NOT EXISTS started SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
  ADD COLUMN IF NOT EXISTS ended SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1));

ALTER TABLE rollup_detail_hour_view MODIFY QUERY
SELECT
  tenant_id, toStartOfHour(start_time) AS hour, user_id, conversation_id, run_id, agent_id, agent_name, feature, provider,
  model, operation, service_name, environment, meter_name,
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
  countIf(usage_source = 'estimated' AND unpriced_reason != 'failed') AS estimated_answers,
  countIf(usage_source = 'missing' AND unpriced_reason != 'failed') AS missing_answers,
  countIf(cost_source = 'provider') AS provider_billed_calls,
  max(if(spans.conversation_title = '', (toDateTime64(0, 9, 'UTC'), ''), (start_time, spans.conversation_title)))
    AS conversation_title,
  max(if(spans.run_name = '', (toDateTime64(0, 9, 'UTC'), ''), (start_time, toString(spans.run_name)))) AS run_name,
  toDateTime64(min(start_time), 3, 'UTC') AS started,
  toDateTime64(max(start_time + toIntervalNanosecond(spans.duration_ns)), 3, 'UTC') AS ended
FROM spans
WHERE is_call
GROUP BY tenant_id, hour, user_id, conversation_id, run_id, agent_id, agent_name, feature, provider, model, operation,
  service_name, environment, meter_name;
