/** A store that is away: requests are accepted up to the bound, then refused with a time to come again. */
import fs, { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Decoders } from '../src/receive/decode.ts'
import { Intake, SpoolFull } from '../src/receive/intake.ts'
import { SpanMemory } from '../src/receive/span-memory.ts'
import { readSegment } from '../src/spool/read-segment.ts'
import type { SealedSegment } from '../src/spool/segment.ts'
import { Spool } from '../src/spool/spool.ts'
import { Writer } from '../src/write/writer.ts'
import { AT, call, protobuf } from './spans.ts'

const now = () => AT * 1000
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-spool-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

function createSpool(onSealed: (segment: SealedSegment) => void): Spool {
  return new Spool({
    directory,
    maxBytes: 20_000,
    maxRows: 10,
    maxSegmentBytes: 1e6,
    maxAgeMs: 60_000,
    now,
    onSealed,
  })
}

test('what was accepted before the bound is all stored by the next process, and a repeated request once', async () => {
  const spool = createSpool(() => {})
  await spool.recover()
  const intake = new Intake({ spool, now, memory: new SpanMemory({ maxSpans: 10_000, windowMs: 60_000 }) })
  let accepted = 0
  await expect(
    (async () => {
      for (;;) {
        const body = protobuf([call(accepted + 1), call(accepted + 100_001)])
        await intake.accept('protobuf', body)
        accepted++
        // a sender that missed the answer
        if (accepted % 5 === 0) await intake.accept('protobuf', body)
      }
    })(),
  ).rejects.toThrow(SpoolFull)
  expect(accepted).toBeGreaterThan(20)
  await spool.flush()

  const store = await startTestClickhouse()
  try {
    const left: SealedSegment[] = []
    const next = createSpool((segment) => left.push(segment))
    expect(await next.recover()).toBe(left.length)
    expect(next.full).toBe(true)
    const decoders = new Decoders()
    const writer = new Writer({
      client: store.client,
      read: (segment) => readSegment(segment, decoders),
      done: (segment) => next.remove(segment),
      now,
    })
    for (const segment of left) writer.add(segment)
    writer.start()
    await writer.drained()
    const result = await store.client.query({
      query: 'SELECT toUInt32(count()) AS stored, toUInt32(uniqExact(span_id)) AS spans FROM spans',
      format: 'JSONEachRow',
    })
    expect(await result.json()).toEqual([{ stored: accepted * 2, spans: accepted * 2 }])
    expect([next.bytes, next.segments, next.full]).toEqual([0, 0, false])
  } finally {
    await store.close()
  }
})

test('a disk without room takes nothing more, and takes again when there is some', async () => {
  const free = { minFreeBytes: Number.MAX_SAFE_INTEGER }
  const options = { directory, maxBytes: 1e9, maxRows: 10, maxSegmentBytes: 1e6, maxAgeMs: 60_000, now }
  // a twentieth of the disk is what counts: whether so much is free depends on the machine, so it is made up
  const disk = vi.spyOn(fs, 'statfs')
  const spool = new Spool({ ...options, ...free, onSealed: () => {} })
  for (const [bavail, full] of [
    [4, true],
    [6, false],
    [4, true],
  ] as const) {
    disk.mockResolvedValue({ bavail, bsize: 1000, blocks: 100 } as never)
    await vi.waitFor(async () => {
      await spool.lookAtDisk()
      expect(spool.full).toBe(full)
    })
  }
  disk.mockRestore()
})
