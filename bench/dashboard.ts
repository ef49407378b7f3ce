/**
 * A whole load of a dashboard over 100 million calls: every panel and variable at once, as a browser asks for them.
 *
 * Invariant: a load is what somebody sees who opens the dashboard, with the range that it opens with; the same over 30
 * days is told beside it. Each load asks for a range of its own, so that no answer comes from memory; a refresh asks for the same
 * range again. What a panel costs without rollups is asked in SQL.
 */
import { createDashboardRoutes } from '@spanmeter/collector/questions'
import { dashboards, parseInstant } from '@spanmeter/dashboards'
import type { BenchOptions, Figure } from './figure.ts'
import { firstPaints } from './scale/first-paint.ts'
import { type Stored, sizeOf, withStored } from './scale/stored.ts'
import { quantileOf } from './scale/timing.ts'

export const description =
  'A full load of each dashboard over 100 million calls, as it opens and over 30 days; a refresh; the first paint of the page; and what the panels cost without rollups'

const LOAD_LIMIT = 300
const REFRESH_LIMIT = 30
const PAINT_LIMIT = 300
const DAY = 86_400_000

/** Fills a store and loads. */
export async function run(report: (figure: Figure) => void, options: BenchOptions): Promise<void> {
  await withStored(sizeOf(options), options.data, report, async (stored) => {
    const runs = options.quick ? 5 : 20
    const opened = await measureAll(report, stored, runs, 'load', ({ time }, now) => startOf(time.from, now))
    reportTimes(report, 'load_p95', opened.loads, LOAD_LIMIT)
    const month = await measureAll(report, stored, runs, 'load_30d', (_, now) => now - 30 * DAY)
    reportTimes(report, 'load_30d_p95', month.loads, LOAD_LIMIT)
    reportTimes(report, 'cached_refresh', opened.refreshes, REFRESH_LIMIT)
    const { painted, framed } = await firstPaints(stored, runs)
    reportTimes(report, 'first_paint', painted, PAINT_LIMIT)
    reportTimes(report, 'first_frames', framed, PAINT_LIMIT)
    await reportRaw(report, stored)
  })
}

interface Times {
  loads: number[]
  refreshes: number[]
}
type Dashboard = (typeof dashboards)[number]

/** Every dashboard over the range that begins at `from`. */
async function measureAll(
  report: (figure: Figure) => void,
  stored: Stored,
  runs: number,
  name: string,
  from: (dashboard: Dashboard, to: number) => number,
): Promise<Times> {
  const all: Times = { loads: [], refreshes: [] }
  for (const dashboard of dashboards) {
    const times = await measure(stored, dashboard, runs, (to) => from(dashboard, to))
    all.loads.push(...times.loads)
    all.refreshes.push(...times.refreshes)
    reportTimes(report, `${name}/${dashboard.uid}`, times.loads, LOAD_LIMIT)
  }
  return all
}

function startOf(text: string, now: number): number {
  const instant = parseInstant(text, now, 'UTC')
  if (instant === undefined) throw new Error(`cannot measure a range from ${text}: it is no instant`)
  return instant
}

function reportTimes(report: (figure: Figure) => void, name: string, times: number[], limit: number): void {
  const sorted = [...times].sort((a, b) => a - b)
  const p95 = quantileOf(sorted, 0.95)
  report({
    name,
    value: p95,
    unit: 'ms',
    against: `our limit: ${limit} ms; p50 ${quantileOf(sorted, 0.5).toFixed(0)} ms`,
    ratio: limit / p95,
  })
}

async function measure(
  { engine, now }: Stored,
  dashboard: Dashboard,
  runs: number,
  from: (to: number) => number,
): Promise<Times> {
  const app = createDashboardRoutes({ reader: engine.reader, now: () => new Date() })
  const base = `/api/v1/dashboards/${dashboard.uid}`
  const paths = [
    ...dashboard.panels
      .filter(({ targets }) => targets.length > 0)
      .map(({ id }) => `${base}/panels/${id}/data`),
    ...dashboard.variables.map(({ name }) => `${base}/variables/${name}/options`),
  ]
  const load = async (to: number): Promise<number> => {
    const started = performance.now()
    await Promise.all(
      paths.map(async (path) => {
        const answer = await app.request(`${path}?from=${from(to)}&to=${to}`)
        const body = await answer.text()
        if (answer.status !== 200)
          throw new Error(`cannot measure ${path}: ${answer.status} ${body.slice(0, 300)}`)
      }),
    )
    return performance.now() - started
  }
  const loads: number[] = []
  const refreshes: number[] = []
  for (let run = 0; run <= runs; run++) {
    // a range of its own for every load: a minute earlier each time
    const to = now - run * 60_000
    const first = await load(to)
    const again = await load(to)
    // the first one warms up
    if (run > 0) {
      loads.push(first)
      refreshes.push(again)
    }
  }
  return { loads, refreshes }
}

/** Cost by model and day, of 30 days, from the rollup and from the raw spans: the panel that every dashboard has. */
async function reportRaw(report: (figure: Figure) => void, { engine, now }: Stored): Promise<void> {
  const from = Math.floor((now - 30 * DAY) / 1000)
  const time = async (query: string): Promise<number> => {
    const times: number[] = []
    for (let run = 0; run < 6; run++) {
      const started = performance.now()
      await (await engine.reader.query({ query, format: 'JSONCompactEachRow' })).text()
      if (run > 0) times.push(performance.now() - started)
    }
    return quantileOf(
      times.sort((a, b) => a - b),
      0.5,
    )
  }
  const rolled = await time(
    `SELECT toDate(hour) AS day, model, sum(cost) FROM rollup_cost_hour WHERE hour >= toDateTime(${from}, 'UTC') GROUP BY day, model`,
  )
  const raw = await time(
    `SELECT toDate(start_time) AS day, model, sum(cost) FROM spans WHERE is_call AND start_time >= toDateTime(${from}, 'UTC') GROUP BY day, model`,
  )
  report({
    name: 'cost_by_model_and_day',
    value: rolled,
    unit: 'ms p50',
    against: `the same from the raw spans: ${raw.toFixed(0)} ms`,
    ratio: raw / rolled,
  })
}
