/**
 * All calls of a range as bytes of a file, written by the engine: CSV, JSON lines or Parquet.
 *
 * Invariant: memory is bounded whatever the range and however slow the reader is: what the engine writes is handed on as
 * it comes. CSV and JSON lines are asked for in slices of about `SLICE_ROWS` rows, which the engine sorts. An answer
 * that it broke off is an error, never a shorter file.
 */
import { CREDIT_KINDS, type CreditKind, type CreditRates } from '../rate/credits.ts'
import { execute, type QueryContext, SettingRefused, streamQuery } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import { type Range, rawRange } from './raw-range.ts'

const SLICE_ROWS = 100_000
/** What a range is cut at, milliseconds: the next one where a piece still has too many rows. */
const UNITS = [60_000, 1_000, 10] as const
/** What ClickHouse writes into an answer that it breaks off. */
const BROKEN = '__exception__'
/** How far from the end of an answer that can be, bytes. */
const TAIL = 32_768

export type EventsFormat = 'csv' | 'jsonl' | 'parquet'

/** How a file is written. */
export interface Written {
  readonly format: EventsFormat
  readonly rates: CreditRates
}

const TEXTS = [
  ...['parent_span_id', 'response_id', 'request_id', 'service', 'environment', 'tenant_id', 'user_id'],
  ...['agent_id', 'agent_name', 'conversation_id', 'conversation_title', 'feature', 'run_id', 'run_name'],
  ...['run_status', 'provider', 'operation', 'request_model', 'response_model', 'model', 'server_address'],
  ...['service_tier', 'finish_reason', 'error_type', 'usage_source', 'cost_source', 'unpriced_reason'],
  ...['price_version'],
]
const COUNTS = [
  ...['input_uncached_tokens', 'cache_read_tokens', 'cache_write_5m_tokens', 'cache_write_1h_tokens'],
  ...['cache_write_other_tokens', 'input_audio_tokens', 'input_image_tokens', 'output_text_tokens'],
  ...['reasoning_tokens', 'output_audio_tokens', 'output_image_tokens'],
]

/** Credits of one kind, as `creditsOf` counts them. */
function creditsSql(kind: CreditKind): string {
  const of = `multiIf(spans.meter_name = '', 'ai', mapContains({kinds:Map(String, String)}, spans.meter_name),
    {kinds:Map(String, String)}[spans.meter_name], 'compute')`
  return `if(isNull(spans.cost), NULL, if(${of} = '${kind}', CAST(multiplyDecimal(assumeNotNull(spans.cost), {per_usd:Decimal(38, 12)}, 12), 'Decimal(38, 12)'), toDecimal128(0, 12)))`
}

/** The columns of a file: those of a usage event, in its order. */
function columns(format: EventsFormat): string {
  const text = (name: string): string => {
    const column = name === 'service' ? 'spans.service_name' : `spans.${name}`
    if (format !== 'csv') return `nullIf(toString(${column}), '')`
    // One line a row, and no cell that a spreadsheet would run.
    const line = `replaceRegexpAll(toString(${column}), '[\\\\r\\\\n]+', ' ')`
    return `replaceRegexpOne(${line}, '^([=+\\\\-@\\\\t＝＋－＠])', '\\'\\\\1')`
  }
  // CSV has no null: an empty cell is one.
  const maybe = (sql: string): string => (format === 'csv' ? `ifNull(toString(${sql}), '')` : sql)
  const time = "concat(replaceOne(toString(spans.start_time), ' ', 'T'), 'Z')"
  const expressions = [
    ["concat(spans.trace_id, '-', spans.span_id)", 'event_id'],
    ['spans.trace_id', 'trace_id'],
    ['spans.span_id', 'span_id'],
    [format === 'parquet' ? 'spans.start_time' : time, 'timestamp'],
    ['spans.duration_ns / 1e9', 'duration_seconds'],
    [maybe('spans.time_to_first_chunk_ns / 1e9'), 'time_to_first_chunk_seconds'],
    ['spans.is_stream', 'stream'],
    ['toString(spans.status)', 'status'],
    [maybe('nullIf(spans.http_status_code, 0)'), 'http_status_code'],
    ...TEXTS.map((name) => [text(name), name]),
    ['spans.input_tokens', 'input_tokens'],
    ['spans.output_tokens', 'output_tokens'],
    ['spans.input_tokens + spans.output_tokens', 'total_tokens'],
    ...COUNTS.map((name) => [`spans.${name}`, name]),
    [maybe('toFloat64(spans.cost)'), 'cost'],
    [format === 'parquet' ? 'spans.cost' : maybe('toString(spans.cost)'), 'cost_exact'],
    ["'USD'", 'currency'],
    ...CREDIT_KINDS.map((kind) => [
      format === 'parquet' ? creditsSql(kind) : maybe(`toString(${creditsSql(kind)})`),
      `credits_${kind}`,
    ]),
  ]
  return expressions.map(([sql, name]) => `${sql} AS \`${name}\``).join(', ')
}

/** A file: how many rows it will have at least, and its bytes. */
export interface EventsFile {
  readonly rows: number
  readonly bytes: AsyncGenerator<Uint8Array>
}

