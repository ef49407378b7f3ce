/**
 * The filters that every usage question takes, and the SQL condition they become.
 *
 * Invariant: values only travel as bound parameters, and an empty value never means "all": it is refused,
 * and `__none__` asks for the calls that lack the attribute.
 */
import { z } from '@hono/zod-openapi'
import { type Rollups, rollupsWith } from './source.ts'

/** What to write for "calls without this attribute". */
const NONE = '__none__'
const MAX_VALUES = 100
const MAX_LENGTH = 256

/** Filter name → column. */
export const FILTERS = {
  tenant_id: { column: 'tenant_id', what: 'tenant' },
  provider: { column: 'provider', what: 'provider of the paid API, such as `openai`' },
  model: {
    column: 'model',
    what: 'model that answered (the requested one where none is named)',
  },
  operation: { column: 'operation', what: 'operation, such as `chat` or `embeddings`' },
  service: { column: 'service_name', what: 'service that made the call (`service.name`)' },
  environment: { column: 'environment', what: 'deployment environment, such as `production`' },
  feature: { column: 'feature', what: 'feature of the product' },
  agent_id: { column: 'agent_id', what: 'agent' },
  user_id: { column: 'user_id', what: 'end user' },
  conversation_id: { column: 'conversation_id', what: 'conversation' },
  run_id: { column: 'run_id', what: 'run' },
} as const

export type FilterName = keyof typeof FILTERS
/** Values per filter; a filter that is absent does not restrict anything. */
export type Filters = { readonly [name in FilterName]?: readonly string[] | undefined }

const FILTER_NAMES = Object.keys(FILTERS) as FilterName[]

/** A repeatable query parameter: absent, or a list of values. */
export type Repeatable<Value extends string> = z.ZodType<Value[] | undefined, string | string[] | undefined>

/** Makes a query parameter repeatable: one value or several, at most 100. */
export function repeatable<Value extends string>(
  item: z.ZodType<Value, string>,
  items: { readonly type: 'string'; readonly enum?: Value[] },
  description: string,
): Repeatable<Value> {
  return z
    .preprocess(
      (value) => (typeof value === 'string' ? [value] : value),
      z.array(item).max(MAX_VALUES).optional(),
    )
    .openapi({ type: 'array', items, description }) as unknown as Repeatable<Value>
}

const filterValue = z
  .string()
  .min(1, `is empty, which does not mean "all"; leave it out, or write ${NONE} for calls without one`)
  .max(MAX_LENGTH)

function filter(name: FilterName): Repeatable<string> {
  const { what } = FILTERS[name]
  return repeatable(
    filterValue,
    { type: 'string' },
    `Only calls of this ${what}. Repeat it for several; \`${NONE}\` asks for calls without one.`,
  )
}

/** The shape of all filters, to be spread into an endpoint's parameters. */
export const filterShape: { readonly [name in FilterName]: Repeatable<string> } = Object.fromEntries(
  FILTER_NAMES.map((name) => [name, filter(name)]),
) as never

/** Picks the filters out of parsed parameters. */
export function pickFilters(parameters: Filters): Filters {
  return Object.fromEntries(
    FILTER_NAMES.filter((name) => parameters[name] !== undefined).map((name) => [name, parameters[name]]),
  )
}

/** The smallest rollups that have a column for every filter, and for `columns`. */
export function rollupsFor(filters: Filters, columns: readonly string[] = []): Rollups {
  return rollupsWith([...filteredColumns(filters), ...columns])
}

/** The columns that filters are about. */
export function filteredColumns(filters: Filters): string[] {
  return FILTER_NAMES.filter((name) => filters[name] !== undefined).map((name) => FILTERS[name].column)
}

/** A piece of SQL with the values it binds. */
export interface Condition {
  readonly sql: string
  readonly params: Readonly<Record<string, unknown>>
}

/** The filters as a condition that starts with ` AND`, or nothing when there are none. */
export function filterCondition(filters: Filters): Condition {
  const params: Record<string, unknown> = {}
  let sql = ''
  for (const name of FILTER_NAMES) {
    const values = filters[name]
    if (values === undefined) continue
    params[`filter_${name}`] = values.map((value) => (value === NONE ? '' : value))
    sql += ` AND ${FILTERS[name].column} IN {filter_${name}:Array(String)}`
  }
  return { sql, params }
}
