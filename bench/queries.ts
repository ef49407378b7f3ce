/**
 * Every question of the API about 100 million calls: how long, how many rows are read, and how long while more come in.
 *
 * Invariant: answers come from the API itself, with its validation and its JSON; the calls went through the same
 * tables and views as real ones.
 */
import { createApi } from '@spanmeter/collector/questions'
import type { BenchOptions, Figure } from './figure.ts'
import { makeCalls } from './scale/calls.ts'
import { countingReader } from './scale/counting-reader.ts'
import { type Question, questions } from './scale/questions.ts'
import { type Stored, sizeOf, withStored } from './scale/stored.ts'
import { quantileOf, timesOf } from './scale/timing.ts'

export const description =
  'Every question of the API about 100 million calls, 30 days of them: p95, rows read, and the same while calls come in'

const TENANT = 'tenant-00'
const LIMIT = 50
const LIMIT_UNDER_LOAD = 100
/** Calls a second that come in meanwhile. */
const LOAD = 20_000

/** Fills a store and asks. */
export async function run(report: (figure: Figure) => void, options: BenchOptions): Promise<void> {
  await withStored(sizeOf(options), options.data, report, async (stored) => {
    const runs = options.quick ? 5 : 20
    const idle = await askAll(stored, runs, report)
    const loaded = await underLoad(stored, () => askAll(stored, Math.ceil(runs / 2)))
    reportWorst(report, 'slowest_p95', idle, LIMIT)
    reportWorst(report, 'slowest_p95_under_load', loaded, LIMIT_UNDER_LOAD)
  })
}

/** Question → p95, milliseconds. */
type Answers = ReadonlyMap<string, number>

async function askAll(
  { engine, now, calls }: Stored,
  runs: number,
  report?: (figure: Figure) => void,
): Promise<Answers> {
  let rows = 0
  const clock = () => new Date(now)
  const api = createApi({ reader: engine.reader, now: clock })
  const counted = createApi({ reader: countingReader(engine.reader, (read) => (rows += read)), now: clock })
  const answers = new Map<string, number>()
  for (const question of questions(TENANT)) {
    const refusal = await refused(api, question)
    if (refusal !== undefined) {
      // needs something that this store does not have: said, so that nobody takes it for measured
      if (report !== undefined) console.error(`not measured: ${question.name}: ${refusal}`)
      continue
    }
    const times = await timesOf(runs, () => ask(api, question))
    const p95 = quantileOf(times, 0.95)
    answers.set(question.name, p95)
    if (report === undefined) continue
    rows = 0
    await ask(counted, question)
    report({
      name: `query/${question.name}`,
      value: p95,
      unit: 'ms p95',
      against: `our limit: ${LIMIT} ms; p50 ${quantileOf(times, 0.5).toFixed(1)}; reads ${rows} rows, ${((100 * rows) / calls).toFixed(2)} % of the calls`,
      ratio: LIMIT / p95,
    })
  }
  return answers
}

/** What is wrong with a question for this store. */
async function refused(api: ReturnType<typeof createApi>, { path }: Question): Promise<string | undefined> {
  const answer = await api.request(path)
  const body = await answer.text()
  return answer.status >= 400 && answer.status < 500 ? body.slice(0, 200) : undefined
}

async function ask(api: ReturnType<typeof createApi>, { name, path }: Question): Promise<void> {
  const answer = await api.request(path)
  const body = await answer.text()
  if (answer.status !== 200) throw new Error(`cannot measure ${name}: ${answer.status} ${body.slice(0, 300)}`)
}

/** Runs `work` while `LOAD` calls a second are inserted, in blocks of a second. */
async function underLoad<Result>({ engine }: Stored, work: () => Promise<Result>): Promise<Result> {
  let ended = false
  const inserting = (async () => {
    for (let next = performance.now(); !ended; next += 1000) {
      await makeCalls(engine.client, { count: LOAD, days: 1 / 86_400, now: Date.now() })
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next + 1000 - performance.now())))
    }
  })()
  try {
    return await work()
  } finally {
    ended = true
    await inserting
  }
}

function reportWorst(report: (figure: Figure) => void, name: string, answers: Answers, limit: number): void {
  const sorted = [...answers].sort(([, a], [, b]) => b - a)
  const [slowest, p95] = sorted[0] ?? ['none', 0]
  const within = sorted.filter(([, time]) => time <= limit).length
  report({
    name,
    value: p95,
    unit: 'ms p95',
    against: `our limit: ${limit} ms; it is ${slowest}; ${within} of ${sorted.length} questions are within`,
    ratio: limit / p95,
  })
}
