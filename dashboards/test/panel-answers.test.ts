/** What the panels of the Overview say, against the rows themselves. */
import type { TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExpandContext } from '../src/expand/context.ts'
import { expand } from '../src/expand/expand.ts'
import type { Frame } from '../src/expand/frame.ts'
import {
  column,
  contextOf,
  DAY,
  exact,
  HOUR,
  inRange,
  now,
  panelOf,
  prices,
  rows,
  run,
  samples,
  startSeeded,
  sumOf,
  value,
} from './panel-store.ts'
import { type SeedRow, totalCost } from './seed.ts'

const ranges = { '1h': HOUR, '24h': DAY, '30d': 30 * DAY, 'zero width': 0 }
/** The calls of the `width` ms before the last ones. */
function earlier(width: number): SeedRow[] {
  const later = new Set(inRange(width))
  return inRange(2 * width).filter((row) => !later.has(row))
}
let seeded: TestClickhouse
beforeAll(async () => {
  seeded = await startSeeded()
})
afterAll(() => seeded?.close())

function frameOfPanel(
  id: number,
  width: number,
  change: Partial<ExpandContext> = {},
  dashboard = 'overview',
): Promise<Frame> {
  const { panel, target } = panelOf(dashboard, id)
  return run(seeded, expand(target.sql, { ...contextOf(panel, width), ...change }), target)
}

