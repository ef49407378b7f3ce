import { expect, test } from 'vitest'
import { LeaseClient } from './lease-client.ts'

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
