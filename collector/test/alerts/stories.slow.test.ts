/**
 * Every kind of rule through the same story on a real engine: fine, bad, neither, fine again.
 *
 * Each is told of once, for the one it is about, ends only when it is clearly over, and a test of the past says the
 * same as alerting did while it happened.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Alerting } from '../../src/alerts/alerting.ts'
import { backTest } from '../../src/alerts/back-test.ts'
import type { BudgetStanding } from '../../src/alerts/rules/budget.ts'
import { RULE_KINDS } from '../../src/alerts/rules/built-in.ts'
import { readConfig } from '../../src/config/read.ts'
import { parseDecimal } from '../../src/query/decimal.ts'
import { call, replaceRows, type SpanRow } from '../span-rows.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.parse('2026-03-11T12:00:00Z')

/** How a subject is at a time of the story; `between` is below the threshold and not clearly. */
type Mood = 'fine' | 'bad' | 'between'

interface Story {
  readonly settings: Record<string, unknown>
  /** From when to when it is looked at, and how often. */
  readonly from: number
  readonly to: number
  readonly everyMs: number
  readonly rows: readonly SpanRow[]
  readonly samples?: { readonly table: string; readonly values: readonly object[] }
  readonly budgets?: (now: number) => BudgetStanding[]
  /** Of alerts, `subject began to ended`, in minutes after `START`; the end is the latest of the range. */
  readonly begins: readonly [number, number]
  readonly ends: readonly [number, number]
  /** Part of the subject of the alert. */
  readonly subject: Record<string, string>
}