describe('what the panels say is right', () => {
  it.each(Object.entries(ranges))(
    'spend of %s is the exact sum of its calls, in total and in every breakdown',
    async (_, width) => {
      const want = exact(totalCost(inRange(width)))
      expect(exact(value(await frameOfPanel(1, width), 'spend'))).toBe(want)
      for (const id of [5, 6, 16, 17, 18])
        expect(sumOf(await frameOfPanel(id, width)), `panel ${id}`).toBe(want)
    },
  )

  it.each([
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'utc',
  ])('the days of 30 days in %s begin at its midnight and add up', async (timezone) => {
    const frame = await frameOfPanel(5, 30 * DAY, { timezone })
    expect(sumOf(frame)).toBe(exact(totalCost(inRange(30 * DAY))))
    const clock = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    expect(new Set(frame.fields[0]?.values.map((at) => clock.format(Number(at))))).toEqual(new Set(['00:00']))
  })

  it('spend of filtered calls is the sum of those calls', async () => {
    const variables = {
      ...contextOf({}, 0).variables,
      provider: ['anthropic', 'google'],
      service: ['worker'],
    }
    const want = inRange(30 * DAY).filter(
      (row) => ['anthropic', 'google'].includes(String(row.provider)) && row.service_name === 'worker',
    )
    const frame = await frameOfPanel(1, 30 * DAY, { variables })
    expect(exact(value(frame, 'spend'))).toBe(exact(totalCost(want)))
  })

  it('the period before is as long, ends where the range begins, and is compared with it', async () => {
    const before = earlier(5 * DAY)
    const change = Number(totalCost(inRange(5 * DAY))) / Number(totalCost(before)) - 1
    expect(Number(value(await frameOfPanel(1, 5 * DAY), 'change'))).toBeCloseTo(change, 9)
  })

  it('this month and today are those of the zone', async () => {
    const timezone = 'Pacific/Auckland'
    const local = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' })
    const day = local.format(Date.now())
    const dated = (row: SeedRow) => local.format(Date.parse(`${row.start_time.replace(' ', 'T')}Z`))
    const month = rows.filter((row) => dated(row).slice(0, 7) === day.slice(0, 7))
    expect(exact(value(await frameOfPanel(4, HOUR, { timezone }), 'spend'))).toBe(exact(totalCost(month)))
    expect(exact(value(await frameOfPanel(3, HOUR, { timezone }), 'spend'))).toBe(
      exact(totalCost(rows.filter((row) => dated(row) === day))),
    )
  })

  it('requests, errors, tokens and shares are counts of the calls', async () => {
    const calls = inRange(30 * DAY)
    const count = (test: (row: SeedRow) => boolean) => calls.filter(test).length
    const failed = count((row) => row.unpriced_reason === 'failed')
    const unpriced = count((row) => row.cost === null) - failed
    const uncertain = count((row) => row.usage_source !== 'provider') - failed
    const sum = (...names: string[]) =>
      calls.reduce((total, row) => total + names.reduce((each, name) => each + Number(row[name] ?? 0), 0), 0)
    const input = sum('input_uncached_tokens', 'cache_read_tokens')
    expect(value(await frameOfPanel(7, 30 * DAY), 'requests')).toBe(calls.length)
    expect(value(await frameOfPanel(8, 30 * DAY), 'errors')).toBe(count((row) => row.status === 'error'))
    expect(value(await frameOfPanel(8, 30 * DAY), 'error_rate')).toBeCloseTo(failed / calls.length, 12)
    expect(value(await frameOfPanel(11, 30 * DAY), 'tokens')).toBe(
      input + sum('output_text_tokens', 'reasoning_tokens'),
    )
    expect(value(await frameOfPanel(11, 30 * DAY), 'cached')).toBeCloseTo(
      sum('cache_read_tokens') / input,
      12,
    )
    expect(value(await frameOfPanel(12, 30 * DAY), 'unpriced')).toBeCloseTo(
      unpriced / (calls.length - failed),
      12,
    )
    expect(value(await frameOfPanel(12, 30 * DAY), 'uncertain')).toBeCloseTo(
      uncertain / (calls.length - failed),
      12,
    )
    const sources = (await frameOfPanel(19, 30 * DAY)).fields[1]?.values ?? []
    expect(sources.reduce<number>((total, each) => total + Number(each), 0)).toBe(calls.length)
    const reasons = column(await frameOfPanel(7, 30 * DAY, {}, 'quality'), 'requests')
    expect(reasons.length).toBeLessThan(20)
    expect(reasons.reduce<number>((total, each) => total + Number(each), 0)).toBe(unpriced)
    expect(column(await frameOfPanel(21, 30 * DAY), 'requests')).toEqual(reasons.slice(0, 10))
  })

  it('requests over time add up to the requests', async () => {
    const [, succeeded, failed] = (await frameOfPanel(13, 30 * DAY)).fields
    const total = [...(succeeded?.values ?? []), ...(failed?.values ?? [])].reduce<number>(
      (sum, each) => sum + Number(each),
      0,
    )
    expect(total).toBe(inRange(30 * DAY).length)
  })

  it('percentiles are near those of the calls, with and without the rollup', async () => {
    const sorted = inRange(30 * DAY)
      .map((row) => Number(row.duration_ns) / 1e9)
      .sort((a, b) => a - b)
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0
    const all = contextOf({}, 0).variables
    const services = [...new Set(rows.map((row) => String(row.service_name)))]
    for (const variables of [all, { ...all, service: services }]) {
      expect(
        Math.abs(Number(value(await frameOfPanel(9, 30 * DAY, { variables }), 'p50')) / median - 1),
      ).toBeLessThan(0.03)
    }
  })

  it('tables list the most expensive first', async () => {
    const dearest = [...inRange(30 * DAY)].sort((a, b) => Number(exact(b.cost ?? 0) - exact(a.cost ?? 0)))[0]
    const table = await frameOfPanel(22, 30 * DAY)
    expect(exact(value(table, 'cost'))).toBe(exact(dearest?.cost))
    expect(value(table, 'time')).toBe(Date.parse(`${dearest?.start_time.replace(' ', 'T')}Z`))
    const conversations = new Map<string, bigint>()
    for (const row of inRange(30 * DAY)) {
      if (row.conversation_id === '') continue
      const key = `${row.tenant_id} ${row.conversation_id}`
      conversations.set(key, (conversations.get(key) ?? 0n) + exact(row.cost ?? 0))
    }
    const want = [...conversations.values()].sort((a, b) => Number(b - a)).slice(0, 10)
    expect(
      (await frameOfPanel(20, 30 * DAY)).fields.find(({ name }) => name === 'cost')?.values.map(exact),
    ).toEqual(want)
  })
})

const sumBy = (calls: readonly SeedRow[], ...names: string[]) =>
  calls.reduce((total, row) => total + names.reduce((each, name) => each + Number(row[name] ?? 0), 0), 0)
const total = (values: readonly unknown[]) => values.reduce<number>((sum, each) => sum + Number(each), 0)
const calls = inRange(30 * DAY)
const input = sumBy(calls, 'input_uncached_tokens', 'cache_read_tokens')
const output = sumBy(calls, 'output_text_tokens', 'reasoning_tokens')
const spend = exact(totalCost(calls))

