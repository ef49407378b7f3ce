/** When an alert begins and ends, and who hears of it. */
import { describe, expect, it } from 'vitest'
import { address } from '../../src/alerts/address.ts'
import { type Instance, step } from '../../src/alerts/alert-state.ts'
import type { Channel } from '../../src/alerts/channel.ts'
import { decide } from '../../src/alerts/decide.ts'
import { type Alert, silences } from '../../src/alerts/records.ts'
import type { Rule } from '../../src/alerts/rule.ts'
import { thresholdFindings } from '../../src/alerts/rules/amount.ts'
import { periodOf } from '../../src/alerts/rules/calendar.ts'
import { spend } from '../../src/alerts/rules/spend.ts'
import { judgeHour } from '../../src/alerts/rules/spend-anomaly.ts'
import { parseDecimal } from '../../src/query/decimal.ts'

const MINUTE = 60_000

describe('an alert', () => {
  const timing = { forMs: 2 * MINUTE, keepMs: 3 * MINUTE, once: false }
  /** `+` breached, `-` clearly not, `~` between both, a character a minute; what changed at which. */
  const check = (name: string, readings: string, want: string, over: Partial<typeof timing> = {}) =>
    it(name, () => {
      let instance: Instance | undefined
      const seen = [...readings].map((mark, index) => {
        const reading = { breached: mark === '+', cleared: mark === '-' }
        const result = step(
          instance,
          mark === ' ' ? undefined : reading,
          { ...timing, ...over },
          index * MINUTE,
        )
        instance = result.next
        return result.change === undefined ? '.' : { began: 'B', ended: 'E' }[result.change]
      })
      expect(seen.join('')).toBe(want)
    })
  check('begins once it has held for long enough', '+++++', '..B..')
  check('does not begin when it held too short', '++-++-', '......')
  check('ends once it has been over for long enough', '+++----', '..B...E')
  check('does not end while it swings', '+++-~-+--~---+', '..B...........')
  check('ends when its subject is gone', '+++    ', '..B...E')
  check('may come again', '+++----+++', '..B...E..B')
  check('comes once a period where it is told once', '+++----+++', '..B...E...', { once: true })
  check('begins at once where nothing has to hold', '-+-', '.BE', { forMs: 0, keepMs: 0 })
})

const rule: Rule = {
  ...{ name: 'budget', kind: spend as never, severity: 'warning', forMs: 0, keepMs: 0 },
  ...{ channels: undefined, runbook: undefined, settings: {} as never },
}

/** Looks at a spend every minute; what began and ended, as `80%` and `-80%`. */
function look(spends: readonly (readonly [number, string])[], start = Date.UTC(2026, 2, 31, 12)) {
  const instances = new Map<string, Instance>()
  const alerts = new Map<string, Alert>()
  const told: string[] = []
  for (const [index, [spent, period]] of spends.entries()) {
    const findings = thresholdFindings({
      ...{ subject: { tenant_id: 'acme' }, spent: BigInt(Math.round(spent * 100)) * 10n ** 10n },
      ...{ limit: 100n * 10n ** 12n, percents: [50, 80, 100], period, what: 'Spend' },
    })
    const decision = decide(
      rule,
      findings,
      { instances, alert: (id) => alerts.get(id) },
      start + index * MINUTE,
    )
    for (const change of decision.changes) {
      if (!('instance' in change)) continue
      if (change.is === null) instances.delete(change.instance)
      else instances.set(change.instance, change.is)
    }
    for (const alert of decision.alerts) {
      alerts.set(alert.id, alert)
      told.push(`${alert.endsAt === undefined ? '' : '-'}${alert.threshold.split(' ')[0]} ${alert.period}`)
    }
  }
  return { told, instances, alerts }
}

describe('a threshold', () => {
  it('is told once, however many requests lie above it: a day of them', () => {
    const day = Array.from({ length: 1_440 }, (_, minute) => [40 + minute * 0.06, 'march'] as const)
    expect(look(day).told).toEqual(['50% march', '80% march', '100% march'])
  })

  it('is not told again when a correction takes the spend below it and back', () => {
    const swings = [81, 79, 81, 70, 85, 60, 90].map((spent) => [spent, 'march'] as const)
    expect(look(swings).told).toEqual(['50% march', '80% march', '-80% march'])
  })

  it('is told again in the next period, and the old one ends', () => {
    const { told, instances } = look([
      [60, 'march'],
      [1, 'april'],
      [55, 'april'],
      [56, 'april'],
    ])
    expect(told).toEqual(['50% march', '-50% march', '50% april'])
    expect([...instances.keys()].every((key) => key.includes('april'))).toBe(true)
  })

  it('compares exactly: the last millionth of a millionth counts', () => {
    const at = (spent: bigint) =>
      thresholdFindings({
        ...{ subject: {}, spent, limit: parseDecimal('0.3'), percents: [33.33], period: '', what: 'Spend' },
      })[0]?.breached
    expect(at(parseDecimal('0.09999'))).toBe(true)
    expect(at(parseDecimal('0.099989999999'))).toBe(false)
  })
})