const text = (at: number) => new Date(at).toISOString()
const time = (at: number) => text(at).replace('T', ' ').replace('Z', '')
const times = <Made>(count: number, make: (index: number) => Made): Made[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** Bad in minutes 20 to 39, then between for 30, then fine for an hour. */
function moodAt(minute: number): Mood {
  if (minute < 20 || minute >= 70) return 'fine'
  return minute < 40 ? 'bad' : 'between'
}

/** Rows of a stream in which one subject has its story, beside one that is always fine. */
function stream(make: (mood: Mood, at: number, name: string) => SpanRow[]): SpanRow[] {
  return times(150, (index) => index - 20).flatMap((minute) => {
    const at = START + minute * MINUTE
    return [...make(moodAt(minute), at, 'troubled'), ...make('fine', at, 'quiet')]
  })
}

const LOOK = { from: START, to: START + 130 * MINUTE, everyMs: 2 * MINUTE } as const
/** It begins while it is bad, and ends after it is no longer between. */
const USUAL = { ...LOOK, begins: [20, 40], ends: [70, 100] } as const
const TROUBLED = { tenant_id: 'troubled' }

/** Of 20 calls a minute 11 are affected, or 10 of them: against 52 percent. */
const partOf = (mood: Mood) => ({ fine: 0, bad: 11, between: 10 })[mood]
const shares = (affected: (name: string) => Record<string, unknown>) =>
  stream((mood, at, name) =>
    times(20, (index) =>
      call(text(at), {
        tenant_id: name,
        feature: name,
        ...(index < partOf(mood) ? affected(name) : {}),
      }),
    ),
  )
const failed = { status: 'error', http_status_code: 500, cost: null, unpriced_reason: 'failed' }
const window = { percent: 52, windowMinutes: 10, minCalls: 20 }

/** A budget of which 40, then 90, then 79 percent are used; at last a new period. */
function standing(now: number): BudgetStanding[] {
  const minute = (now - START) / MINUTE
  const of = (tenant_id: string, used: string): BudgetStanding => ({
    ...{ budget: 'team', subject: { tenant_id }, unit: 'usd', thresholds: [80], limit: parseDecimal('100') },
    ...{ period: minute < 70 ? 'hour:1' : 'hour:2', committed: parseDecimal(used) },
  })
  const used = minute < 70 ? { fine: '40', bad: '90', between: '79' }[moodAt(minute)] : '1'
  return [of('troubled', used), of('quiet', '10')]
}

const budgetSamples = times(150, (index) => START + (index - 20) * MINUTE).flatMap((at) =>
  standing(at).map(({ budget, subject, period, unit, committed }) => ({
    ...{ at: time(at), budget, subject, period, unit, tenant_id: subject.tenant_id, status: 'active' },
    ...{ held: '0', budget_limit: '100', committed: `${committed / 10n ** 12n}` },
    resets_at: null,
  })),
)

/** A process that began at `at`: an id of version 7. */
function processOf(at: number, name: string): string {
  const hex = at.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${name.length.toString(16).padStart(12, '0')}`
}

/** A dollar an hour for three weeks, then one hour of thirty. */
const hourly = (name: string, unusual: string) => [
  ...times(22 * 24, (index) =>
    call(text(START - (22 * 24 - index) * HOUR), { tenant_id: name, feature: name, cost: '1' }),
  ),
  ...times(4, (index) =>
    call(text(START + index * HOUR + 5 * MINUTE), {
      tenant_id: name,
      feature: name,
      cost: index === 1 ? unusual : '1',
    }),
  ),
]

const MONTH = Date.parse('2026-03-01T00:00:00Z')
/** 20 a day, and 40 a day from the 10th to the 15th, then very little. */
const daily = (name: string, much: string) =>
  times(75, (index) => index - 45).map((day) =>
    call(text(MONTH + day * DAY + HOUR), {
      tenant_id: name,
      feature: name,
      cost: day >= 9 && day < 15 ? much : day >= 15 ? '15' : '20',
    }),
  )

const minuteOf = (instant: string) => (Date.parse(instant) - START) / MINUTE

const STORIES: Record<string, Story> = {
  budget: {
    ...{
      settings: {},
      rows: [],
      budgets: standing,
      samples: { table: 'budget_samples', values: budgetSamples },
    },
    // told once a period: it ends where that is clearly over, at the latest with the period
    ...{ ...USUAL, ends: [70, 72], subject: { budget: 'team', ...TROUBLED } },
  },
  spend: {
    settings: { usd: 10, by: 'tenant', every: 'day', thresholds: [100] },
    rows: stream((mood, at, name) => [
      call(text(at), { tenant_id: name, cost: mood === 'bad' ? '0.6' : '0.01' }),
    ]),
    ...{ from: START, to: START + 14 * HOUR, everyMs: 10 * MINUTE, subject: TROUBLED },
    // 17 of its minutes are ten dollars; it ends with the day
    ...{ begins: [35, 50], ends: [720, 740] },
  },
  projected_overrun: {
    settings: { usd: 700, by: 'tenant', every: 'month' },
    rows: [...daily('troubled', '40'), ...daily('quiet', '20')],
    ...{ from: MONTH + 6 * DAY, to: MONTH + 29 * DAY, everyMs: 12 * HOUR, subject: TROUBLED },
    begins: [minuteOf('2026-03-10T00:00:00Z'), minuteOf('2026-03-16T00:00:00Z')],
    ends: [minuteOf('2026-03-16T00:00:00Z'), minuteOf('2026-03-29T00:00:00Z')],
  },
  burn_rate: {
    // 14 times the rate of a thousand a month are 31 cents a minute
    settings: { usd: 1000, by: 'tenant', longMinutes: 20, shortMinutes: 5, minPercent: 0 },
    rows: stream((mood, at, name) => [
      call(text(at), { tenant_id: name, cost: { fine: '0.01', bad: '0.4', between: '0.305' }[mood] }),
    ]),
    ...{ ...USUAL, subject: TROUBLED },
  },
  spend_anomaly: {
    settings: { by: 'tenant' },
    rows: [...hourly('troubled', '30'), ...hourly('quiet', '1.1')],
    ...{ from: START, to: START + 5 * HOUR, everyMs: 10 * MINUTE, subject: TROUBLED },
    // told in the hour itself, and over an hour after the next one has passed
    ...{ begins: [60, 80], ends: [180, 260] },
  },
  error_rate: {
    ...{ settings: { by: 'tenant', ...window }, rows: shares(() => failed) },
    ...{ ...USUAL, subject: TROUBLED },
  },
  latency: {
    settings: { by: 'tenant', seconds: 2, windowMinutes: 10, minCalls: 20 },
    rows: stream((mood, at, name) =>
      times(4, () =>
        call(text(at), {
          tenant_id: name,
          duration_ns: { fine: '100000000', bad: '3000000000', between: '1950000000' }[mood],
        }),
      ),
    ),
    ...{ ...USUAL, subject: TROUBLED },
  },
  provider_down: {
    settings: { minCalls: 8 },
    // one failure a minute is too few to say that it is down, and no sign that it is up
    rows: stream((mood, at, name) =>
      times({ fine: 2, bad: 3, between: 1 }[mood], () =>
        call(text(at), { provider: name, ...(mood === 'fine' ? {} : failed) }),
      ),
    ),
    ...{ ...USUAL, subject: { provider: 'troubled' } },
  },
  unpriced: {
    settings: { by: 'tenant', ...window },
    rows: shares(() => ({ cost: null, unpriced_reason: 'unknown_model' })),
    ...{ ...USUAL, subject: TROUBLED },
  },
  unattributed: {
    settings: { by: 'feature', attribute: 'tenant_id', ...window },
    rows: shares(() => ({ tenant_id: '' })),
    ...{ ...USUAL, subject: { feature: 'troubled', attribute: 'tenant_id' } },
  },
  ingest_stopped: {
    settings: { minutes: 15, minSpans: 20 },
    rows: stream((mood, at, name) =>
      mood === 'fine' || name === 'quiet'
        ? times(2, () => call(text(at), { service_name: name, ingested_at: time(at) }))
        : [],
    ),
    ...{ ...USUAL, begins: [34, 38], ends: [70, 74], subject: { service: 'troubled' } },
  },
  completeness: {
    settings: { percent: 52, windowMinutes: 10, minSpans: 20 },
    // each of them numbers 20 spans a minute
    rows: stream((mood, at, name) =>
      times(20, (index) => index).flatMap((index) =>
        index < 20 - partOf(mood)
          ? [
              call(text(at), {
                ...{ service_name: name, process_id: processOf(START - DAY, name), ingested_at: time(at) },
                // what is missing is below what came
                span_number: ((at - START) / MINUTE + 100) * 20 - index,
              }),
            ]
          : [],
      ),
    ),
    ...{ ...USUAL, subject: { service: 'troubled' } },
  },
  ledger_drift: {
    settings: { usd: 2 },
    rows: [],
    samples: {
      table: 'collector_samples',
      values: times(150, (index) => index - 20).flatMap((minute) =>
        (['troubled', 'quiet'] as const).map((name) => ({
          ...{ at: time(START + minute * MINUTE), instance: 'here', kind: 'gauge', label: name },
          name: 'spanmeter_budget_ledger_drift_usd',
          value: name === 'quiet' ? 0.1 : { fine: 0, bad: -2.5, between: -1.95 }[moodAt(minute)],
        })),
      ),
    },
    ...{ ...USUAL, subject: { budget: 'troubled' } },
  },
}

let engine: TestClickhouse
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-stories-'))
  engine = await startTestClickhouse()
  // the story is longer ago than samples are kept
  await engine.client.command({ query: 'ALTER TABLE collector_samples REMOVE TTL' })
})
afterAll(async () => {
  await engine?.close()
  await rm(directory, { recursive: true, force: true })
})

async function prepare({ rows, samples }: Story): Promise<void> {
  for (const table of ['budget_samples', 'collector_samples'])
    await engine.client.command({ query: `TRUNCATE TABLE ${table}` })
  await replaceRows(engine.client, rows)
  if (samples) await engine.client.insert({ ...samples, values: [...samples.values], format: 'JSONEachRow' })
}

/** Alerting with this rule alone, looked at from time to time; nobody takes its messages. */
async function live(kind: string, story: Story): Promise<Alerting> {
  const clock = { now: story.from }
  const alerting = await Alerting.open({
    config: configOf(kind, story),
    dataDir: await mkdtemp(join(directory, `${kind}-`)),
    ...{ client: engine.client, reader: engine.reader, now: () => clock.now },
    ...(story.budgets && { budgets: () => story.budgets?.(clock.now) ?? [] }),
    onEvaluated: (_, __, error) => {
      if (error !== undefined) throw error
    },
    report: (error) => {
      throw error
    },
  })
  for (; clock.now < story.to; clock.now += story.everyMs) await alerting.evaluate()
  return alerting
}

function configOf(kind: string, { settings }: Story) {
  // an address that is refused: messages stay where they can be counted
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  return readConfig(
    {},
    JSON.stringify({
      channels: { nobody: { type: 'webhook', url: 'http://127.0.0.1:9/', secrets: [secret] } },
      alerts: { enabled: false, rules: [{ name: kind, kind, forSeconds: 0, keepSeconds: 60, ...settings }] },
    }),
  )
}

test('every kind has its story', () => {
  expect(Object.keys(STORIES).sort()).toEqual(RULE_KINDS.map(({ kind }) => kind).sort())
})

for (const [kind, story] of Object.entries(STORIES)) {
  test(`${kind}: told once, ends when it is clearly over, and the past says the same`, async () => {
    await prepare(story)
    const alerting = await live(kind, story)
    const alerts = alerting.book.alerts()
    expect(alerts.map(({ subject }) => subject)).toEqual([story.subject])
    const [began, ended] = [alerts[0]?.startsAt, alerts[0]?.endsAt].map((at = 0) => (at - START) / MINUTE)
    expect(began, 'begins').toBeGreaterThanOrEqual(story.begins[0])
    expect(began, 'begins').toBeLessThanOrEqual(story.begins[1])
    expect(ended, 'ends').toBeGreaterThanOrEqual(story.ends[0])
    expect(ended, 'ends').toBeLessThanOrEqual(story.ends[1])
    // one message that it began, one that it is over
    const told = alerting.book.deliveries().flatMap(({ notice }) => notice.events.map(({ status }) => status))
    expect(told).toEqual(['firing', 'resolved'])
    const [rule] = alerting.rules
    if (rule === undefined) throw new Error('there is no rule')
    const tested = await backTest({
      ...{ rule, start: story.from, end: story.to, everyMs: story.everyMs },
      context: { reader: engine.reader, thresholdsOf: () => [80] },
    })
    expect(tested.alerts).toEqual(alerts)
    await alerting.stop()
  })
}

test('a day of traffic above an amount is one message a threshold', async () => {
  const story: Story = {
    settings: { usd: 10, every: 'day' },
    rows: times(3 * 1440, (index) => call(text(MONTH + index * 20_000), { cost: '0.01' })),
    ...{ from: MONTH, to: MONTH + DAY, everyMs: 5 * MINUTE, subject: {} },
    ...{ begins: [0, 0], ends: [0, 0] },
  }
  await prepare(story)
  const alerting = await live('spend', story)
  const told = alerting.book.deliveries().flatMap(({ notice }) => notice.events)
  expect(told.map(({ status, threshold }) => `${status} ${threshold}`)).toEqual([
    'firing 50% of $10.00',
    'firing 80% of $10.00',
    'firing 100% of $10.00',
  ])
  await alerting.stop()
})
