/** Every unit, scope, action and period of a budget, from the configuration to what a service's call gets. */
import {
  admit,
  budgetExceeded,
  install,
  run,
  type SpanmeterOptions,
  shutdown,
  withAttribution,
} from '@spanmeter/middleware'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { viewOf } from '../../collector/src/budgets/view.ts'
import { registerHostTelemetry, takeSpans } from '../../middleware/test/local-provider.ts'
import { CASES, type Case, type Step } from '../limits-cases.ts'
import { type Biller, type LedgerServer, startBiller, startLedger } from '../limits-platform.ts'

let biller: Biller
let ledger: LedgerServer
let now = 0

beforeAll(async () => {
  registerHostTelemetry()
  biller = await startBiller()
  biller.usage = { input: 1000, output: 1000 }
})
afterAll(() => biller.close())
beforeEach(() => {
  biller.bodies = []
  now = Date.parse('2026-03-05T10:00:00Z')
})
afterEach(async () => {
  await shutdown()
  await ledger.stop()
})

const other = () => `localhost:${new URL(biller.url).port}`
let service: string | undefined

/** A new start of the service, which knows nothing; what was reported is in the ledger. */
async function start(of: string | undefined): Promise<void> {
  await shutdown()
  service = of
  const options: SpanmeterOptions = {
    hosts: { [biller.host]: 'openai', [other()]: 'anthropic' },
    limits: { collector: ledger.url, waitMs: 10_000 },
  }
  install(of === undefined ? options : { ...options, service: of })
}

async function take(step: Step): Promise<string> {
  const { use = 'call', model = 'gpt-4o-mini', provider } = step
  takeSpans()
  try {
    if (use === 'run') {
      const work = () => {
        if (step.fails) throw new Error('it fails')
      }
      await run('report', work, step.kind ? { kind: step.kind } : {}).catch((error: unknown) => {
        if (budgetExceeded(error)) throw error
      })
      return 'ok'
    }
    if (use === 'meter') {
      const admitted = await admit({ meters: { voice_minute: step.minutes ?? 1 } })
      admitted.settle()
      return 'ok'
    }
  } catch (error) {
    return budgetExceeded(error)?.code ?? String(error)
  }
  const path =
    provider === 'anthropic' ? `http://${other()}/v1/messages` : `${biller.url}/v1/chat/completions`
  const body = JSON.stringify({ model, max_tokens: 1000, messages: [] })
  const response = await fetch(path, { method: 'POST', body })
  const problem = (await response.json()) as { code?: string }
  if (response.status !== 200) return problem.code ?? String(response.status)
  return String(takeSpans()[0]?.attributes['spanmeter.budget.decision'] ?? 'ok')
}

async function play({ steps }: Case): Promise<string[]> {
  const got: string[] = []
  for (const step of steps) {
    if (step.at !== undefined) now = Date.parse(step.at)
    if (step.at !== undefined || step.service !== service) await start(step.service)
    if (step.collector === 'back') await start(step.service)
    ledger.fail(step.collector === 'gone' || (step.collector === undefined && ledger.failing()))
    const once = () => withAttribution(step.as ?? {}, () => take(step))
    for (let i = 0; i < (step.times ?? 1); i++) {
      let outcome = await once()
      for (let more = 0; step.until && outcome === 'ok' && more < 100; more++) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        outcome = await once()
      }
      const sent = step.sent && (JSON.parse(biller.bodies.at(-1) ?? '{}') as { model?: string }).model
      got.push(sent === undefined ? outcome : `${outcome} ${sent}`)
    }
  }
  return got
}

const wanted = ({ steps }: Case) =>
  steps.flatMap(({ comes, sent, times = 1 }) => Array<string>(times).fill(sent ? `${comes} ${sent}` : comes))

describe('a budget', () => {
  it.each(CASES.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    ledger = await startLedger(JSON.stringify(one.config), { now: () => now })
    await start(undefined)
    expect(await play(one)).toEqual(wanted(one))
    await shutdown()
    const { book } = ledger.ledger
    if (one.steps.some(({ collector }) => collector)) {
      // What could not be handed back is free once its lease and the longest request are over.
      now += 621_000
      ledger.ledger.sweep()
    }
    for (const account of book.all()) {
      expect(viewOf(ledger.ledger, account, now)).toMatchObject({ held: '0', leased: '0' })
    }
    const { account } = one
    if (!account) return
    const budget = book.budget(account.budget)
    if (!budget) throw new Error(`there is no budget ${account.budget}`)
    const view = viewOf(ledger.ledger, ledger.ledger.peek(budget, account.subject ?? {}), now)
    expect(view.committed).toBe(account.committed)
  })
})
