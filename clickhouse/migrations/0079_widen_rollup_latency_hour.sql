-- How long spans took to arrive, and how near providers were to their limits.
ALTER TABLE rollup_latency_hour
  ADD COLUMN IF NOT EXISTS arrival AggregateFunction(quantilesTDigest(0.5, 0.95), Float64) COMMENT 'seconds from the end of a call until it was stored',
  ADD COLUMN IF NOT EXISTS arrivals SimpleAggregateFunction(sum, UInt64) COMMENT 'calls in `arrival`',
  ADD COLUMN IF NOT EXISTS least_headroom SimpleAggregateFunction(min, Nullable(Float64)) COMMENT 'what was left of a limit of the provider, 0 to 1; NULL where none was told';

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
  max(toDateTime64(start_time, 3, 'UTC')) AS last_call,
  quantilesTDigestState(0.5, 0.95)(greatest(toUnixTimestamp64Milli(ingested_at)
    - toUnixTimestamp64Milli(toDateTime64(start_time, 3)) - spans.duration_ns / 1e6, 0) / 1000) AS arrival,
  count() AS arrivals,
  min(toFloat64OrNull(attributes['spanmeter.rate_limit.remaining_ratio'])) AS least_headroom
FROM spans
WHERE is_call
GROUP BY tenant_id, hour, provider, model;
