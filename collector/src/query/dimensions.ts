/**
 * The dimensions by which usage can be broken down, and the columns they are made of.
 *
 * Invariant: the key of a dimension names filters, so that an entry can be asked for again by its key; an id
 * that only means something within its tenant is never shown without the tenant.
 */

/** What usage can be broken down by. */
export interface Dimension {
  /** Field of the key → expression over `spans`, and over the rollups where they know the dimension. */
  readonly key: Readonly<Record<string, string>>
  /** Expression of a name for people; the newest one that is not empty is shown. */
  readonly label?: string
  /** The same over `rollup_detail_hour`, where it is another one. */
  readonly detailLabel?: string
  /** Whether the cost rollups have the columns; `rollup_detail_hour` has all. */
  readonly rollup: boolean
  readonly what: string
}

/** The meter of model calls, which carry no meter of their own. */
export const MODEL_CALL_METER = 'ai_query'

const TABLE = {
  provider: { key: { provider: 'provider' }, rollup: true, what: 'provider of the paid API' },
  model: { key: { provider: 'provider', model: 'model' }, rollup: true, what: 'model of a provider' },
  operation: { key: { operation: 'operation' }, rollup: true, what: 'operation, such as chat' },
  tenant: { key: { tenant_id: 'tenant_id' }, rollup: true, what: 'tenant' },
  user: { key: { tenant_id: 'tenant_id', user_id: 'user_id' }, rollup: false, what: 'end user of a tenant' },
  agent: {
    key: { agent_id: 'agent_id', agent_name: "if(agent_id = '', agent_name, '')" },
    label: 'agent_name',
    rollup: true,
    what: 'agent',
  },
  conversation: {
    key: { tenant_id: 'tenant_id', conversation_id: 'conversation_id' },
    label: 'conversation_title',
    detailLabel: 'conversation_title.2',
    rollup: false,
    what: 'conversation of a tenant',
  },
  run: {
    key: { tenant_id: 'tenant_id', run_id: 'run_id' },
    label: 'run_name',
    detailLabel: 'run_name.2',
    rollup: false,
    what: 'run (job) of a tenant',
  },
  feature: { key: { feature: 'feature' }, rollup: true, what: 'feature of the product' },
  service: { key: { service: 'service_name' }, rollup: true, what: 'service that made the calls' },
  environment: { key: { environment: 'environment' }, rollup: true, what: 'deployment environment' },
  meter: {
    key: { meter: `if(meter_name = '', '${MODEL_CALL_METER}', meter_name)` },
    rollup: false,
    what: `meter; model calls are \`${MODEL_CALL_METER}\``,
  },
} as const satisfies Record<string, Dimension>

/** Name of a dimension. */
export type DimensionName = keyof typeof TABLE

/** All dimensions. */
export const DIMENSIONS: Readonly<Record<DimensionName, Dimension>> = TABLE

/** Their names, as an enum takes them. */
export const DIMENSION_NAMES = Object.keys(TABLE) as [DimensionName, ...DimensionName[]]