describe('models and tokens', () => {
  const panel = (id: number) => frameOfPanel(id, 30 * DAY, {}, 'models')

  it('a million tokens cost what was spent over all tokens', async () => {
    expect(Number(value(await panel(1), 'price'))).toBeCloseTo(
      (Number(totalCost(calls)) / (input + output)) * 1e6,
      9,
    )
  })

  it('caches and reasoning are shares of input and output', async () => {
    expect(value(await panel(2), 'hit_ratio')).toBeCloseTo(sumBy(calls, 'cache_read_tokens') / input, 12)
    expect(value(await panel(4), 'reasoning_ratio')).toBeCloseTo(
      sumBy(calls, 'reasoning_tokens') / output,
      12,
    )
  })

  it('what caches saved is list price of input less that of a read, and the models add up to it', async () => {
    const want = calls.reduce((sum, row) => {
      const price = prices.find(({ provider, model }) => provider === row.provider && model === row.model)
      return sum + (price ? Number(row.cache_read_tokens) * (price.input - price.cache_read) : 0)
    }, 0)
    expect(want).toBeGreaterThan(0)
    expect(Number(value(await panel(3), 'saved'))).toBeCloseTo(want, 6)
    const models = column(await panel(9), 'saved')
    expect(models.length).toBeLessThanOrEqual(8)
    expect(total(models)).toBeCloseTo(want, 6)
  })

  it('tokens over time and the table of models add up', async () => {
    const [, ...series] = (await panel(5)).fields
    expect(total(series.flatMap(({ values }) => values))).toBe(input + output)
    const table = await panel(10)
    expect(sumOf(table)).toBe(spend)
    expect(total(column(table, 'requests'))).toBe(calls.length)
    expect(total(column(table, 'input'))).toBe(input)
  })
})

describe('customers and features', () => {
  const panel = (id: number, width = 30 * DAY) => frameOfPanel(id, width, {}, 'customers')
  const named = (name: string) =>
    new Set(
      calls.filter((row) => row[name] !== '').map((row) => `${String(row.tenant_id)}/${String(row[name])}`),
    )

  it.each([
    [2, 'users', 'user_id'],
    [3, 'conversations', 'conversation_id'],
    [4, 'runs', 'run_id'],
  ] as const)('panel %i counts different %s within their tenant', async (id, name, column) => {
    expect(value(await panel(id), name)).toBe(named(column).size)
  })

  it('spend over time and both rankings add up to the total', async () => {
    for (const id of [5, 6]) expect(sumOf(await panel(id))).toBe(spend)
    for (const id of [7, 9])
      expect(column(await panel(id), 'cost').reduce<bigint>((sum, each) => sum + exact(each), 0n)).toBe(spend)
  })

  it('top movers compare with the period before, largest difference first', async () => {
    const before = earlier(5 * DAY)
    const of = (list: readonly SeedRow[], model: string) =>
      exact(totalCost(list.filter((row) => row.model === model)))
    const table = await panel(8, 5 * DAY)
    const differences = column(table, 'difference').map((each) => Math.abs(Number(each)))
    expect(differences).toEqual(differences.toSorted((a, b) => b - a))
    const kinds = column(table, 'kind')
    expect(kinds).toContain('model')
    kinds.forEach((kind, index) => {
      if (kind !== 'model') return
      const name = String(column(table, 'name')[index])
      expect(exact(column(table, 'cost')[index]), name).toBe(of(inRange(5 * DAY), name))
      expect(exact(column(table, 'before')[index]), name).toBe(of(before, name))
    })
  })

  it('a run has the sum of its calls', async () => {
    const table = await panel(13)
    const [name, tenant] = [String(value(table, 'run')), value(table, 'tenant')]
    const want = calls.filter(
      (row) => row.tenant_id === tenant && name === `${String(row.run_name)} ${String(row.run_id)}`,
    )
    expect(exact(value(table, 'cost'))).toBe(exact(totalCost(want)))
    expect(value(table, 'requests')).toBe(want.length)
  })
})

