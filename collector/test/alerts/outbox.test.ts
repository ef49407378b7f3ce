/** Deliveries: whatever fails and whoever is killed, each is delivered, or visibly tried again, or visibly given up. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { address } from '../../src/alerts/address.ts'
import { AlertBook } from '../../src/alerts/alert-book.ts'
import type { Channel } from '../../src/alerts/channel.ts'
import type { Notice } from '../../src/alerts/notice.ts'
import { Outbox } from '../../src/alerts/outbox.ts'
import type { Alert } from '../../src/alerts/records.ts'
import type { Verdict } from '../../src/alerts/verdict.ts'
import { type Journal, openJournal } from '../../src/journal/journal.ts'

const folder = await mkdtemp(join(tmpdir(), 'spanmeter-outbox-'))
const journals: Journal[] = []
afterAll(async () => {
  await Promise.all(journals.map((journal) => journal.close()))
  await rm(folder, { recursive: true, force: true })
})
let files = 0

interface Sent {
  channel: string
  notice: Notice
  at: number
}

/** A world with a clock of its own; `restart` is a kill: memory is gone, the journal stays. */
async function world(answers: Record<string, (sent: Sent) => Verdict | Promise<Verdict>>) {
  const path = join(folder, `${++files}.journal`)
  const sent: Sent[] = []
  const time = { now: Date.UTC(2026, 2, 2) }
  const channels = new Map<string, Channel>(
    Object.entries(answers).map(([name, answer]) => [
      name,
      {
        ...{ name, type: 'webhook', batch: 3, schedule: [1_000, 10_000, 60_000], refreshMs: undefined },
        takes: () => true,
        async send(notice, at) {
          const one = { channel: name, notice, at }
          sent.push(one)
          return answer(one)
        },
      },
    ]),
  )
  const open = async () => {
    const { journal, lines } = await openJournal(path, 'the alerts')
    journals.push(journal)
    const book = new AlertBook(journal, lines)
    const outbox = new Outbox({
      book,
      channels: () => channels,
      now: () => time.now,
      random: () => 0,
      report: (error) => {
        throw error
      },
    })
    return { book, outbox }
  }
  let current = await open()
  return {
    sent,
    time,
    channels,
    get book() {
      return current.book
    },
    get outbox() {
      return current.outbox
    },
    async tell(...alerts: Alert[]) {
      const changes = address(alerts, { channels, wanted: () => undefined, link: undefined }, time.now)
      await current.book.record([...alerts.map((alert) => ({ alert })), ...changes])
    },
    async restart() {
      current = await open()
    },
    /** Runs what is due, in virtual time, until `until`. */
    async run(until: number) {
      for (; time.now <= until; time.now += 500) await current.outbox.runDue()
    },
  }
}

function alert(id: string, over: Partial<Alert> = {}): Alert {
  return {
    ...{ id, source: 'rule', rule: 'r', kind: 'spend', severity: 'warning', title: id, summary: 's' },
    ...{ subject: {}, value: '1', threshold: '2', period: '', startsAt: 1 },
    ...over,
  }
}

const delivered = (): Verdict => ({ outcome: 'delivered' })