describe('messages', () => {
  const channel = (name: string, least: 'info' | 'critical' = 'info'): Channel => ({
    ...{ name, type: 'slack', batch: 2, schedule: [], refreshMs: undefined },
    takes: (severity) => least === 'info' || severity === 'critical',
    send: async () => ({ outcome: 'delivered' }),
  })
  const channels = new Map([
    ['all', channel('all')],
    ['pager', channel('pager', 'critical')],
  ])
  const alert = (id: string, over: Partial<Alert> = {}): Alert => ({
    ...{ id, source: 'rule', rule: 'budget', kind: 'spend', severity: 'warning', title: id, summary: '' },
    ...{ subject: { tenant_id: 'acme' }, value: '', threshold: '', period: '', startsAt: 0, ...over },
  })
  const told = (alerts: Alert[], wanted?: string[]) =>
    address(alerts, { channels, wanted: () => wanted, link: undefined, newId: () => 'id' }, 0).map(
      (change) =>
        'delivery' in change
          ? `${change.delivery.channel}: ${change.delivery.notice.events.map(({ alertId }) => alertId).join(' ')}`
          : '',
    )

  it('put together what happened at once, up to what a channel takes', () => {
    expect(told([alert('a'), alert('b'), alert('c')])).toEqual(['all: a b', 'all: c'])
  })
  it('go where the severity and the rule say', () => {
    expect(told([alert('a', { severity: 'critical' })])).toEqual(['all: a', 'pager: a'])
    expect(told([alert('a', { severity: 'critical' })], ['pager'])).toEqual(['pager: a'])
  })
  it('are not made of what is silenced', () => {
    expect(told([alert('a', { silencedBy: 's' })])).toEqual([])
  })
  it('are silenced by labels, for a time', () => {
    const silence = {
      id: 's',
      match: { rule: 'budget', tenant_id: 'acme' },
      from: 10,
      until: 20,
      comment: '',
    }
    const at = (now: number, over: Partial<Alert> = {}) => silences(silence, alert('a', over), now)
    expect([at(9), at(10), at(19), at(20), at(15, { subject: {} }), at(15, { rule: 'x' })]).toEqual([
      false,
      true,
      true,
      false,
      false,
      false,
    ])
  })
})

it('cuts calendar periods in the zone of the rule', () => {
  const now = Date.UTC(2026, 2, 31, 23, 30)
  const of = (every: 'day' | 'week' | 'month' | 'quarter' | 'year', timezone: string) =>
    periodOf({ every, timezone }, now).key
  expect([of('month', 'UTC'), of('month', 'Europe/Berlin'), of('quarter', 'Europe/Berlin')]).toEqual([
    'month:2026-03-01',
    'month:2026-04-01',
    'quarter:2026-04-01',
  ])
  expect([of('week', 'UTC'), of('year', 'UTC'), of('day', 'Asia/Tokyo')]).toEqual([
    'week:2026-03-30',
    'year:2026-01-01',
    'day:2026-04-01',
  ])
})

it('knows an unusual hour from a usual one', () => {
  const hour = 3_600_000
  const at = 1_000 * hour
  const hours = new Map<number, bigint>()
  for (let n = 1; n <= 700; n++) hours.set(at - n * hour, BigInt(10 + (n % 5)) * 10n ** 12n)
  const judged = (cost: number) => {
    hours.set(at, BigInt(cost) * 10n ** 12n)
    return judgeHour(hours, at, at - 700 * hour, { weeks: 4, deviations: 6 })?.score ?? 0
  }
  expect(judged(13)).toBeLessThan(2)
  expect(judged(60)).toBeGreaterThan(6)
  // one earlier outlier does not hide the next
  hours.set(at - 168 * hour, 10_000n * 10n ** 12n)
  expect(judged(60)).toBeGreaterThan(6)
})
