/**
 * Calls that Langfuse has recorded: its generations and embeddings.
 *
 * Invariant: only leaves are read, because agents and chains repeat the usage of their children; prompts and answers
 * are never asked for.
 * Source: langfuse/langfuse, fern/apis/server/definition/observations-v2.yml.
 */
import { ATTR } from '@spanmeter/middleware/attributes'
import { z } from 'zod'
import { CommandError } from '../cli/request.ts'
import { hexId, type ImportedCall } from './imported-call.ts'
import type { ImportRange, UsageSource } from './source.ts'

export interface LangfuseOptions {
  readonly url: string
  readonly publicKey: string
  readonly secretKey: string
  /** Tenant of every call. */
  readonly tenant?: string | undefined
  /** Key of the metadata that names the tenant of a call. */
  readonly tenantKey?: string | undefined
  readonly limit?: number
  /** Waits before it asks again, milliseconds. */
  readonly wait?: (ms: number) => Promise<void>
}

const TYPES = ['GENERATION', 'EMBEDDING'] as const
const MOST_ATTEMPTS = 5
const MOST_WAIT_MS = 60_000

const numbers = z.record(z.string(), z.number().nullable()).nullish()
const observation = z.object({
  id: z.string().min(1),
  traceId: z.string().min(1),
  projectId: z.string().default(''),
  type: z.string(),
  name: z.string().nullish(),
  startTime: z.string(),
  endTime: z.string().nullish(),
  completionStartTime: z.string().nullish(),
  level: z.string().nullish(),
  environment: z.string().nullish(),
  userId: z.string().nullish(),
  sessionId: z.string().nullish(),
  providedModelName: z.string().nullish(),
  usageDetails: numbers,
  costDetails: numbers,
  totalCost: z.number().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
})
const page = z.object({
  data: z.array(observation),
  meta: z.object({ cursor: z.string().nullish() }).default({}),
})
type Observation = z.output<typeof observation>

/** The name of its SDKs' scope: what their spans say is said by these calls too. */
export const LANGFUSE_SCOPE = 'langfuse-sdk'

export function langfuse(options: LangfuseOptions): UsageSource {
  return {
    async *pages(range) {
      for (const type of TYPES) {
        let cursor: string | undefined
        do {
          const { data, meta } = await ask(options, type, range, cursor)
          yield data.map((one) => callOf(one, options))
          cursor = meta.cursor ?? undefined
        } while (cursor !== undefined)
      }
    },
  }
}

async function ask(
  options: LangfuseOptions,
  type: string,
  range: ImportRange,
  cursor: string | undefined,
): Promise<z.output<typeof page>> {
  const { url, publicKey, secretKey, tenantKey, limit = 1000 } = options
  const wait = options.wait ?? ((ms) => new Promise<void>((done) => setTimeout(done, ms)))
  const address = new URL(`${url.replace(/\/+$/, '')}/api/public/v2/observations`)
  address.search = new URLSearchParams({
    fields: `core,basic,time,model,usage${tenantKey === undefined ? '' : ',metadata'}`,
    ...{ type, limit: String(limit) },
    fromStartTime: new Date(range.start).toISOString(),
    toStartTime: new Date(range.end).toISOString(),
    ...(cursor !== undefined && { cursor }),
  }).toString()
  const authorization = `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(address, { headers: { authorization } }).catch((cause: Error) => {
      const reason = ((cause.cause ?? cause) as NodeJS.ErrnoException).code ?? cause.message
      throw new CommandError(`cannot reach Langfuse at ${url}: ${reason}; set LANGFUSE_BASE_URL`, 1, {
        cause,
      })
    })
    if (response.ok) return readPage(await response.json(), url)
    await response.body?.cancel()
    if (response.status === 401 || response.status === 403)
      throw new CommandError(
        `cannot read from Langfuse: it refuses the keys (${response.status}); set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY`,
        2,
      )
    const passes = response.status === 429 || response.status >= 500
    if (!passes || attempt === MOST_ATTEMPTS)
      throw new CommandError(
        `cannot read from Langfuse: it answered ${response.status}; what was imported stays, run it again`,
        1,
      )
    const asked = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000
    await wait(Math.min(MOST_WAIT_MS, Number.isNaN(asked) ? 500 * 2 ** attempt : asked))
  }
}

function readPage(body: unknown, url: string): z.output<typeof page> {
  const read = page.safeParse(body)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new CommandError(
    `cannot read the answer of ${url}: ${issue?.path.join('.')}: ${issue?.message}; is it Langfuse 3 or newer?`,
    1,
  )
}

/** One observation as the span that its SDKs would have sent. Pure. */
function callOf(one: Observation, { tenant, tenantKey }: LangfuseOptions): ImportedCall {
  const named = tenantKey === undefined ? undefined : one.metadata?.[tenantKey]
  const whose = typeof named === 'string' || typeof named === 'number' ? String(named) : tenant
  const costs = one.costDetails ?? (one.totalCost == null ? undefined : { total: one.totalCost })
  const attributes: Record<string, string | null | undefined> = {
    'langfuse.observation.type': one.type.toLowerCase(),
    'langfuse.observation.model.name': one.providedModelName,
    'langfuse.observation.level': one.level,
    'langfuse.observation.usage_details': json(one.usageDetails),
    'langfuse.observation.cost_details': json(costs),
    // its SDKs write the time as JSON
    'langfuse.observation.completion_start_time':
      one.completionStartTime && JSON.stringify(one.completionStartTime),
    'langfuse.user.id': one.userId,
    'langfuse.session.id': one.sessionId,
    [ATTR.tenantId]: whose,
  }
  const start = Date.parse(one.startTime)
  return {
    traceId: hexId(one.traceId, 32),
    spanId: hexId(one.id, 16),
    name: one.name ?? one.type.toLowerCase(),
    start,
    end: one.endTime == null ? start : Date.parse(one.endTime),
    failed: one.level === 'ERROR',
    environment: one.environment ?? undefined,
    attributes: Object.fromEntries(
      Object.entries(attributes).filter((entry): entry is [string, string] => Boolean(entry[1])),
    ),
  }
}

function json(details: Readonly<Record<string, number | null>> | null | undefined): string | undefined {
  const known = Object.entries(details ?? {}).filter(([, value]) => value !== null)
  return known.length === 0 ? undefined : JSON.stringify(Object.fromEntries(known))
}
