/**
 * The dimensions by which usage can be broken down, and the columns they are made of.
 *
 * Invariant: the key of a dimension names filters, so that an entry can be asked for again by its key; an id
 * that only means something within its tenant is never shown without the tenant.
 */
import type { Numbered } from './largest-numbers.ts'

/** What usage can be broken down by. */
export interface Dimension {
  /** Field of the key → expression over `spans`, and over the rollups where they know the dimension. */
  readonly key: Readonly<Record<string, string>>
  /** Expression of a name for people; the newest one that is not empty is shown. */
  readonly label?: string
  /** The same over `rollup_detail_hour`, where it is another one. */
  readonly detailLabel?: string
  /** The id, where there are so many that numbers stand for them. */
  readonly numbered?: Numbered
  /** The columns that all of these need. */
  readonly columns: readonly string[]
  readonly what: string
}

/** The meter of model calls, which carry no meter of their own. */
export const MODEL_CALL_METER = 'ai_query'

const TABLE = {
  provider: { key: { provider: 'provider' }, columns: ['provider'], what: 'provider of the paid API' },
  model: {
    key: { provider: 'provider', model: 'model' },
    columns: ['provider', 'model'],
    what: 'model of a provider',
  },
  operation: { key: { operation: 'operation' }, columns: ['operation'], what: 'operation, such as chat' },
  tenant: { key: { tenant_id: 'tenant_id' }, columns: ['tenant_id'], what: 'tenant' },
  user: {
    key: { tenant_id: 'tenant_id', user_id: 'user_id' },
    columns: ['tenant_id', 'user_id'],
    what: 'end user of a tenant',
  },
  agent: {
    key: { agent_id: 'agent_id', agent_name: "if(agent_id = '', agent_name, '')" },
    label: 'agent_name',
    columns: ['agent_id', 'agent_name'],
    what: 'agent',
  },
  conversation: {
    key: { tenant_id: 'tenant_id', conversation_id: 'conversation_id' },
    label: 'conversation_title',
    detailLabel: 'conversation_title.2',
    numbered: 'conversation_id',
    columns: ['tenant_id', 'conversation_id'],
    what: 'conversation of a tenant',
  },
  run: {
    key: { tenant_id: 'tenant_id', run_id: 'run_id' },
    label: 'run_name',
    detailLabel: 'run_name.2',
    numbered: 'run_id',
    columns: ['tenant_id', 'run_id'],
    what: 'run (job) of a tenant',
  },
  feature: { key: { feature: 'feature' }, columns: ['feature'], what: 'feature of the product' },
  service: {
    key: { service: 'service_name' },
    columns: ['service_name'],
    what: 'service that made the calls',
  },
  environment: {
    key: { environment: 'environment' },
    columns: ['environment'],
    what: 'deployment environment',
  },
  meter: {
    key: { meter: `if(meter_name = '', '${MODEL_CALL_METER}', meter_name)` },
    columns: ['meter_name'],
    what: `meter; model calls are \`${MODEL_CALL_METER}\``,
  },
} as const satisfies Record<string, Dimension>

/** Name of a dimension. */
export type DimensionName = keyof typeof TABLE

/** All dimensions. */
export const DIMENSIONS: Readonly<Record<DimensionName, Dimension>> = TABLE

/** Their names, as an enum takes them. */
export const DIMENSION_NAMES = Object.keys(TABLE) as [DimensionName, ...DimensionName[]]