describe('a delivery', () => {
  it('is tried again by the schedule, with the same id, until it is taken', async () => {
    let fails = 2
    const w = await world({
      a: () => (fails-- > 0 ? { outcome: 'retry', reason: 'answered 503' } : delivered()),
    })
    const start = w.time.now
    await w.tell(alert('one'))
    await w.run(start + 20_000)
    expect(w.sent.map(({ at }) => at - start)).toEqual([0, 1_000, 11_000])
    expect(new Set(w.sent.map(({ notice }) => notice.id)).size).toBe(1)
    expect(w.book.deliveries()).toMatchObject([{ status: 'delivered', attempts: 3 }])
  })

  it('waits longer where the receiver asks for it, and no longer than a day', async () => {
    const w = await world({ a: () => ({ outcome: 'retry', reason: 'answered 429', afterMs: 30_000 }) })
    const start = w.time.now
    await w.tell(alert('one'))
    await w.outbox.runDue()
    expect(w.book.deliveries()[0]?.nextAt).toBe(start + 30_000)
    const forever = await world({ a: () => ({ outcome: 'retry', reason: 'x', afterMs: 1e12 }) })
    await forever.tell(alert('one'))
    await forever.outbox.runDue()
    expect(forever.book.deliveries()[0]?.nextAt).toBe(start + 86_400_000)
  })

  it('is given up with its reason after the last attempt, and its channel is switched off', async () => {
    const w = await world({ a: () => ({ outcome: 'retry', reason: 'answered 500' }) })
    await w.tell(alert('one'))
    await w.run(w.time.now + 200_000)
    expect(w.book.deliveries()).toMatchObject([
      { status: 'failed', attempts: 4, reason: 'answered 500; given up after 4 attempts' },
    ])
    expect(w.book.disabled('a')?.reason).toMatch(/given up/)
    await w.tell(alert('two'))
    await w.run(w.time.now + 5_000)
    expect(w.sent).toHaveLength(4)
    expect(w.book.deliveries()[1]).toMatchObject({ status: 'pending', attempts: 0 })
  })

  it('is held where the receiver is gone, and what waits goes out once it is switched on again', async () => {
    let gone = true
    const w = await world({ a: () => (gone ? { outcome: 'disable', reason: 'answered 410' } : delivered()) })
    await w.tell(alert('one'))
    await w.run(w.time.now + 5_000)
    expect(w.book.deliveries()).toMatchObject([{ status: 'held', reason: 'answered 410' }])
    gone = false
    const [held] = w.book.deliveries()
    if (held)
      await w.book.record([{ channel: 'a', disabled: null }, { delivery: { ...held, status: 'pending' } }])
    await w.run(w.time.now + 1_000)
    expect(w.book.deliveries()).toMatchObject([{ status: 'delivered', attempts: 2 }])
  })

  it('does not wait for another channel, nor for another alert', async () => {
    const w = await world({
      broken: ({ notice }) =>
        notice.events[0]?.alertId === 'one' ? { outcome: 'retry', reason: 'no' } : delivered(),
      fine: delivered,
    })
    await w.tell(alert('one'))
    await w.tell(alert('two'))
    await w.run(w.time.now + 900)
    expect(w.sent.map(({ channel, notice }) => `${channel} ${notice.events[0]?.alertId}`).sort()).toEqual([
      'broken one',
      'broken two',
      'fine one',
      'fine two',
    ])
  })

  it('tells of an end after the beginning, however often that fails', async () => {
    let fails = 2
    const w = await world({ a: () => (fails-- > 0 ? { outcome: 'retry', reason: 'no' } : delivered()) })
    await w.tell(alert('one'))
    await w.outbox.runDue()
    await w.tell(alert('one', { endsAt: 2 }))
    await w.run(w.time.now + 30_000)
    const taken = w.sent.slice(-2).map(({ notice }) => notice.events[0]?.status)
    expect(taken).toEqual(['firing', 'resolved'])
    expect(w.sent.slice(0, -1).every(({ notice }) => notice.events[0]?.status === 'firing')).toBe(true)
  })
})

it('loses and doubles nothing unseen, wherever it is killed', async () => {
  const step = fc.oneof(
    fc.constant('alert' as const),
    fc.constant('kill' as const),
    fc.constant('kill during' as const),
    fc.constant('wait' as const),
    fc.constant('fail' as const),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      let failing = false
      let reached: (() => void) | undefined
      const w = await world({
        a: () => {
          if (reached) {
            reached()
            // the receiver has it, and this process does not live to write that down
            return new Promise<Verdict>(() => {})
          }
          return failing ? { outcome: 'retry', reason: 'no' } : delivered()
        },
      })
      const told: string[] = []
      for (const one of steps) {
        if (one === 'alert') {
          const id = `alert-${told.length}`
          told.push(id)
          await w.tell(alert(id))
        } else if (one === 'kill') await w.restart()
        else if (one === 'kill during') {
          const due = w.book
            .deliveries()
            .some(({ status, nextAt = 0 }) => status === 'pending' && nextAt <= w.time.now)
          if (due) {
            await new Promise<void>((done) => {
              reached = done
              void w.outbox.runDue()
            })
            reached = undefined
          }
          await w.restart()
        } else if (one === 'fail') {
          failing = true
          await w.outbox.runDue()
          failing = false
        } else await w.run(w.time.now + 2_000)
      }
      await w.restart()
      await w.run(w.time.now + 200_000)
      expect(w.book.deliveries().map(({ status }) => status)).toEqual(told.map(() => 'delivered'))
      const arrived = new Map<string, Set<string>>()
      for (const { notice } of w.sent) {
        for (const { alertId } of notice.events) {
          arrived.set(alertId, (arrived.get(alertId) ?? new Set()).add(notice.id))
        }
      }
      // every repetition has the id of the first: a receiver counts one message an alert
      expect([...arrived.keys()].sort()).toEqual([...told].sort())
      expect([...arrived.values()].every((ids) => ids.size === 1)).toBe(true)
    }),
    { numRuns: 40 },
  )
})
