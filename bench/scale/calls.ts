/**
 * Calls that are made inside the engine, through the tables and views that real ones go through.
 *
 * Invariant: a call is a function of its number alone, so the same size gives the same rows but for the time, which
 * ends now. Conversations are eight calls in twenty minutes; tenants, users and agents are skewed as they are. What a
 * product is built of hangs together as it does there: twelve agents, each with its feature, its service and two
 * models, and every tenth tenant is for tests. Each service has six processes, which start anew with every insert (twice
 * a day where a hundred million calls are half a year) and lose every five thousandth span.
 */
import type { ClickHouseClient } from '@clickhouse/client'

/** Calls of one insert. */
const BATCH = 250_000
const MINUTES_OF_A_CONVERSATION = 20
const CALLS_OF_A_CONVERSATION = 8

/** How many calls, over how many days until when (milliseconds since 1970). */
export interface Calls {
  count: number
  days: number
  now: number
}

/** Makes the calls; tells how many there are after every insert. */
export async function makeCalls(
  client: ClickHouseClient,
  { count, days, now }: Calls,
  progress: (made: number) => void = () => {},
): Promise<void> {
  const perMinute = count / (days * 1440)
  // calls that are under way together: a block of them is so many conversations side by side
  const block = Math.max(CALLS_OF_A_CONVERSATION * 4, Math.round(perMinute * MINUTES_OF_A_CONVERSATION))
  for (let from = 0; from < count; from += BATCH) {
    const rows = Math.min(BATCH, count - from)
    await client.command({
      query: INSERT,
      query_params: {
        from,
        rows,
        block,
        conversations: Math.ceil(block / CALLS_OF_A_CONVERSATION),
        start: Math.floor(now - days * 86_400_000),
        step: Math.floor((days * 86_400e9) / count),
      },
      clickhouse_settings: {
        async_insert: 0,
        insert_deduplicate: 0,
        max_insert_threads: '2',
        max_block_size: '131072',
        min_insert_block_size_rows: '250000',
        max_partitions_per_insert_block: '0',
        wait_end_of_query: 1,
      },
    })
    progress(from + rows)
  }
}

const hash = (salt: string, of: string) => `cityHash64(${of}, '${salt}')`
/** From 0 to 1. */
const unit = (salt: string, of = 'n') => `(${hash(salt, of)} % 1000003 / 1000003)`

