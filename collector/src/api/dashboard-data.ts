/**
 * Runs the queries of dashboards: panels, variables, and whether there is anything to show.
 *
 * Invariant: the SQL comes from the definitions; a browser's choice enters it only through the expander.
 */
import {
  ALL_OPTIONS,
  CANDIDATES,
  type ExpandContext,
  expand,
  type Frame,
  frameOf,
  type Panel,
  partOf,
  roundInterval,
  type StringRows,
  type Target,
  withInstants,
} from '@spanmeter/dashboards'
import type { QueryContext } from '../query/execute.ts'
import { runQuery } from '../query/execute.ts'
import type { DashboardRequest } from './dashboard-request.ts'

/** What a panel draws. */
export interface PanelData {
  /** The range that was read, ms since the Unix epoch, both inclusive. */
  readonly from: number
  readonly to: number
  /** Width of a bucket, ms. */
  readonly intervalMs: number
  /** By refId. */
  readonly frames: Readonly<Record<string, Frame>>
}

/** Runs a panel's targets. Throws what `runQuery` throws. @param now ms since the Unix epoch */
export async function panelData(
  context: QueryContext,
  panel: Panel,
  request: DashboardRequest,
  now: number,
): Promise<PanelData> {
  const { from, to } = request
  const intervalMs = intervalOf(panel, request)
  const frames = await Promise.all(
    panel.targets.map(async (target): Promise<[string, Frame]> => {
      const query = expand(target.sql, contextOf(request, intervalMs, now))
      return [target.refId, await frame(shared(context, request), `panel ${panel.id}`, query, target)]
    }),
  )
  return { from, to, intervalMs, frames: Object.fromEntries(frames) }
}

/** What a panel asks together with others. */
export interface AskedTogether {
  /** Identifies what is asked of the store. */
  readonly query: string
  /** What is asked before. */
  readonly first?: Pick<AskedTogether, 'query' | 'work'>
  /** @param before what the first one answered */
  readonly work: (context: QueryContext, before?: Frame) => Promise<Frame>
  /** The panel's own part of the answer. */
  readonly pick: (all: Frame) => PanelData
}

/** How a panel is answered whose only target is asked together with others; undefined where it is not. */
export function askedTogether(
  panel: Panel,
  request: DashboardRequest,
  now: number,
): AskedTogether | undefined {
  const [target] = panel.targets
  if (target?.together === undefined) return undefined
  const { from, to } = request
  const { together } = target
  const intervalMs = intervalOf(panel, request)
  const chosen = contextOf(request, intervalMs, now)
  const query = expand(together.sql, chosen)
  const first = together.first === undefined ? undefined : expand(together.first, chosen)
  const ask = (context: QueryContext, sql: string, reading: Pick<Target, 'format' | 'times'>) =>
    frame(shared(context, request), `panel ${panel.id}`, sql, reading)
  return {
    query,
    ...(first === undefined
      ? {}
      : { first: { query: first, work: (context) => ask(context, first, { format: 'table' }) } }),
    work: (context, before) =>
      ask(
        context,
        query.replaceAll(CANDIDATES, () => candidatesIn(before)),
        { format: 'table', times: together.times ?? target.times ?? [] },
      ),
    pick: (whole) => ({
      ...{ from, to, intervalMs },
      frames: { [target.refId]: partOf(whole, together, target.format) },
    }),
  }
}

/** The numbers that were found, as a list; nothing is in the list where there are none. */
function candidatesIn(found: Frame | undefined): string {
  const values = found?.fields.find(({ name }) => name === 'candidate')?.values ?? []
  return values.length === 0 ? 'NULL' : values.map((value) => BigInt(value ?? 0).toString()).join(', ')
}

/** What is expanded with; the moment in whole seconds, so that panels of one load have the same. */
function contextOf(
  { from, to, timezone, variables }: DashboardRequest,
  intervalMs: number,
  now: number,
): ExpandContext {
  return { from, to, now: now - (now % 1_000), timezone, variables, intervalMs }
}

function intervalOf(panel: Panel, { from, to, maxDataPoints }: DashboardRequest): number {
  const points = Math.min(panel.maxDataPoints ?? 200, maxDataPoints)
  return Math.max(roundInterval(to - from, points), panel.minIntervalMs ?? 1_000)
}

/** The values that each variable has in the range, by its name. */
export async function variableOptions(
  context: QueryContext,
  request: DashboardRequest,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { from, to } = request
  const query = expand(ALL_OPTIONS, { from, to, now: to, timezone: 'utc', variables: {}, intervalMs: 1_000 })
  const { fields } = await frame(shared(context, request), 'variables', query, { format: 'table' })
  const [names = [], options = []] = fields.map(({ values }) => values.map(String))
  const found = new Map<string, string[]>()
  names.forEach((name, row) => {
    const list = found.get(name) ?? []
    found.set(name, list)
    list.push(options[row] ?? '')
  })
  return found
}

/** Whether any call ever arrived, and in which hour (ms since the Unix epoch) the last one began. */
export async function storeStatus(
  context: QueryContext,
): Promise<{ calls: number; lastHour: number | null }> {
  const query = 'SELECT sum(calls) AS calls, if(calls = 0, NULL, max(hour)) AS last FROM rollup_cost_hour'
  const { fields } = await frame(context, 'the status', query, { format: 'table', times: ['last'] })
  return {
    calls: Number(fields[0]?.values[0] ?? 0),
    lastHour: (fields[1]?.values[0] ?? null) as number | null,
  }
}

/** Panels of a range that is read in milliseconds are asked side by side: threads in each would be in each other's way. */
const SHORT_MS = 8 * 86_400_000
const shared = (context: QueryContext, { from, to }: Pick<DashboardRequest, 'from' | 'to'>): QueryContext =>
  to - from > SHORT_MS ? context : { ...context, amongMany: true }

async function frame(
  context: QueryContext,
  name: string,
  query: string,
  target: Pick<Target, 'format' | 'times'>,
): Promise<Frame> {
  return frameOf(
    await runQuery<StringRows>(context, name, withInstants(query, target), 'JSONCompactStrings'),
    target,
  )
}
