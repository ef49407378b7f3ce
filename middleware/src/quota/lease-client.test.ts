import { expect, test } from 'vitest'
import { LeaseClient } from './lease-client.ts'
import { type Decision, MAX_DECISIONS } from './protocol.ts'

test('a process does not end while somebody waits for a lease, and may while nobody does', async () => {
  const timers: { ms: number; keepAlive: boolean; cancelled: boolean; work: () => void }[] = []
  const client = new LeaseClient({
    instance: 'i',
    now: () => 0,
    later(ms, work, keepAlive) {
      const timer = { ms, keepAlive, cancelled: false, work }
      timers.push(timer)
      return () => {
        timer.cancelled = true
      }
    },
    waitMs: 1_000,
    report: () => {},
    exchange: async ({ seq }) => ({
      seq,
      version: '1',
      definitions: [],
      ttlMs: 9,
      refreshMs: 3,
      accounts: [],
    }),
  })
  const pending = () =>
    timers.filter(({ cancelled }) => !cancelled).map(({ ms, keepAlive }) => [ms, keepAlive])
  client.refresh()
  expect(pending()).toEqual([[0, false]])
  const waiting = client.wait()
  expect(pending()).toEqual([[0, true]])
  timers.find(({ cancelled }) => !cancelled)?.work()
  expect(await waiting).toBe(true)
})

test('decisions beyond what one exchange may tell are counted, also those that a failed exchange brings back', async () => {
  let work = () => {}
  const told: number[] = []
  const failures: string[] = []
  let fails = true
  const client = new LeaseClient({
    instance: 'i',
    now: () => 0,
    later(_, next) {
      work = next
      return () => {}
    },
    waitMs: 1_000,
    report: (place) => failures.push(place),
    exchange: async ({ seq, decisions }) => {
      told.push(decisions?.length ?? 0)
      if (fails) throw new Error('away')
      return { seq, version: '1', definitions: [], ttlMs: 9, refreshMs: 3, accounts: [] }
    },
  })
  const decide = (count: number) => {
    for (let i = 0; i < count; i++) client.decided({ id: String(i) } as Decision)
  }
  const exchange = async () => {
    const waiting = client.wait()
    const send = work
    work = () => {}
    send()
    return waiting
  }
  decide(MAX_DECISIONS + 5)
  expect(failures).toEqual(Array(5).fill('tell a decision'))
  const failing = exchange()
  decide(7)
  expect(await failing).toBe(false)
  expect(failures.filter((place) => place === 'tell a decision')).toHaveLength(12)
  fails = false
  work()
  await new Promise((resolve) => setImmediate(resolve))
  expect(told).toEqual([MAX_DECISIONS, MAX_DECISIONS])
  expect(client.hasRoomToTell).toBe(true)
})
