-- How calls went beside how long they took: kinds of failure, and in which minutes of the hour anything succeeded.
ALTER TABLE rollup_latency_hour
  ADD COLUMN IF NOT EXISTS errors SimpleAggregateFunction(sum, UInt64),
  ADD COLUMN IF NOT EXISTS client_errors SimpleAggregateFunction(sum, UInt64) COMMENT 'HTTP 4xx but 429',
  ADD COLUMN IF NOT EXISTS rate_limited SimpleAggregateFunction(sum, UInt64) COMMENT 'HTTP 429',
  ADD COLUMN IF NOT EXISTS server_errors SimpleAggregateFunction(sum, UInt64) COMMENT 'HTTP 5xx',
  ADD COLUMN IF NOT EXISTS output_tokens SimpleAggregateFunction(sum, UInt64),
  ADD COLUMN IF NOT EXISTS duration_ns SimpleAggregateFunction(sum, UInt64),
  ADD COLUMN IF NOT EXISTS cost SimpleAggregateFunction(sum, Decimal(38, 12)),
  ADD COLUMN IF NOT EXISTS minutes SimpleAggregateFunction(groupBitOr, UInt64) COMMENT 'a bit for each minute with a call',
  ADD COLUMN IF NOT EXISTS minutes_up SimpleAggregateFunction(groupBitOr, UInt64) COMMENT 'a bit for each minute in which a call succeeded',
  ADD COLUMN IF NOT EXISTS last_call SimpleAggregateFunction(max, DateTime64(3, 'UTC'));

ALTER TABLE rollup_latency_hour_view MODIFY QUERY
SELECT
  tenant_id, toStartOfHour(start_time) AS hour, provider, model,
  count() AS calls,
  quantilesTDigestState(0.5, 0.95, 0.99)(spans.duration_ns / 1e9) AS latency,
  quantilesTDigestStateIf(0.5, 0.95, 0.99)(
    toFloat64(ifNull(time_to_first_chunk_ns, 0)) / 1e9, isNotNull(time_to_first_chunk_ns)) AS ttfc,
  countIf(status = 'error') AS errors,
  countIf(status = 'error' AND http_status_code BETWEEN 400 AND 499 AND http_status_code != 429) AS client_errors,
  countIf(http_status_code = 429) AS rate_limited,
  countIf(http_status_code >= 500) AS server_errors,
  sum(output_text_tokens + spans.reasoning_tokens + output_audio_tokens + output_image_tokens) AS output_tokens,
  sum(spans.duration_ns) AS duration_ns,
  sum(ifNull(spans.cost, toDecimal128(0, 12))) AS cost,
  groupBitOr(bitShiftLeft(toUInt64(1), toMinute(start_time))) AS minutes,
  groupBitOr(if(status = 'error', toUInt64(0), bitShiftLeft(toUInt64(1), toMinute(start_time)))) AS minutes_up,
  max(toDateTime64(start_time, 3, 'UTC')) AS last_call
FROM spans
WHERE is_call
GROUP BY tenant_id, hour, provider, model;
