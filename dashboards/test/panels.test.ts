/** Every query of every dashboard on the real engine: that it runs in every range and state, and breaks out of nothing. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes its variables like that
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExpandContext, VariableValue } from '../src/expand/context.ts'
import { expand } from '../src/expand/expand.ts'
import type { Frame, StringRows } from '../src/expand/frame.ts'
import { forGrafana } from '../src/expand/own-macros.ts'
import { quote } from '../src/expand/variables.ts'
import { alerts } from '../src/grafana/provisioning.ts'
import type { Panel } from '../src/model.ts'
import { overview } from '../src/overview/overview.ts'
import { dashboards } from '../src/registry.ts'
import { ALL_OPTIONS } from '../src/variables.ts'
import { contextOf, DAY, HOUR, inRange, run, startSeeded } from './panel-store.ts'

const ranges = { '1h': HOUR, '24h': DAY, '30d': 30 * DAY, 'zero width': 0 }
/** Every range in every state is for the slow checks; here a day in each state, and no range at all. */
const FULL = process.env.SPANMETER_FULL_MATRIX === '1'
const hostile = ["o'b\\x", "') OR 1=1 --", '\\', "\\'", '$__fromTime', '${tenant}', '/*', '日本', '\n', '`"']

let empty: TestClickhouse
let seeded: TestClickhouse
beforeAll(async () => {
  ;[empty, seeded] = await Promise.all([startTestClickhouse(), startSeeded()])
})
afterAll(() => Promise.all([empty?.close(), seeded?.close()]))

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
      const widths = Object.values(ranges)
      const every = widths.flatMap((width) => Object.values(states).map((state) => ({ width, state })))
      const some = every.filter(({ width, state }) => width === DAY || (width === 0 && state === 'all'))
      await Promise.all(
        (FULL ? every : some).map(async ({ width, state }) => {
          const sql = expand(target.sql, contextOf(panel, width, state))
          const frame = await run(seeded, sql, target)
          expect(frame.fields.length > 0 || target.format === 'timeseries').toBe(true)
          if (state === hostile && dashboard.variables.length > 0) expect(isNothing(frame, panel)).toBe(true)
          checkColumns(panel, frame)
          if (!FULL && (width !== DAY || (state !== 'all' && state !== hostile))) return
          const none = await run(empty, sql, target)
          expect(none.fields.length > 0 || target.format === 'timeseries').toBe(true)
          checkColumns(panel, none)
          expect(isNothing(none, panel)).toBe(true)
        }),
      )
    })
    if (dashboard.uid !== overview.uid) continue
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
        // what the page asks for all of them at once is what Grafana asks for each, in the same order
        const all = await run(seeded, expand(ALL_OPTIONS, contextOf({}, 30 * DAY)), { format: 'table' })
        const [names = [], options = []] = all.fields.map(({ values }) => values)
        expect(options.filter((_, row) => names[row] === name)).toEqual(got)
      },
    )
  }
})

/** A zone, the width of the range, and what else is chosen. */
type View = readonly [string, number, Partial<ExpandContext>]
/** A month that meets no hour, a zone that is off by less than an hour, one with summer time; a day of UTC and two years. */
const views: readonly View[] = [
  ['UTC', 30 * DAY + 1_234_567, {}],
  ['Asia/Kathmandu', DAY, {}],
  ['Europe/Berlin', 60 * DAY, { intervalMs: DAY }],
  ...(FULL
    ? ([
        ['utc', DAY, {}],
        ['America/New_York', 730 * DAY, { intervalMs: 7 * DAY }],
      ] satisfies View[])
    : []),
]
it.each(
  dashboards.flatMap(({ title, panels }) =>
    panels.flatMap((panel) =>
      panel.targets.map((target) => ({ name: `${title}: ${panel.id}`, panel, target })),
    ),
  ),
)('$name asks Grafana and the page for the same', async ({ panel, target }) => {
  const second = Math.floor(Date.now() / 1_000)
  const [own, lowered] = [target.sql, forGrafana(target.sql)].map((sql) =>
    sql.replaceAll('now()', `toDateTime(${second})`),
  )
  await Promise.all(
    views.map(async ([timezone, width, change]) => {
      const context = { ...contextOf(panel, width), now: second * 1_000, timezone, ...change }
      const [page, grafana] = await Promise.all(
        [own, lowered].map((sql) => run(seeded, expand(sql ?? '', context), target)),
      )
      expect([timezone, rounded(page)]).toEqual([timezone, rounded(grafana)])
    }),
  )
})

/** Doubles are added in any order. */
function rounded(frame: Frame | undefined): unknown {
  return frame?.fields.map(({ name, type, values }) => [
    name,
    type,
    values.map((each) => (typeof each === 'number' ? Number(each.toPrecision(12)) : each)),
  ])
}

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

it.each(alerts.groups.flatMap(({ rules }) => rules))(
  'the alert rule $uid gives one number, with data and without',
  async ({ data }) => {
    const sql = expand(data[0]?.model.rawSql ?? '', contextOf({}, HOUR))
    for (const store of [empty, seeded]) {
      const { fields } = await run(store, sql, { format: 'table' })
      expect(fields.map(({ type, values }) => [type, values.length])).toEqual([['number', 1]])
    }
  },
)

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
