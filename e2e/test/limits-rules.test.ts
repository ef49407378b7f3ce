/** The rules that the reference systems state, one test each. */
import { install, run, runs, shutdown } from '@spanmeter/middleware'
import { afterEach, describe, expect, it } from 'vitest'
import { meterCharge } from '../../collector/src/budgets/plan-charge.ts'
import { viewOf } from '../../collector/src/budgets/view.ts'
import { readConfig } from '../../collector/src/config/read.ts'
import { type LedgerServer, startLedger } from '../limits-platform.ts'

const FREE = `
plans:
  free: { name: Free, meters: { run: { included: 50, hardLimit: 50, countIf: success, excludeKinds: [test] } } }
subscriptions:
  - { tenant: acme, plan: free, timezone: Europe/Berlin }
`

describe('fifty successful runs a month', () => {
  let ledger: LedgerServer
  let now = Date.parse('2026-03-10T12:00:00Z')
  const start = async () => {
    ledger ??= await startLedger(FREE, { now: () => now })
    install({ service: 'reports', endpoint: ledger.url, limits: { waitMs: 10_000 } })
  }
  afterEach(async () => {
    await shutdown()
    await ledger.stop()
    ledger = undefined as never
  })
  const report = (work: () => void = () => {}, kind?: string) =>
    run('report', work, { tenant: 'acme', ...(kind ? { kind } : {}) })
  const account = () => {
    const budget = ledger.ledger.book.budget('plan.run')
    if (!budget) throw new Error('the plan has no budget of runs')
    return viewOf(ledger.ledger, ledger.ledger.peek(budget, { tenant: 'acme' }), now)
  }
  /** What was reported is in the ledger. */
  const settle = async () => {
    await shutdown()
    await start()
  }

  const begin = async (at = '2026-03-10T12:00:00Z') => {
    now = Date.parse(at)
    await start()
  }
  const succeed = async (times: number) => {
    for (let i = 0; i < times; i++) await report()
  }

  it('lets 50 successful runs through', async () => {
    await begin()
    await succeed(50)
    await settle()
    expect(account()).toMatchObject({ committed: '50', remaining: '0', status: 'limit_reached' })
  })

  it('does not count runs that fail, and no test runs, also at the limit', async () => {
    await begin()
    for (let i = 0; i < 60; i++) {
      await report(() => {
        throw new Error('no')
      }).catch(() => {})
      await report(undefined, 'test')
    }
    await settle()
    expect(account()).toMatchObject({ committed: '0', status: 'active' })
    await succeed(50)
    await report(undefined, 'test')
    await settle()
    expect(account()).toMatchObject({ committed: '50' })
  })

  it('warns at 80 percent, with the 40th', async () => {
    await begin()
    await succeed(39)
    await settle()
    expect(account()).toMatchObject({ committed: '39', status: 'active', remaining: '11' })
    expect(ledger.crossings.map(({ percent }) => percent)).toEqual([50])
    await succeed(1)
    await settle()
    expect(account()).toMatchObject({ committed: '40', status: 'warning', percent: 80 })
    expect(ledger.crossings.map(({ percent }) => percent)).toEqual([50, 80])
  })

  it('refuses the 51st before it begins, and says why', async () => {
    await begin()
    await succeed(50)
    let began = false
    const refused = await report(() => {
      began = true
    }).catch((error: unknown) => error)
    expect(began).toBe(false)
    expect(refused).toMatchObject({ name: 'BudgetExceededError', code: 'budget-exceeded', status: 402 })
    expect((refused as Error).message).toBe(
      'cannot go on: the limit of 50 runs of budget plan.run is reached (50 used) until 2026-03-31T22:00:00.000Z; wait for that or raise the limit',
    )
  })

  it("begins anew on the 1st, at midnight of the tenant's zone", async () => {
    await begin('2026-03-31T21:59:59Z')
    await succeed(50)
    await settle()
    expect(account()).toMatchObject({ period: 'month:2026-03-01', resets_at: '2026-03-31T22:00:00.000Z' })
    await expect(report()).rejects.toMatchObject({ code: 'budget-exceeded' })
    // Berlin's April.
    now = Date.parse('2026-03-31T22:00:00Z')
    await settle()
    await report()
    await settle()
    expect(account()).toMatchObject({ committed: '1', status: 'active', period: 'month:2026-04-01' })
  })

  it('lets one of two pass that begin together where there is room for one', async () => {
    now = Date.parse('2026-03-10T12:00:00Z')
    await start()
    for (let i = 0; i < 49; i++) await report()
    const both = await Promise.allSettled([
      runs.admit('a', { tenant: 'acme' }),
      runs.admit('b', { tenant: 'acme' }),
    ])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const [refused] = both.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    // The other one may still fail: that is worth a retry.
    expect(refused).toMatchObject({ code: 'budget-held', status: 429 })
    for (const one of both) if (one.status === 'fulfilled') one.value.fail()
    await report()
  })
})

describe('what is beyond the included quantity', () => {
  const { basic } = readConfig(
    {},
    `plans: { basic: { meters: {
      api_call: { included: 1000, overageUnitPrice: 0.01 },
      voice_minute: { included: 60, overageUnitPrice: 0.02 },
      storage_mb: { overageUnitPrice: 0.001 } } } }`,
  ).plans
  const charge = (meter: string, quantity: string) => {
    const rule = basic?.meters[meter]
    if (!rule) throw new Error(`there is no meter ${meter}`)
    const [whole = '0', fraction = ''] = quantity.split('.')
    return meterCharge(meter, rule, BigInt(whole + fraction.padEnd(12, '0'))).charge_exact
  }

  it('1,000 calls are included, each further one costs 0.01 USD', () => {
    expect(['0', '1000', '1001', '1150'].map((calls) => charge('api_call', calls))).toEqual([
      '0',
      '0',
      '0.01',
      '1.5',
    ])
  })

  it('60 minutes are included, each further one costs 0.02 USD', () => {
    expect(['60', '61', '60.5', '123.25'].map((minutes) => charge('voice_minute', minutes))).toEqual([
      '0',
      '0.02',
      '0.01',
      '1.265',
    ])
  })

  it('a megabyte costs 0.001 USD, exactly', () => {
    expect(['1', '3', '1536.25', '0.001'].map((megabytes) => charge('storage_mb', megabytes))).toEqual([
      ...['0.001', '0.003', '1.53625', '0.000001'],
    ])
  })
})
