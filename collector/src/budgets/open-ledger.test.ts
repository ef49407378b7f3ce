import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../config/read.ts'
import { configuredBudgets } from './configured.ts'
import { type OpenLedger, openLedger } from './open-ledger.ts'

const BUDGETS = configuredBudgets(readConfig({}, 'budgets: [{ id: b, limit: 10, period: year }]'))
const LEASES = { ttlMs: 20_000, maxRequestMs: 60_000 }

let dataDir: string
let now = Date.parse('2026-03-30T10:00:00Z')
let seq = 0
let open: OpenLedger
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-open-ledger-'))
  await start()
})
afterEach(async () => {
  await open.close()
  await rm(dataDir, { recursive: true, force: true })
})

async function start(): Promise<void> {
  open = await openLedger({
    ...{ dataDir, budgets: BUDGETS, now: () => now, ...LEASES, usedBefore: false },
    onCrossed: () => {},
    report(error) {
      throw error
    },
  })
}

/** What an instance may spend in all, after it has said what it has spent and needs beside that. */
async function ask(instance: string, settled: string, need: string, ceiling: string): Promise<string> {
  const { accounts } = await open.ledger.exchange({
    ...{ instance, seq: ++seq, version: '' },
    accounts: [{ lease: 1, budget: 'b', subject: {}, settled, held: '0', ceiling, ...{ need, want: '0' } }],
  })
  return accounts[0]?.ceiling ?? ''
}

test('what was lent before the collector was away for long is not lent again until who lives has reported', async () => {
  expect(await ask('a', '0', '6', '0')).toBe('6')
  expect(await ask('b', '0', '4', '0')).toBe('4')
  await open.close()
  now += 3_600_000
  await start()
  // both have spent everything meanwhile
  expect(await ask('b', '4', '5', '4')).toBe('4')
  expect(await ask('a', '6', '1', '6')).toBe('6')
})

test('and what a dead service had is free a lease later', async () => {
  expect(await ask('a', '0', '6', '0')).toBe('6')
  await open.close()
  now += 3_600_000
  await start()
  expect(await ask('b', '0', '5', '0')).toBe('4')
  now += LEASES.ttlMs
  expect(await ask('b', '0', '5', '4')).toBe('5')
})
