/**
 * Spans as tools really send them, recorded against a provider that knows what it billed: the collector comes to the
 * same tokens and the same cost, as far as each tool tells.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Recording } from '../../e2e/emitters/recording.ts'
import { readCalls, wantedCalls } from './recorded-calls.ts'

const FOLDER = new URL('../fixtures/emitters/', import.meta.url)

let store: TestClickhouse

beforeAll(async () => {
  store = await startTestClickhouse()
})
afterAll(() => store.close())

for (const file of readdirSync(FOLDER).sort()) {
  const recording = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Recording
  const versions = Object.entries(recording.versions).map(([name, version]) => `${name} ${version}`)
  test(`${file}: ${versions.join(', ')}`, async () => {
    const wanted = wantedCalls(recording)
    expect(wanted.length).toBeGreaterThan(0)
    expect(await readCalls(store, recording)).toEqual(wanted)
  })
}