describe('reliability', () => {
  const panel = (id: number) => frameOfPanel(id, 30 * DAY, {}, 'reliability')
  const failed = calls.filter((row) => row.status === 'error')

  it('errors by kind are the failed calls, and the newest come first', async () => {
    const [, ...series] = (await panel(5)).fields
    expect(total(series.flatMap(({ values }) => values))).toBe(failed.length)
    const last = failed.at(-1)
    expect(value(await panel(11), 'call')).toBe(`${String(last?.trace_id)}/${String(last?.span_id)}`)
  })

  it('retries are later calls of the same model below the same parent', async () => {
    const groups = new Map<string, SeedRow[]>()
    for (const row of calls) {
      const key = `${String(row.trace_id)} ${String(row.parent_span_id)} ${String(row.request_model)}`
      groups.set(key, [...(groups.get(key) ?? []), row])
    }
    let want = 0
    for (const group of groups.values()) {
      const first = group.find((row) => row.status === 'error')
      if (first) want += group.filter((row) => row.start_time > first.start_time).length
    }
    expect(want).toBeGreaterThan(0)
    expect(value(await panel(4), 'retries')).toBe(want)
  })

  it('a success of a provider costs all that the provider cost', async () => {
    const table = await panel(9)
    const [name] = column(table, 'provider')
    const own = calls.filter((row) => row.provider === name)
    expect(value(table, 'per_success')).toBeCloseTo(
      Number(totalCost(own)) / own.filter((row) => row.status !== 'error').length,
      9,
    )
    expect(total(column(table, 'requests'))).toBe(calls.length)
  })

  it('headroom is the least that was left', async () => {
    const shares = calls.map((row) =>
      Number((row.attributes as Record<string, string>)['spanmeter.rate_limit.remaining_ratio'] ?? 1),
    )
    expect(value(await panel(10), 'left_over')).toBeCloseTo(Math.min(...shares), 12)
  })
})

describe('data quality', () => {
  const panel = (id: number) => frameOfPanel(id, 30 * DAY, {}, 'quality')

  it('kinds of usage add up to the calls', async () => {
    const [, ...series] = (await panel(5)).fields
    expect(total(series.flatMap(({ values }) => values))).toBe(calls.length)
  })

  it('what is missing are the numbers that never came, and no service is said to miss what it never numbered', async () => {
    const table = await panel(12)
    const of = (name: string, service: string) =>
      column(table, name)[column(table, 'service').indexOf(service)]
    const arrived = (row: SeedRow) => Date.parse(`${String(row.ingested_at).replace(' ', 'T')}Z`)
    for (const service of ['chat-api', 'worker']) {
      const senders = new Map<string, SeedRow[]>()
      for (const row of rows) {
        if (row.service_name !== service) continue
        const sender = `${row.environment} ${row.tenant_id}`
        senders.set(sender, [...(senders.get(sender) ?? []), row])
      }
      let missing = 0
      for (const sent of senders.values()) {
        const before = sent.filter((row) => arrived(row) < now - 30 * DAY)
        const low = Math.max(0, ...before.map((row) => Number(row.span_number))) + 1
        const numbers = sent.map((row) => Number(row.span_number)).filter((number) => number >= low)
        missing += Math.max(...numbers) - low + 1 - numbers.length
      }
      expect([service, of('missing', service)]).toEqual([service, missing])
      expect(missing).toBeGreaterThan(2)
    }
    expect([of('missing', 'search'), of('numbered', 'search')]).toEqual([null, 0])
    expect(total(column(table, 'spans'))).toBe(rows.filter((row) => arrived(row) >= now - 30 * DAY).length)
  })

  it('what nobody can be charged for is the spend without a tenant', async () => {
    const nobody = calls.filter((row) => row.tenant_id === '')
    expect(exact(value(await panel(3), 'nobody'))).toBe(exact(totalCost(nobody)))
    const table = await panel(8)
    const place = column(table, 'attribute').indexOf('Tenant')
    expect(column(table, 'requests')[place]).toBe(nobody.length)
    expect(exact(column(table, 'cost')[place])).toBe(exact(totalCost(nobody)))
  })

  it('amounts that senders see otherwise are shown with the difference', async () => {
    const other = calls.filter((row) => row.reported_cost !== null)
    const table = await panel(10)
    expect(total(column(table, 'requests'))).toBe(other.length)
    expect(
      column(table, 'difference')
        .map(Number)
        .every((each) => each !== 0),
    ).toBe(true)
  })

  it('arrival is what lies between the end of a call and its row', async () => {
    const lag = Number(value(await panel(4), 'p95'))
    expect(lag).toBeGreaterThan(1.9)
    expect(lag).toBeLessThan(2.4)
  })
})