/** Starts a file; the number of rows is known before its first byte. */
export async function exportEvents(
  context: QueryContext,
  range: Range,
  filters: Filters,
  { format, rates }: Written,
): Promise<EventsFile> {
  const slices = await plan(context, range, filters)
  const rows = slices.reduce((sum, slice) => sum + slice.rows, 0)
  const bytes =
    format === 'parquet'
      ? parquet(context, range, filters, rates)
      : lines(context, slices, filters, { format, rates })
  return { rows, bytes }
}

interface Slice extends Range {
  readonly rows: number
}

/** Cuts a range so that a slice has about as many rows as the engine sorts with ease, also where many calls are in one second. */
async function plan(
  context: QueryContext,
  range: Range,
  filters: Filters,
  [unit, ...finer]: readonly number[] = UNITS,
): Promise<Slice[]> {
  if (unit === undefined) return []
  const slices: { start: number; end: number; rows: number }[] = []
  for (const { at, n } of await piecesOf(context, range, filters, unit)) {
    const [start, rows] = [Number(at) * unit, Number(n)]
    const piece = { start: Math.max(start, range.start), end: Math.min(start + unit, range.end), rows }
    const last = slices.at(-1)
    if (rows > SLICE_ROWS && finer.length > 0) slices.push(...(await plan(context, piece, filters, finer)))
    else if (last !== undefined && last.rows + rows <= SLICE_ROWS) {
      last.end = piece.end
      last.rows += rows
    } else slices.push(piece)
  }
  return slices
}

/** How many calls each piece of a range has; pieces without calls are absent. */
async function piecesOf(
  context: QueryContext,
  range: Range,
  filters: Filters,
  unit: number,
): Promise<{ at: number; n: number }[]> {
  const time = rawRange(range)
  const filter = filterCondition(filters)
  return await execute(
    context,
    'export',
    `SELECT intDiv(toUnixTimestamp64Milli(start_time), ${unit}) AS at, count() AS n
     FROM spans WHERE ${time.sql}${filter.sql} GROUP BY at ORDER BY at`,
    { ...time.params, ...filter.params },
  )
}

async function* lines(
  context: QueryContext,
  slices: readonly Slice[],
  filters: Filters,
  how: Written,
): AsyncGenerator<Uint8Array> {
  const { format, rates } = how
  const written = format === 'csv' ? 'CSV' : 'JSONEachRow'
  if (format === 'csv') yield await header(context, rates)
  for (const slice of slices) {
    const { sql, params } = select(slice, filters, how)
    let rows = 0
    let tail: Buffer = Buffer.alloc(0)
    const asked = `${sql} ORDER BY start_time FORMAT ${written}`
    for await (const chunk of streamQuery(context, 'export', asked, params)) {
      rows += countLines(chunk)
      tail = Buffer.concat([tail, chunk.subarray(-TAIL)]).subarray(-TAIL)
      yield chunk
    }
    if (rows < slice.rows || tail.includes(BROKEN))
      throw new Error('cannot export: the store broke off an answer; try again')
  }
}

async function header(context: QueryContext, rates: CreditRates): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  const sql = `SELECT ${columns('csv')} FROM spans LIMIT 0 FORMAT CSVWithNames`
  for await (const chunk of streamQuery(context, 'export', sql, boundRates(rates))) chunks.push(chunk)
  return Buffer.from(Buffer.concat(chunks).toString('utf8').replaceAll('"', ''))
}

async function* parquet(
  context: QueryContext,
  range: Range,
  filters: Filters,
  rates: CreditRates,
): AsyncGenerator<Uint8Array> {
  let tail: Buffer = Buffer.alloc(0)
  for await (const chunk of parquetBytes(context, range, filters, rates)) {
    tail = Buffer.concat([tail.subarray(-4), chunk]).subarray(-4)
    yield chunk
  }
  if (tail.toString('latin1') !== 'PAR1')
    throw new Error('cannot export: the store broke off the file; shorten the period')
}

/** The file is one answer, so it may take as long and have as many rows as it must, where the store's user may say so. */
async function* parquetBytes(
  context: QueryContext,
  range: Range,
  filters: Filters,
  rates: CreditRates,
): AsyncGenerator<Buffer> {
  const { sql, params } = select(range, filters, { format: 'parquet', rates })
  const bytes = (settings?: Record<string, string>) =>
    streamQuery(context, 'export', `${sql} FORMAT Parquet`, params, settings)
  try {
    yield* bytes({ max_execution_time: '3600', max_result_rows: '0' })
  } catch (error) {
    if (!(error instanceof SettingRefused)) throw error
    yield* bytes()
  }
}

function select(
  range: Range,
  filters: Filters,
  { format, rates }: Written,
): { sql: string; params: Record<string, unknown> } {
  const time = rawRange(range)
  const filter = filterCondition(filters)
  // Names of columns would otherwise mean what the files call so.
  const condition = `${time.sql}${filter.sql}`
  return {
    sql: `SELECT ${columns(format)} FROM (SELECT *, input_tokens, output_tokens FROM spans WHERE ${condition}) AS spans`,
    params: { ...time.params, ...filter.params, ...boundRates(rates) },
  }
}

function boundRates({ perUsd, kinds }: CreditRates): Record<string, unknown> {
  return { per_usd: perUsd, kinds }
}

function countLines(bytes: Uint8Array): number {
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1
  return lines
}
