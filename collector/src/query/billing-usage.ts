/**
 * Usage per day, per model, per agent and in total for one period, from one scan.
 *
 * Invariant: the days, the models and the total are sums over the same rows of one query, so they agree to
 * the last decimal also while calls come in.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition, rollupsFor } from './filters.ts'
import type { Period } from './period.ts'
import { scanSegment } from './scan.ts'
import { chooseSource, type Segment } from './source.ts'
import { NOTHING, partialSums, type UsageSums, usageSums } from './usage-sums.ts'

/** The most models or agents in one answer; what is cut is named in `truncated`. */
const MAX_GROUPS = 2000

/** Usage of one model of one provider. */
interface ModelUsage extends UsageSums {
  readonly provider: string
  readonly model: string
}
/** Usage of one agent; both are empty for calls without an agent. */
export interface AgentUsage extends UsageSums {
  readonly agent_id: string
  readonly agent_name: string
}
/** Usage of one day of the period. */
interface DayUsage extends UsageSums {
  /** Start of the day, seconds since the Unix epoch. */
  readonly day_start: number
}
/** The answer; days without calls are absent here. */
export interface BillingUsage {
  readonly total: UsageSums
  readonly days: readonly DayUsage[]
  readonly models: readonly ModelUsage[]
  readonly agents: readonly AgentUsage[]
  readonly truncated: readonly ('models' | 'agents')[]
  /** The tables that answered, for tests and logs. */
  readonly segments: readonly Segment[]
}

/** What `grouping()` says for each grouping set: a bit is 1 where the column is not part of the set. */
const SET = { days: 0b011, models: 0b101, agents: 0b110, total: 0b111 } as const
const COLUMNS = ['provider', 'model', 'agent_id', 'agent_name'] as const
type Row = DayUsage & ModelUsage & AgentUsage & { readonly grouping_set: number }

/** Asks for the usage of a period. */
export async function billingUsage(
  context: QueryContext,
  period: Period,
  filters: Filters,
): Promise<BillingUsage> {
  const segments = chooseSource({
    start: period.start,
    end: period.end,
    cuts: period.days.map((day) => day.start),
    rollups: rollupsFor(filters, COLUMNS),
  })
  const filter = filterCondition(filters)
  const scans = segments.map((segment, index) => scanSegment(segment, index, COLUMNS, filter))
  const rows = await execute<Row>(
    context,
    'billing usage',
    `SELECT grouping(day_start, provider, agent_id) AS grouping_set,
       day_start, provider, model, agent_id, if(agent_id = '', nameless, max(agent_name)) AS agent_name, ${usageSums()}
     FROM (
       SELECT roundDown(time, {day_starts:Array(UInt32)}) AS day_start, provider, model, agent_id, agent_name,
         if(agent_id = '', agent_name, '') AS nameless, ${partialSums()}
       FROM (${scans.map((part) => part.sql).join(' UNION ALL ')})
       GROUP BY day_start, provider, model, agent_id, agent_name
     )
     GROUP BY GROUPING SETS ((day_start), (provider, model), (agent_id, nameless), ())
     ORDER BY grouping_set, sum(n_cost) DESC, calls DESC, day_start, provider, model, agent_id, nameless
     LIMIT {groups:UInt32} BY grouping_set`,
    Object.assign(
      {
        day_starts: period.days.map((day) => Math.floor(day.start / 1000)),
        groups: MAX_GROUPS + 1,
      },
      ...scans.map((part) => part.params),
    ),
  )
  return collect(rows, segments)
}

function collect(rows: readonly Row[], segments: readonly Segment[]): BillingUsage {
  const of = (set: number): Row[] => rows.filter((row) => row.grouping_set === set)
  const [models, agents] = [of(SET.models), of(SET.agents)]
  return {
    total: of(SET.total)[0] ?? NOTHING,
    days: of(SET.days),
    models: models.slice(0, MAX_GROUPS),
    agents: agents.slice(0, MAX_GROUPS),
    truncated: [
      ...(models.length > MAX_GROUPS ? (['models'] as const) : []),
      ...(agents.length > MAX_GROUPS ? (['agents'] as const) : []),
    ],
    segments,
  }
}
