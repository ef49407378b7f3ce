/**
 * The conditions that a dashboard's variables add.
 *
 * Invariant: a variable that is set to All adds nothing, and a value is always inside `:singlequote`.
 */

/** The column of each variable, in the spans and in the cost rollups. */
export const COLUMNS = {
  tenant: 'tenant_id',
  environment: 'environment',
  service: 'service_name',
  feature: 'feature',
  provider: 'provider',
  model: 'model',
} as const

/** The variables of the dashboards about calls. */
export type FilterName = keyof typeof COLUMNS

/** Those that every rollup has; the others exist in the raw spans and the cost rollups only. */
export const EVERYWHERE: readonly FilterName[] = ['tenant', 'provider', 'model']
/** All of them. */
export const ALL_FILTERS: readonly FilterName[] = [
  'tenant',
  'environment',
  'service',
  'feature',
  'provider',
  'model',
]

/** True where a variable is set to All. */
export function unfiltered(name: FilterName): string {
  return `$__conditionalAll(0, $${name})`
}

/** The conditions of some variables, joined by AND. */
export function filters(names: readonly FilterName[] = ALL_FILTERS): string {
  return names
    .map((name) => `$__conditionalAll(${COLUMNS[name]} IN (\${${name}:singlequote}), $${name})`)
    .join('\nAND ')
}
