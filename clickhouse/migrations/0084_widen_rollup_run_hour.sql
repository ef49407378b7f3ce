-- What kind of run it is, so that plans that exclude kinds need no spans.
ALTER TABLE rollup_run_hour
  ADD COLUMN IF NOT EXISTS run_kind SimpleAggregateFunction(max, String) COMMENT 'as a span named it' CODEC(ZSTD(1));

ALTER TABLE rollup_run_hour_view MODIFY QUERY
SELECT
  tenant_id, toStartOfHour(start_time) AS hour, run_id, is_call, user_id, conversation_id, agent_id, feature, provider,
  model, operation, service_name, environment,
  count() AS members,
  countIf(is_call) AS calls,
  countIf(is_call AND status = 'error') AS errors,
  sumIf(input_uncached_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens
    + cache_write_other_tokens + input_audio_tokens + input_image_tokens, is_call) AS input_tokens,
  sumIf(output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens, is_call) AS output_tokens,
  sumIf(ifNull(spans.cost, toDecimal128(0, 12)), is_call) AS cost,
  countIf(is_call AND isNull(spans.cost) AND unpriced_reason != 'failed') AS unpriced_calls,
  min(start_time) AS started,
  max(start_time) AS last_started,
  max(start_time + toIntervalNanosecond(duration_ns)) AS ended,
  max(if(spans.run_name = '', (toDateTime64(0, 9, 'UTC'), ''), (start_time, toString(spans.run_name)))) AS run_name,
  max(if(error_type = '', (toDateTime64(0, 9, 'UTC'), ''), (start_time, toString(error_type)))) AS error,
  max(if(run_status IN ('', 'running'), (toDateTime64(0, 9, 'UTC'), ''),
    (start_time + toIntervalNanosecond(duration_ns), toString(run_status)))) AS outcome,
  max(toUInt8(run_status = 'running')) AS running,
  max(attributes['spanmeter.run.kind']) AS run_kind
FROM spans
WHERE run_id != ''
GROUP BY tenant_id, hour, run_id, is_call, user_id, conversation_id, agent_id, feature, provider, model, operation,
  service_name, environment;