const MODELS = [
  ...['gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'text-embedding-3-small', 'claude-sonnet-4-5', 'claude-haiku-4-5'],
  ...['gemini-2.5-pro', 'gemini-2.5-flash', 'mistral-large', 'command-a'],
]
const PROVIDERS = [
  ...['openai', 'openai', 'openai', 'openai', 'anthropic', 'anthropic'],
  ...['gcp.gemini', 'gcp.gemini', 'mistral_ai', 'cohere'],
]
/** Place of the model that an agent asks first, and of its second one, from 1. */
const AGENT_MODELS = [1, 2, 5, 7, 3, 6, 8, 1, 4, 9, 5, 10]
const OTHER_MODELS = [2, 3, 6, 8, 4, 4, 2, 6, 3, 10, 1, 9]
const list = (values: readonly (string | number)[]) =>
  `[${values.map((value) => (typeof value === 'number' ? value : `'${value}'`)).join(', ')}]`

const INSERT = `INSERT INTO spans (segment_id, ingested_at, start_time, duration_ns, trace_id, span_id, parent_span_id,
  name, kind, scope_name, scope_version, status, error_type, http_status_code, service_name, environment, tenant_id,
  user_id, agent_id, agent_name, conversation_id, feature, run_id, run_name, run_status, is_call, provider, operation,
  request_model, response_model, model, response_id, request_id, server_address, finish_reason, is_stream,
  time_to_first_chunk_ns, usage_source, input_uncached_tokens, cache_read_tokens, output_text_tokens,
  reasoning_tokens, cost, cost_currency, cost_source, unpriced_reason, price_version, attributes, resource_attributes,
  process_id, span_number)
WITH
  {from:UInt64} + number AS n,
  intDiv(n, {block:UInt64}) * {conversations:UInt64} + n % {conversations:UInt64} AS conversation,
  toUInt32(20000 * pow(${unit('user', 'conversation')}, 2)) AS person,
  toUInt32(50 * pow(${unit('tenant', 'person')}, 2)) AS customer,
  toUInt32(12 * pow(${unit('agent', 'conversation')}, 1.3)) AS agent,
  if(${unit('own')} < 0.8, ${list(AGENT_MODELS)}, ${list(OTHER_MODELS)})[agent + 1] AS kind_of,
  ${unit('error')} < 0.015 AS failed,
  fromUnixTimestamp64Milli({start:Int64}, 'UTC') + toIntervalNanosecond(n * {step:UInt64} + ${hash('ns', 'n')} % {step:UInt64}) AS at,
  toUInt64(150 + 8000 * pow(${unit('input')}, 3)) AS input,
  toUInt64(20 + 1500 * pow(${unit('output')}, 2)) AS output,
  if(${unit('cached')} < 0.4, intDiv(input * 6, 10), 0) AS cached,
  toUInt64(4e8 + 9e9 * pow(${unit('duration')}, 4) + output * 6e6) AS lasted,
  ${unit('stream')} < 0.4 AS streamed,
  agent % 4 * 6 + person % 6 AS process,
  lower(hex({start:UInt64} + intDiv({from:UInt64} * {step:UInt64}, 1000000))) AS began,
  row_number() OVER (PARTITION BY customer, process ORDER BY n) AS numbered
SELECT intDiv(n, 20000) + 1, toDateTime64(at, 3, 'UTC') + 3, at, lasted,
  lower(hex(sipHash128(conversation, intDiv(n, 3)))), lower(hex(sipHash64(n))),
  if(${unit('parent')} < 0.5, '', lower(hex(sipHash64(n, 1)))),
  concat(if(kind_of = 4, 'embeddings ', 'chat '), ${list(MODELS)}[kind_of]), 'client', '@spanmeter/middleware', '0.1.0',
  if(failed, 'error', 'unset'), if(failed, ['429', '500', '400'][n % 3 + 1], ''),
  if(failed, [429, 500, 400][n % 3 + 1], 200),
  ['chat-api', 'search', 'worker', 'support'][agent % 4 + 1],
  if(customer % 10 = 9, 'staging', 'production'),
  concat('tenant-', leftPad(toString(customer), 2, '0')), concat('user-', toString(person)),
  concat('agent-', toString(agent)), concat('Agent ', toString(agent)),
  concat('conv_', lower(hex(sipHash64(conversation, 2)))), ['chat', 'search', 'summary', 'triage', 'draft'][agent % 5 + 1],
  if(person % 10 = 0, concat('run_', lower(hex(sipHash64(conversation, 3)))), ''), if(person % 10 = 0, 'nightly report', ''),
  if(person % 10 = 0 AND ${unit('status')} < 0.2, 'success', ''), true,
  ${list(PROVIDERS)}[kind_of], if(kind_of = 4, 'embeddings', 'chat'), ${list(MODELS)}[kind_of],
  if(failed, '', concat(${list(MODELS)}[kind_of], '-2026-10-01')),
  if(failed, ${list(MODELS)}[kind_of], concat(${list(MODELS)}[kind_of], '-2026-10-01')),
  if(failed, '', concat('resp_', lower(hex(sipHash64(n, 4))))), concat('req_', lower(hex(sipHash64(n, 5)))),
  concat('api.', ${list(PROVIDERS)}[kind_of], '.com'), if(failed, '', 'stop'), streamed,
  if(streamed AND NOT failed, toUInt64(2e8 + lasted * 0.1), NULL),
  if(failed, 'missing', 'provider'), if(failed, 0, input - cached), if(failed, 0, cached), if(failed, 0, output),
  if(failed OR kind_of != 1, 0, intDiv(output, 3)),
  if(failed OR ${unit('unpriced')} < 0.002, NULL, toDecimal128((input * 125 + output * 1000) * kind_of / 1e9, 12)),
  'USD', if(failed, '', 'local'),
  multiIf(failed, 'failed', ${unit('unpriced')} < 0.002, 'unknown_model', ''), 'genai-prices@0.1.8',
  map('server.port', '443', 'gen_ai.request.max_tokens', ['1024', '4096'][n % 2 + 1]),
  map('telemetry.sdk.language', 'nodejs', 'telemetry.sdk.name', 'opentelemetry', 'telemetry.sdk.version', '2.12.1',
    'host.name', concat('host-', toString(person % 6))),
  concat(substring(began, 1, 8), '-', substring(began, 9), '-7000-8000-', leftPad(toString(process), 12, '0')),
  numbered + intDiv(numbered, 5000)
FROM numbers({rows:UInt64})`
