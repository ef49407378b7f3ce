/** What the panels about models, customers, reliability and quality say, against the rows themselves. */
import { describe, expect, it } from 'vitest'
import {
  calls,
  earlier,
  frameOfPanel,
  input,
  output,
  spend,
  sumBy,
  total,
  useSeeded,
} from './panel-frames.ts'
import { column, DAY, exact, inRange, now, prices, rows, sumOf, value } from './panel-store.ts'
import { type SeedRow, totalCost } from './seed.ts'

useSeeded()

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
  const panel = (id: number, width = 30 * DAY) => frameOfPanel(id, width, {}, 'quality')

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

  it('spans are counted by when they came, from the rollup and at its ends, and how soon is told in steps', async () => {
    const table = await panel(12, 3 * DAY)
    const steps = [0.2, 0.5, 1, 2, 5, 10, 30, 60, 600, 3600]
    const arrivedAt = (row: SeedRow) => Date.parse(`${String(row.ingested_at).replace(' ', 'T')}Z`)
    const services = column(table, 'service')
    expect(services.length).toBeGreaterThan(2)
    for (const [place, service] of services.entries()) {
      const came = rows.filter(
        (row) => row.service_name === service && arrivedAt(row) >= now - 3 * DAY && arrivedAt(row) <= now,
      )
      const late = came.map(
        (row) =>
          (arrivedAt(row) -
            Date.parse(`${row.start_time.replace(' ', 'T')}Z`) -
            Number(row.duration_ns) / 1e6) /
          1000,
      )
      const of = (name: string) => column(table, name)[place]
      expect([service, of('spans'), of('late')]).toEqual([
        service,
        came.length,
        late.filter((seconds) => seconds > 60).length,
      ])
      const sorted = late.map((seconds) => Math.max(0, seconds)).sort((a, b) => a - b)
      const exact = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? 0
      expect([service, of('p95')]).toEqual([service, steps.find((end) => exact <= end)])
    }
  })

  it('arrival is what lies between the end of a call and its row', async () => {
    const lag = Number(value(await panel(4), 'p95'))
    expect(lag).toBeGreaterThan(1.9)
    expect(lag).toBeLessThan(2.4)
  })
})
