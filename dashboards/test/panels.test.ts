/** Every query of every dashboard on the real engine: that it runs, and that what it says is right. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes its variables like that
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExpandContext, VariableValue } from '../src/expand/context.ts'
import { expand } from '../src/expand/expand.ts'
import { type Frame, frameOf, type StringRows, withInstants } from '../src/expand/frame.ts'
import { roundInterval } from '../src/expand/interval.ts'
import { quote } from '../src/expand/variables.ts'
import type { Panel } from '../src/model.ts'
import { overview } from '../src/overview/overview.ts'
import { dashboards } from '../src/registry.ts'
import { type SeedRow, seedRows, totalCost } from './seed.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
// Off the hour on purpose: both ends of a range are then read from the spans, its middle from the rollups.
const now = Math.floor(Date.now() / HOUR) * HOUR - 17 * 60_000 + 123
const rows = seedRows({ now, days: 32, callsPerDay: 150 })
const ranges = { '1h': HOUR, '24h': DAY, '30d': 30 * DAY, 'zero width': 0 }
const hostile = ["o'b\\x", "') OR 1=1 --", '\\', "\\'", '$__fromTime', '${tenant}', '/*', '日本', '\n', '`"']

let empty: TestClickhouse
let seeded: TestClickhouse
beforeAll(async () => {
  ;[empty, seeded] = await Promise.all([startTestClickhouse(), startTestClickhouse()])
  await seeded.client.insert({ table: 'spans', values: rows, format: 'JSONEachRow' })
})
afterAll(() => Promise.all([empty?.close(), seeded?.close()]))

async function run(
  store: TestClickhouse,
  sql: string,
  target: Pick<Panel['targets'][number], 'format' | 'times'>,
): Promise<Frame> {
  const result = await store.reader.query({ query: withInstants(sql, target), format: 'JSONCompactStrings' })
  return frameOf((await result.json()) as unknown as StringRows, target)
}

function contextOf(
  panel: Pick<Panel, 'maxDataPoints'>,
  width: number,
  values: VariableValue = 'all',
  timezone = 'Europe/Berlin',
): ExpandContext {
  return {
    from: now - width,
    to: now,
    intervalMs: Math.max(roundInterval(width, panel.maxDataPoints ?? 200), 1_000),
    timezone,
    variables: Object.fromEntries(overview.variables.map(({ name }) => [name, values])),
  }
}

async function frameOfPanel(id: number, width: number, change: Partial<ExpandContext> = {}): Promise<Frame> {
  const panel = overview.panels.find((candidate) => candidate.id === id) as Panel
  const [target] = panel.targets
  if (!target) throw new Error(`panel ${id} has no target`)
  return run(seeded, expand(target.sql, { ...contextOf(panel, width), ...change }), target)
}

const value = (frame: Frame, name: string) => frame.fields.find((field) => field.name === name)?.values[0]
const inRange = (width: number) =>
  rows.filter((row) => Date.parse(`${row.start_time.replace(' ', 'T')}Z`) >= now - width)
const unit = 1_000_000_000_000n
const exact = (text: unknown) => {
  const [whole = '0', fraction = ''] = String(text).split('.')
  return BigInt(whole) * unit + BigInt(fraction.padEnd(12, '0'))
}
const sumOf = (frame: Frame) =>
  frame.fields
    .filter(({ type }) => type === 'decimal')
    .flatMap(({ values }) => values)
    .reduce((sum, each) => sum + (each === null ? 0n : exact(each)), 0n)

describe('every query runs', () => {
  const states: Record<string, VariableValue> = {
    All: 'all',
    one: ['openai'],
    'many hostile': hostile,
    none: [],
  }
  for (const dashboard of dashboards) {
    it.each(
      dashboard.panels.flatMap((panel) =>
        panel.targets.map((target) => ({
          title: `${dashboard.title}: ${panel.id} ${panel.title}`,
          panel,
          target,
        })),
      ),
    )('$title, in every range and state, empty and with data', async ({ panel, target }) => {
      for (const width of Object.values(ranges)) {
        for (const state of Object.values(states)) {
          const sql = expand(target.sql, contextOf(panel, width, state))
          const frames = [await run(empty, sql, target), await run(seeded, sql, target)]
          for (const frame of frames)
            expect(frame.fields.length > 0 || target.format === 'timeseries').toBe(true)
          if (state === hostile) expect(isNothing(frames[1] as Frame, panel)).toBe(true)
          checkColumns(panel, frames[1] as Frame)
        }
      }
    })
    it.each(dashboard.variables)(
      `${dashboard.title}: variable $name has its values`,
      async ({ name, sql }) => {
        expect(
          (await run(empty, expand(sql, contextOf({}, DAY)), { format: 'table' })).fields[0]?.values,
        ).toEqual([])
        const column =
          { tenant: 'tenant_id', environment: 'environment', service: 'service_name' }[name] ?? name
        const want = new Set(
          inRange(30 * DAY)
            .map((row) => row[column])
            .filter((each) => each !== ''),
        )
        const got =
          (await run(seeded, expand(sql, contextOf({}, 30 * DAY)), { format: 'table' })).fields[0]?.values ??
          []
        expect(new Set(got)).toEqual(want)
        expect(got).toHaveLength(want.size)
      },
    )
  }
})

/** True where no call at all matched. */
function isNothing(frame: Frame, panel: Panel): boolean {
  if (panel.kind !== 'stat') return (frame.fields[0]?.values.length ?? 0) === 0
  return frame.fields.every(({ values }) => values.every((each) => each === null || Number(each) === 0))
}

