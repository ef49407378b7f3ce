/**
 * Writes the terms of tenants to the store whenever they are configured anew, for statements of months to come.
 *
 * Invariant: what is written holds from now on, unless a `since` that was not there before says from when; what is
 * written into an empty table has always held. Terms that did not change are not written again.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { readTerms, type Terms, type TermsConfig, termsOf, writeTerms } from '../budgets/terms.ts'
import type { PlansConfig } from '../config/plans.ts'
import { timeText } from '../query/raw-range.ts'

/** A configuration as the recorder reads it. */
export type RecordedConfig = PlansConfig & { readonly credits: { readonly perUsd: string } }

/** Creates the step; `at` is in ms since the Unix epoch. A configuration that is the same object is not looked at again. */
export function createTermsRecorder(
  client: ClickHouseClient,
  config: () => RecordedConfig,
): (at: number) => Promise<void> {
  let written: RecordedConfig | undefined
  return async (at) => {
    const current = config()
    if (current === written) return
    const last = await newest(client)
    const rows = changesOf(current, last, at)
    if (rows.length > 0)
      await client.insert({
        table: 'plan_terms',
        values: rows,
        format: 'JSONEachRow',
        clickhouse_settings: { async_insert: 0 },
      })
    written = current
  }
}

function changesOf(config: RecordedConfig, last: ReadonlyMap<string, string>, at: number): object[] {
  const whole: TermsConfig = { ...config, creditsPerUsd: config.credits.perUsd }
  const wanted = new Map([['', termsOf(whole)]])
  for (const one of config.subscriptions) wanted.set(one.tenant, termsOf(whole, one))
  // a store that knows no terms yet: these have always held, as far as anybody knows
  const always = last.size === 0 ? 0 : at
  const row = (tenant_id: string, from: number, terms: string) => ({
    ...{ tenant_id, valid_from: timeText(from), recorded_at: timeText(at), terms },
  })
  const changed = [...wanted].flatMap(([tenant, terms]) => {
    const text = writeTerms(terms)
    const before = last.get(tenant)
    return before === text ? [] : [row(tenant, saidSince(terms, before) ?? always, text)]
  })
  const ended = [...last].filter(([tenant, text]) => text !== '' && !wanted.has(tenant))
  return [...changed, ...ended.map(([tenant]) => row(tenant, at, ''))]
}

/**
 * What is new of what the configuration says of the time. A plan's counts for who has been on it: who comes to it later
 * says himself since when.
 */
function saidSince({ plan, since }: Terms, before: string | undefined): number | undefined {
  const known = before ? readTerms(before) : undefined
  const { plan: ofPlan, subscription } = since ?? {}
  const fresh = [
    ...(ofPlan !== undefined && known?.plan === plan && known?.since?.plan !== ofPlan ? [ofPlan] : []),
    ...(subscription !== undefined && known?.since?.subscription !== subscription ? [subscription] : []),
  ]
  return fresh.length === 0 ? undefined : Math.max(...fresh)
}

/** Tenant → what was recorded last. */
async function newest(client: ClickHouseClient): Promise<Map<string, string>> {
  const result = await client.query({
    query: 'SELECT tenant_id, argMax(terms, recorded_at) AS last FROM plan_terms GROUP BY tenant_id',
    format: 'JSONEachRow',
  })
  const rows = await result.json<{ tenant_id: string; last: string }>()
  return new Map(rows.map(({ tenant_id, last }) => [tenant_id, last]))
}
