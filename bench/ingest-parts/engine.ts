/**
 * What the engine alone takes in: the same rows, already encoded, sent by two inserts at a time.
 *
 * Invariant: same table, same views, same settings and block size as the collector's writer uses.
 */

import { startTestClickhouse } from '@spanmeter/clickhouse/testing'
import { Decoders, decodeInto, insertBlock, SpanBlock } from '@spanmeter/collector/decode'
import { cpuSeconds } from './process-use.ts'
import { createTemplate, renew, SPANS_PER_REQUEST } from './requests.ts'

/** The size at which the engine took in most. */
const ROWS_PER_BLOCK = 102_400
const BLOCKS = 3

/** What one run showed. */
export interface EngineAlone {
  /** Rows a second. */
  rate: number
  /** CPU microseconds a row. */
  engineCpu: number
}

/** Runs for about `milliseconds`. */
export async function engineAlone(milliseconds: number): Promise<EngineAlone> {
  const store = await startTestClickhouse()
  try {
    const blocks = Array.from({ length: BLOCKS }, (_, i) => encodedBlock(i))
    let next = 0
    let rows = 0
    const before = await cpuSeconds(store.pid)
    const started = performance.now()
    const sender = async () => {
      while (performance.now() - started < milliseconds) {
        const token = `bench-${next}`
        const block = blocks[next++ % BLOCKS] as (typeof blocks)[number]
        await insertBlock(store.client, block, { queryId: token, token })
        rows += ROWS_PER_BLOCK
      }
    }
    await Promise.all([sender(), sender()])
    const seconds = (performance.now() - started) / 1000
    const cpu = (await cpuSeconds(store.pid)) - before
    return { rate: rows / seconds, engineCpu: (cpu * 1e6) / rows }
  } finally {
    await store.close()
  }
}

function encodedBlock(index: number): { data: Buffer[]; columns: string[] } {
  const block = new SpanBlock(BigInt(index + 1))
  const decoders = new Decoders()
  const now = Date.now()
  for (let i = 0; i < ROWS_PER_BLOCK / SPANS_PER_REQUEST; i++) {
    const template = createTemplate(i % 16, now)
    renew(template, index * 1000 + i, now)
    decodeInto(block, { kind: 'protobuf', body: template.body, receivedAt: now }, decoders)
  }
  return { data: block.encode(), columns: block.columnNames }
}