/** The columns that a panel draws are there, with a type that can be drawn. */
function checkColumns(panel: Panel, frame: Frame): void {
  if (panel.kind === 'timeseries') {
    if (frame.fields.length === 0) return
    expect(frame.fields[0]).toMatchObject({ name: 'time', type: 'time' })
    if (panel.series)
      expect(frame.fields.slice(1).map(({ name }) => name)).toEqual(panel.series.map(({ name }) => name))
    return
  }
  const names = frame.fields.map(({ name }) => name)
  const wanted =
    panel.kind === 'stat'
      ? [panel.value, ...(panel.captions ?? []).map(({ column }) => column)]
      : panel.kind === 'table'
        ? panel.columns.map(({ name }) => name)
        : panel.kind === 'text'
          ? []
          : [panel.label, panel.value]
  expect(names).toEqual(expect.arrayContaining(wanted))
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
    const before = inRange(10 * DAY).filter((row) => !inRange(5 * DAY).includes(row))
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
    const reasons =
      (await frameOfPanel(21, 30 * DAY)).fields.find(({ name }) => name === 'requests')?.values ?? []
    expect(reasons.length < 10 && reasons.reduce<number>((total, each) => total + Number(each), 0)).toBe(
      unpriced,
    )
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

it('no value breaks out of its quotes in the engine', async () => {
  const alphabet = fc.constantFrom(
    "'",
    '\\',
    '"',
    '`',
    '$',
    '{',
    '}',
    '(',
    ')',
    '-',
    '/',
    '*',
    'x',
    '0',
    'n',
    '%',
    '\n',
    '\0',
    'é',
    '😀',
    'ᴺ',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: alphabet, maxLength: 12 }), { minLength: 1, maxLength: 4 }),
      async (values) => {
        const query = `SELECT ${values.map((each, index) => `hex(${quote(each)}) AS v${index}`).join(', ')}`
        const result = await empty.reader.query({ query, format: 'JSONCompactStrings' })
        const { data } = (await result.json()) as unknown as StringRows
        expect(data[0]).toEqual(values.map((each) => Buffer.from(each).toString('hex').toUpperCase()))
      },
    ),
    { numRuns: 150 },
  )
})
