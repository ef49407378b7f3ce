/**
 * What a collector writes about itself and about prices, as if it had run beside the imaginary traffic.
 *
 * Invariant: the same options give the same rows, and prices come from the price book.
 */
import { calcPrice, type Usage } from '@pydantic/genai-prices'
import type { SeedRow } from './seed.ts'

const MILLION = 1_000_000

/** A row of `model_prices`; USD for one token. */
export interface PriceRow {
  readonly provider: string
  readonly model: string
  readonly priced_at: string
  readonly price_version: string
  readonly input: number
  readonly output: number
  readonly cache_read: number
  readonly cache_write: number
}

/** A row of `collector_samples`. */
export interface SampleRow {
  readonly at: string
  readonly instance: string
  readonly name: string
  readonly label: string
  readonly kind: 'counter' | 'gauge'
  readonly value: number
}

/** Rows of `model_prices` for the models of the traffic that the price book knows. */
export function seedPrices(rows: readonly SeedRow[]): PriceRow[] {
  const pairs = new Set(rows.map(({ provider, model }) => `${String(provider)}\t${String(model)}`))
  return [...pairs].flatMap((pair) => {
    const [provider = '', model = ''] = pair.split('\t')
    const price = (usage: Usage) => calcPrice(usage, model, { providerId: provider })?.total_price
    const input = price({ input_tokens: 1_000 })
    if (input === undefined) return []
    const cached = price({ input_tokens: 1_000, cache_read_tokens: 1_000 }) ?? input
    const output = price({ output_tokens: 1_000 }) ?? 0
    return [
      {
        provider,
        model,
        priced_at: '2026-01-01 00:00:00',
        price_version: 'test',
        input: Number(input) / 1_000,
        output: Number(output) / 1_000,
        cache_read: Number(cached) / 1_000,
        cache_write: (Number(input) / 1_000) * 1.25,
      },
    ]
  })
}

/** Rows of `collector_samples`: one collector, a sample each `stepMs` until `now` (ms). */
export function seedSamples(options: { now: number; hours: number; stepMs?: number }): SampleRow[] {
  const { now, hours, stepMs = 60_000 } = options
  const rows: SampleRow[] = []
  for (let at = now - hours * 3_600_000; at <= now; at += stepMs) {
    const wave = 1 + Math.sin(at / 2_000_000)
    const add = (kind: 'counter' | 'gauge', name: string, value: number, label = '') =>
      rows.push({
        at: new Date(at).toISOString().replace('T', ' ').replace('Z', ''),
        instance: 'collector-1:4318',
        name,
        label,
        kind,
        value,
      })
    add('counter', 'spanmeter_receive_spans_total', Math.round(120 * wave), 'accepted')
    add('counter', 'spanmeter_receive_spans_total', Math.round(2 * wave), 'duplicate')
    add('counter', 'spanmeter_receive_requests_total', Math.round(6 * wave), '200 ok')
    if (at % 3_600_000 < stepMs) add('counter', 'spanmeter_receive_requests_total', 1, '400 malformed')
    add('counter', 'spanmeter_insert_rows_total', Math.round(120 * wave))
    add('counter', 'spanmeter_insert_seconds_sum', 0.04 * wave)
    add('counter', 'spanmeter_insert_seconds_count', 2)
    add('counter', 'spanmeter_insert_retries_total', 0)
    add('counter', 'process_cpu_seconds_total', 0.9 * wave)
    add('gauge', 'spanmeter_spool_bytes', Math.round(40_000 * wave))
    add('gauge', 'spanmeter_spool_oldest_age_seconds', 0.4 * wave)
    add('gauge', 'process_resident_memory_bytes', 180 * MILLION + 9 * MILLION * wave)
    add('gauge', 'nodejs_eventloop_lag_p99_seconds', 0.012 * wave)
  }
  return rows
}