describe('credits', () => {
  it('credits of all kinds are the cost in credits, and meters are of the kind that is configured', async () => {
    const of = async (width: number) => {
      const frame = await frameOfPanel(14, width, {}, 'customers')
      return frame.fields.slice(1).map(({ name, values }) => ({ name, sum: total(values.map(Number)) }))
    }
    for (const width of [HOUR, 7 * DAY]) {
      const cost = Number(exact(totalCost(inRange(width)))) / 1e12
      expect(total((await of(width)).map(({ sum }) => sum))).toBeCloseTo(cost * 100, 6)
    }
    const metered = (meter_name: string, cost: string, id: string) => ({
      ...rows.at(-1),
      ...{ meter_name, cost, span_id: id.padStart(16, '0'), is_call: true },
    })
    const before = await of(HOUR)
    await seeded.client.insert({
      table: 'spans',
      values: [metered('storage_mb', '0.5', 'a1'), metered('voice_minute', '0.25', 'a2')],
      format: 'JSONEachRow',
    })
    const kinds = Object.fromEntries((await of(HOUR)).map(({ name, sum }) => [name, sum]))
    expect(kinds).toMatchObject({ compute: 25, storage: 50 })
    expect(kinds.ai).toBeCloseTo(before.find(({ name }) => name === 'ai')?.sum ?? 0, 6)
    await seeded.client.command({
      query: "ALTER TABLE spans DELETE WHERE meter_name != '' SETTINGS mutations_sync = 1",
    })
  })
})

describe('budgets and alerts', () => {
  const panel = (id: number) => frameOfPanel(id, DAY, {}, 'budgets')

  it('budgets show how much is used, and their status', async () => {
    const frame = await panel(5)
    const shown = (name: string) => column(frame, name)
    expect(shown('whose')).toEqual(['tenant_id globex', 'tenant_id acme', 'tenant_id initech'])
    expect(shown('used')).toEqual([1, 0.82, 0.12])
    expect(shown('status')).toEqual(['at its limit', 'near its limit', 'active'])
    expect(shown('left_over')).toEqual([0, 18, 88])
    expect(value(await panel(1), 'reached')).toBe(1)
  })

  it('alerts are told with their severity and whether somebody read them', async () => {
    const frame = await panel(8)
    expect(column(frame, 'severity')).toEqual(['warning', 'critical', 'info'])
    expect(column(frame, 'state')).toEqual(['unread', 'unread', 'unread'])
    expect(value(await panel(2), 'firing')).toBe(2)
    expect(column(await panel(9), 'channel')).toEqual(['ops', 'pager'])
  })
})

describe('billing', () => {
  it('every state of an hour at Stripe stands in its colour, trouble first', async () => {
    const { panel } = panelOf('customers', 15)
    const frame = await frameOfPanel(15, DAY, {}, 'customers')
    const states = column(frame, 'state')
    expect(states).toEqual(['rejected', 'expired', 'drift', 'pending', 'sent', 'confirmed', 'skipped'])
    const tones = panel.kind === 'table' ? panel.columns.find(({ name }) => name === 'state')?.tones : {}
    expect(states.map((state) => tones?.[String(state)])).toEqual([
      ...['critical', 'lapsed', 'critical', 'quiet', 'info', 'good', 'warning'],
    ])
  })
})

describe('collector', () => {
  const panel = (id: number) => frameOfPanel(id, DAY, {}, 'collector')
  const of = (name: string, label = '') =>
    samples.filter(
      (row) =>
        row.name === name && row.label === label && Date.parse(`${row.at.replace(' ', 'T')}Z`) >= now - DAY,
    )

  it('counters are sums of what was added, gauges the newest', async () => {
    const accepted = total(of('spanmeter_receive_spans_total', 'accepted').map((row) => row.value))
    expect(value(await panel(1), 'spans')).toBe(accepted)
    expect(value(await panel(2), 'bytes')).toBe(of('spanmeter_spool_bytes').at(-1)?.value)
    expect(value(await panel(9), 'spans')).toBe(accepted)
    const refused = of('spanmeter_receive_requests_total', '400 malformed').length
    expect(refused).toBeGreaterThan(0)
    expect(value(await panel(3), 'requests')).toBe(refused)
  })
})
