/**
 * Traffic of an imaginary company: a week's rhythm, several providers, tenants and features, some failures,
 * some models without a price.
 *
 * Invariant: the same options give the same rows, and costs are computed from the price book, not typed.
 */
import { calcPrice } from '@pydantic/genai-prices'

/** How much traffic. */
export interface SeedOptions {
  /** The last call begins before this instant, ms. */
  readonly now: number
  readonly days: number
  readonly callsPerDay: number
  readonly seed?: number
}

/** A row of `spans` as JSONEachRow takes it. `cost` is a decimal string or null. */
export interface SeedRow {
  readonly start_time: string
  readonly [column: string]: unknown
  readonly cost: string | null
}

interface Model {
  readonly provider: string
  readonly model: string
  readonly weight: number
  readonly input: number
  readonly output: number
  /** Share of the input that is read from a cache. */
  readonly cached: number
  /** Output tokens a second. */
  readonly speed: number
  readonly operation?: string
}

const MODELS: readonly Model[] = [
  { provider: 'openai', model: 'gpt-4o', weight: 16, input: 2400, output: 420, cached: 0.35, speed: 90 },
  { provider: 'openai', model: 'gpt-4o-mini', weight: 30, input: 1600, output: 260, cached: 0.3, speed: 120 },
  { provider: 'openai', model: 'o3-mini', weight: 5, input: 1800, output: 1900, cached: 0.2, speed: 110 },
  {
    provider: 'openai',
    model: 'text-embedding-3-small',
    weight: 14,
    input: 900,
    output: 0,
    cached: 0,
    speed: 1,
    operation: 'embeddings',
  },
  {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    weight: 13,
    input: 5200,
    output: 700,
    cached: 0.6,
    speed: 75,
  },
  {
    provider: 'anthropic',
    model: 'claude-3-5-haiku-latest',
    weight: 12,
    input: 2100,
    output: 340,
    cached: 0.4,
    speed: 130,
  },
  {
    provider: 'anthropic',
    model: 'claude-opus-4-1',
    weight: 2,
    input: 6100,
    output: 950,
    cached: 0.5,
    speed: 45,
  },
  {
    provider: 'google',
    model: 'gemini-2.5-flash',
    weight: 12,
    input: 3200,
    output: 480,
    cached: 0.2,
    speed: 180,
  },
  {
    provider: 'google',
    model: 'gemini-2.5-pro',
    weight: 4,
    input: 4100,
    output: 900,
    cached: 0.2,
    speed: 95,
  },
  {
    provider: 'mistral',
    model: 'mistral-large-latest',
    weight: 4,
    input: 1700,
    output: 380,
    cached: 0,
    speed: 85,
  },
  { provider: 'openai', model: 'acme-tuned-7b', weight: 1, input: 1200, output: 300, cached: 0, speed: 100 },
]
const TENANTS = [
  ['northwind', 34],
  ['contoso', 22],
  ['fabrikam', 15],
  ['initech', 11],
  ['umbra-labs', 8],
  ['lakeside', 6],
  ['', 4],
] as const
const FEATURES = [
  ['chat', 42],
  ['summaries', 20],
  ['search', 16],
  ['agent', 14],
  ['translation', 8],
] as const
const SERVICES = [
  ['chat-api', 55],
  ['worker', 30],
  ['search', 15],
] as const
const AGENTS = [
  ['Researcher', 5],
  ['Triage', 3],
  ['Writer', 2],
] as const
const TITLES = [
  'Quarterly report draft',
  'Refund policy question',
  'Contract review',
  'Onboarding checklist',
  'Incident summary',
  'Trip to Lisbon',
  'Release notes',
  'Candidate screening',
  'Pricing comparison',
  'Warranty claim',
]

/** Rows, oldest first. */
export function seedRows({ now, days, callsPerDay, seed = 7 }: SeedOptions): SeedRow[] {
  const random = mulberry32(seed)
  const rows: SeedRow[] = []
  const start = now - days * 86_400_000
  const count = Math.round(days * callsPerDay)
  while (rows.length < count) {
    const at = start + random() * (now - start)
    if (random() > rhythm(at)) continue
    rows.push(row(at, rows.length, random))
  }
  numberSpans(rows, start)
  return rows.sort((a, b) => (a.start_time < b.start_time ? -1 : 1))
}

/** Numbers what a process of each service sent, as it arrived; every hundredth number never came. */
function numberSpans(rows: SeedRow[], start: number): void {
  const last = new Map<string, number>()
  const began = (start - 3_600_000).toString(16).padStart(12, '0')
  rows.sort((a, b) => (String(a.ingested_at) < String(b.ingested_at) ? -1 : 1))
  for (const [at, each] of rows.entries()) {
    if (each.service_name === 'search') continue
    const key = `${each.service_name} ${each.environment} ${each.tenant_id}`
    const number = (last.get(key) ?? 0) + 1
    const span_number = number % 100 === 0 ? number + 1 : number
    last.set(key, span_number)
    const service = String(each.service_name).length + String(each.environment).length * 100
    const process_id = `${began.slice(0, 8)}-${began.slice(8)}-7000-8000-${String(service).padStart(12, '0')}`
    rows[at] = { ...each, process_id, span_number }
  }
}