/** Rows of `budget_samples`, `alerts` and `alert_deliveries`, as of `now` (ms) and the day before. */
export function seedLimits(now: number): { table: string; rows: object[] }[] {
  const at = (ago: number) => new Date(now - ago).toISOString().replace('T', ' ').replace('Z', '')
  const budget = (tenant: string, ago: number, spent: number, status: string) => ({
    ...{
      at: at(ago),
      budget: 'tenant-month',
      tenant_id: tenant,
      subject: { tenant_id: tenant },
      unit: 'usd',
    },
    ...{
      period: 'month:now',
      resets_at: at(-10 * 86_400_000),
      committed: spent,
      held: 0,
      budget_limit: 100,
      status,
    },
  })
  const alert = (
    id: string,
    severity: string,
    ago: number,
    over: number | null,
    tenant: string,
    percent: readonly [used: number, threshold: number],
  ) => ({
    ...{ id, version: 1, source: 'rule', rule: 'tenant-month', kind: 'budget', severity, tenant_id: tenant },
    ...{
      title: `Use of budget tenant-month, tenant_id ${tenant} has reached ${percent[1]}%`,
      summary: `$${percent[0]}.00 of $100.00 are used.`,
    },
    ...{
      subject: { budget: 'tenant-month', tenant_id: tenant },
      value: `$${percent[0]}.00 (${percent[0]}%)`,
      threshold: `${percent[1]}% of $100.00`,
    },
    ...{ period: 'month:now', starts_at: at(ago), ends_at: over === null ? null : at(over), silenced: false },
  })
  const hours = Array.from({ length: 26 }, (_, hour) => hour)
  return [
    {
      table: 'budget_samples',
      rows: hours.flatMap((hour) => [
        budget('acme', hour * 3_600_000, 82 - hour, 'warning'),
        budget(
          'globex',
          hour * 3_600_000,
          Math.max(0, 100 - 2 * hour),
          hour === 0 ? 'limit_reached' : 'warning',
        ),
        budget('initech', hour * 3_600_000, 12 - hour / 4, 'active'),
      ]),
    },
    {
      table: 'alerts',
      rows: [
        alert('a1', 'warning', 20 * 60_000, null, 'acme', [82, 80]),
        alert('a2', 'critical', 50 * 60_000, null, 'globex', [100, 100]),
        alert('a3', 'info', 20 * 3_600_000, 19 * 3_600_000, 'initech', [10, 10]),
      ],
    },
    {
      table: 'alert_deliveries',
      rows: [
        {
          id: 'd1',
          version: 1,
          channel: 'ops',
          status: 'delivered',
          attempts: 1,
          alert_ids: ['a1'],
          created_at: at(20 * 60_000),
          last_at: at(20 * 60_000),
        },
        {
          id: 'd2',
          version: 1,
          channel: 'pager',
          status: 'pending',
          attempts: 3,
          reason: 'answered 503',
          alert_ids: ['a2'],
          created_at: at(50 * 60_000),
          last_at: at(60_000),
        },
      ],
    },
  ]
}

/** Rows of `billing_outbox`: an hour of each state, the newest first. */
export function seedBilling(now: number): object[] {
  const states = ['pending', 'sent', 'confirmed', 'rejected', 'skipped', 'expired', 'drift']
  return states.map((state, index) => ({
    ...{ id: `h${index}`, version: 1, tenant_id: 'acme', meter: 'ai_cost', customer: 'cus_acme', state },
    hour: new Date(now - (index + 1) * 3_600_000)
      .toISOString()
      .slice(0, 13)
      .replace('T', ' ')
      .concat(':00:00'),
    ...{ total: 1_284_000 + index, sent: state === 'pending' ? 0 : 1_284_000, events: 1 },
    provider_id: state === 'pending' ? '' : `spanmeter_${index}`,
    error: state === 'rejected' ? "resource_missing: No such customer: 'cus_acme'" : '',
    changed_at: new Date(now).toISOString().slice(0, 23).replace('T', ' '),
  }))
}

/** Rows of `credit_rates`: the second one holds. */
export function seedCredits(now: number): object[] {
  const at = (ago: number) => new Date(now - ago).toISOString().replace('T', ' ').replace('Z', '')
  return [
    { set_at: at(2_000), per_usd: '1', kinds: {} },
    { set_at: at(1_000), per_usd: '100', kinds: { storage_mb: 'storage', summary: 'ai' } },
  ]
}
