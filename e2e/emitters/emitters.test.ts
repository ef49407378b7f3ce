/**
 * Tools that trace calls by themselves, alone and with our middleware beside them: what they send now comes to what
 * the provider billed, and with the middleware every call counts once, complete to the last token.
 */
import { readdirSync } from 'node:fs'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCalls, wantedCalls } from '../../collector/test/recorded-calls.ts'
import type { Gaps } from './recording.ts'
import { traceCalls } from './trace-calls.ts'

let store: TestClickhouse

beforeAll(async () => {
  store = await startTestClickhouse()
})
afterAll(() => store.close())

const names = readdirSync(new URL('emit/', import.meta.url))
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.replace('.mjs', ''))

async function check(name: string, middleware: boolean, gaps: Gaps): Promise<void> {
  const { exports, ledger } = await traceCalls({ name, middleware })
  const requests = exports.map(({ body }) => JSON.parse(body.toString()))
  const wanted = wantedCalls({ name, versions: {}, gaps, ledger: [...ledger], requests })
  expect(wanted.length).toBeGreaterThan(0)
  expect(await readCalls(store, { requests })).toEqual(wanted)
}

for (const name of names) {
  test(`${name}, alone`, async () => {
    const { gaps } = await import(new URL(`emit/${name}.mjs`, import.meta.url).href)
    await check(name, false, gaps)
  })

  test(`${name}, with the middleware`, async () => {
    const { gaps } = (await import(new URL(`emit/${name}.mjs`, import.meta.url).href)) as { gaps: Gaps }
    // A span that never ends is one that nobody can complete.
    const lost = gaps.failures === 'no span' ? { failures: gaps.failures } : {}
    await check(name, true, { ttl: 'told', ...lost })
  })
}