/** Sum of the rows' costs with 12 decimals, exact. */
export function totalCost(rows: readonly SeedRow[]): string {
  const sum = rows.reduce(
    (total, { cost }) => total + BigInt((cost ?? '0.000000000000').replace('.', '')),
    0n,
  )
  const digits = sum.toString().padStart(13, '0')
  return `${digits.slice(0, -12)}.${digits.slice(-12)}`
}

/** Chance that a call happens: busy afternoons, quiet nights and weekends. */
function rhythm(at: number): number {
  const date = new Date(at)
  const hour = date.getUTCHours() + date.getUTCMinutes() / 60
  const weekend = date.getUTCDay() % 6 === 0 ? 0.45 : 1
  return weekend * (0.14 + 0.86 * Math.exp(-(((hour - 14.5) / 4.6) ** 2)))
}

function row(at: number, serial: number, random: () => number): SeedRow {
  const model = pick(
    MODELS.map((entry) => [entry, entry.weight] as const),
    random,
  )
  const size = Math.exp(1.1 * normal(random))
  const failed = random() < 0.013
  const missing = !failed && random() < 0.004
  const estimated = !failed && !missing && random() < 0.011
  const usage =
    failed || missing
      ? { input: 0, output: 0 }
      : { input: Math.ceil(model.input * size), output: Math.ceil(model.output * size) }
  const cached = random() < model.cached ? Math.floor(usage.input * 0.8) : 0
  const reasoning = model.model === 'o3-mini' ? Math.floor(usage.output * 0.6) : 0
  const billed = model.provider === 'mistral'
  const tenant = pick(TENANTS, random)
  const agent = random() < 0.3 ? pick(AGENTS, random) : ''
  const run = random() < 0.12 ? Math.floor(at / 7_200_000) % 1_000 : undefined
  const conversation = Math.floor(random() ** 2 * 900)
  const isStream = model.operation === undefined && random() < 0.7
  const first = (0.25 + 0.5 * random()) * (model.speed < 80 ? 1.8 : 1)
  const seconds = failed ? 0.2 + random() : first + (model.operation ? 0.1 : usage.output / model.speed)
  const price = failed || missing ? null : priceOf(model, usage, cached, at)
  return {
    start_time: new Date(at).toISOString().replace('T', ' ').replace('Z', ''),
    duration_ns: String(Math.round(seconds * 1e9)),
    trace_id: (Math.floor(serial / 2) + 1).toString(16).padStart(32, '0'),
    span_id: (serial + 1).toString(16).padStart(16, '0'),
    name: `${model.operation ?? 'chat'} ${model.model}`,
    kind: 'client',
    status: failed ? 'error' : 'unset',
    error_type: failed ? '429' : '',
    http_status_code: failed ? 429 : 200,
    service_name: pick(SERVICES, random),
    environment: random() < 0.9 ? 'production' : 'staging',
    tenant_id: tenant,
    conversation_id: model.operation ? '' : `conversation-${conversation}`,
    conversation_title: model.operation ? '' : (TITLES[conversation % TITLES.length] ?? ''),
    feature: pick(FEATURES, random),
    user_id: tenant === '' ? '' : `user-${Math.floor(random() ** 2 * 40)}`,
    agent_id: agent === '' ? '' : `agent-${agent}`,
    agent_name: agent,
    run_id: run === undefined ? '' : `run-${run}`,
    run_name: run === undefined ? '' : 'nightly-report',
    run_status: run === undefined ? '' : run % 9 === 4 ? 'failed' : 'success',
    parent_span_id: (Math.floor(serial / 2) + 1).toString(16).padStart(16, '0'),
    ingested_at: new Date(at + seconds * 1_000 + 300 + 2_000 * random())
      .toISOString()
      .replace('T', ' ')
      .replace('Z', ''),
    attributes:
      model.provider === 'openai' && !failed
        ? { 'spanmeter.rate_limit.remaining_ratio': String(0.2 + 0.7 * random()) }
        : {},
    is_call: true,
    provider: model.provider,
    operation: model.operation ?? 'chat',
    request_model: model.model,
    response_model: model.model,
    model: model.model,
    is_stream: isStream,
    time_to_first_chunk_ns: isStream && !failed ? String(Math.round(first * 1e9)) : null,
    usage_source: estimated ? 'estimated' : missing || failed ? 'missing' : 'provider',
    input_uncached_tokens: usage.input - cached,
    cache_read_tokens: cached,
    output_text_tokens: usage.output - reasoning,
    reasoning_tokens: reasoning,
    cost: price,
    cost_currency: price === null ? '' : 'USD',
    cost_source: price === null ? '' : billed ? 'provider' : 'local',
    reported_cost: price !== null && billed ? '0.001000000000' : null,
    reported_cost_source: price !== null && billed ? 'gen_ai.usage.cost' : '',
    unpriced_reason: price !== null ? '' : failed ? 'failed' : missing ? 'missing_usage' : 'unknown_model',
  }
}

function priceOf(
  model: Model,
  usage: { input: number; output: number },
  cached: number,
  at: number,
): string | null {
  const result = calcPrice(
    { input_tokens: usage.input, cache_read_tokens: cached, output_tokens: usage.output },
    model.model,
    { providerId: model.provider, timestamp: new Date(at) },
  )
  return result ? result.total_price.toFixed(12) : null
}

function pick<T>(entries: readonly (readonly [T, number])[], random: () => number): T {
  let rest = random() * entries.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [entry, weight] of entries) {
    rest -= weight
    if (rest < 0) return entry
  }
  return (entries.at(-1) as readonly [T, number])[0]
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
