/** Spans of the range that belong to a run, calls or not; filters restrict the calls only. */
import { filters } from './filters.ts'
import { type HourlyColumn, hourly, same } from './hourly.ts'

const NEVER = "(toDateTime64(0, 9, 'UTC'), '')"

const COLUMNS = {
  ...same(['tenant_id', 'run_id', 'model']),
  n_started: { raw: 'start_time', rollup: 'started' },
  n_name: {
    raw: `if(run_name = '', ${NEVER}, (start_time, toString(run_name)))`,
    rollup: 'run_name',
  },
  n_outcome: {
    raw: `if(run_status IN ('', 'running'), ${NEVER},
      (start_time + toIntervalNanosecond(duration_ns), toString(run_status)))`,
    rollup: 'outcome',
  },
  n_running: { raw: "toUInt8(run_status = 'running')", rollup: 'running' },
  n_calls: { raw: 'toUInt64(is_call)', rollup: 'calls' },
  n_tokens: {
    raw: 'if(is_call, spans.input_tokens + spans.output_tokens, 0)',
    rollup: 'input_tokens + output_tokens',
  },
  n_cost: {
    raw: 'if(is_call, ifNull(spans.cost, toDecimal128(0, 12)), toDecimal128(0, 12))',
    rollup: 'cost',
  },
} satisfies Record<string, HourlyColumn>

/** The relation: the columns that are asked for, all by default; texts come with their time, to take the newest. */
export function runs(names?: readonly string[]): string {
  const columns = Object.entries<HourlyColumn>(COLUMNS).filter(([name]) => names?.includes(name) ?? true)
  return hourly({
    rollup: 'rollup_run_hour',
    condition: "run_id != ''",
    filtered: `(NOT is_call OR (${filters()}))\nAND ${filters(['tenant'])}`,
    columns: Object.fromEntries(columns),
  })
}
