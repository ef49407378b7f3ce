/**
 * The contract of providers whose calls are made over a WebSocket, shown on their fixtures.
 *
 * `fixtures/<provider>/<case>/` holds `messages.json`, whose each entry is `[side, message]`, `["wait", seconds]` or
 * `["close"]`, and
 * `expected.json` with the calls that come of them. Invariants: the calls do not depend on where the bytes are cut,
 * nor on whether messages are compressed, and costs are those of the price data's own package.
 */

import { EventEmitter } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib'
import type { Attributes } from '@opentelemetry/api'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { Call } from '../src/capture/call.ts'
import type { CallStart } from '../src/capture/call-start.ts'
import { watchSocket } from '../src/capture/websocket.ts'
import type { Provider } from '../src/providers/provider.ts'
import { HostTable } from '../src/providers/registry.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { withStart } from '../src/telemetry/call-attributes.ts'
import type { Recorder } from '../src/telemetry/recorder.ts'
import { bucketsOf, type Expected, FIXTURES, theirCost } from './describe-provider.ts'
import { theirMeterCost } from './meter-cost.ts'

type Side = 'client' | 'server'
type Entry = ['close'] | ['wait', number] | [Side, Record<string, unknown>]
type ExpectedCall = Omit<Expected, 'status' | 'at' | 'url'> & { name: string }

export interface SocketCase {
  messages: Entry[]
  expected: { url: string; at: string; calls: ExpectedCall[] }
}

/** Names of a provider's cases. */
export function socketCasesOf(provider: string): string[] {
  const folder = new URL(`${provider}/`, FIXTURES)
  return readdirSync(folder).filter((name) => existsSync(new URL(`${name}/messages.json`, folder)))
}

export function loadSocket(provider: string, name: string): SocketCase {
  const read = (file: string) =>
    JSON.parse(readFileSync(new URL(`${provider}/${name}/${file}`, FIXTURES)).toString())
  return { messages: read('messages.json'), expected: read('expected.json') }
}

/** A frame, or two where the message is cut in two, with a ping between them. */
export function frame(
  payload: Buffer,
  side: Side,
  options: { compressed?: boolean; cut?: boolean } = {},
): Buffer {
  const one = (bytes: Buffer, opcode: number): Buffer => {
    const size = bytes.length
    const mask = side === 'client' ? 0x80 : 0
    const head =
      size < 126
        ? Buffer.from([opcode, mask | size])
        : size < 65_536
          ? Buffer.from([opcode, mask | 126, size >> 8, size & 255])
          : Buffer.from([
              opcode,
              mask | 127,
              0,
              0,
              0,
              0,
              ...[24, 16, 8, 0].map((bits) => (size >>> bits) & 255),
            ])
    if (!mask) return Buffer.concat([head, bytes])
    const key = Buffer.from([1, 2, 3, 250])
    return Buffer.concat([head, key, bytes.map((byte, at) => byte ^ (key[at & 3] as number))])
  }
  const first = (options.compressed ? 0x40 : 0) | 1
  if (!options.cut) return one(payload, 0x80 | first)
  const middle = payload.length >> 1
  return Buffer.concat([
    one(payload.subarray(0, middle), first),
    one(Buffer.from('still there?'), 0x89),
    one(payload.subarray(middle), 0x80),
  ])
}

/** Compresses the messages of one side as one stream, as RFC 7692 has it. */
async function compressor(): Promise<(text: string) => Promise<Buffer>> {
  const deflate = createDeflateRaw()
  let parts: Buffer[] = []
  deflate.on('data', (part: Buffer) => parts.push(part))
  return async (text) => {
    deflate.write(text)
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve))
    const whole = Buffer.concat(parts)
    parts = []
    return whole.subarray(0, -4)
  }
}

interface Recorded {
  name: string
  attributes: Attributes
  error: string | undefined
}

type Way = { compressed?: 'kept' | 'forgotten'; cut?: boolean; pieces?: (bytes: Buffer) => Buffer[] }

/** Plays a case through a socket that only exists here. */
export async function play(provider: Provider, fixture: SocketCase, way: Way = {}): Promise<Recorded[]> {
  const recorded: Recorded[] = []
  const recorder: Recorder = {
    start: ({ name, attributes }) => ({
      span: undefined,
      end: (more, error, _time, renamed) =>
        void recorded.push({ name: renamed ?? name, attributes: withStart(attributes, more), error }),
    }),
    flush: async () => {},
    shutdown: async () => {},
  }
  const url = new URL(fixture.expected.url)
  const target = new HostTable().find(url.href.replace(/^ws/, 'http'), 'GET')
  if (target?.match.provider.name !== provider.name) throw new Error(`${provider.name} does not meter ${url}`)
  const start: CallStart = {
    target,
    address: url,
    request: { stream: false, length: 0 },
    recorder,
    attributes: { [ATTR.tenantId]: 'acme' },
    again: (another) => new Call(another),
    onEnd() {},
  }
  const socket = Object.assign(new EventEmitter(), { write: () => true }) as unknown as Socket
  const extensions =
    way.compressed &&
    {
      kept: 'permessage-deflate; client_max_window_bits',
      forgotten: 'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    }[way.compressed]
  const headers: Record<string, string> = {
    ...(extensions ? { 'sec-websocket-extensions': extensions } : {}),
  }
  watchSocket(new Call(start), { get: (name) => headers[name] ?? null }, socket)

  const compress = { client: await compressor(), server: await compressor() }
  const parts = way.pieces ?? ((bytes: Buffer) => [bytes])
  for (const [side, message] of fixture.messages) {
    if (side === 'close') {
      socket.emit('close', false)
      continue
    }
    if (side === 'wait') {
      vi.advanceTimersByTime(message * 1000)
      continue
    }
    const text = JSON.stringify(message)
    const payload =
      way.compressed === 'kept'
        ? await compress[side](text)
        : way.compressed
          ? deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
          : Buffer.from(text)
    const bytes = frame(payload, side, { compressed: way.compressed !== undefined, cut: way.cut === true })
    for (const part of parts(bytes)) {
      if (side === 'server') socket.emit('data', part)
      else socket.write(part)
    }
  }
  for (const { attributes } of recorded) delete attributes[ATTR.timeToFirstChunk]
  return recorded
}

const EVERY_BYTE = (bytes: Buffer) => Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1))

/** Runs the contract for one provider over its fixtures. */
export function describeSockets(provider: Provider): void {
  for (const name of socketCasesOf(provider.name)) {
    const fixture = loadSocket(provider.name, name)
    const { expected } = fixture
    describe(`provider ${provider.name}: ${name}`, () => {
      const at = (work: () => Promise<void>) => async () => {
        vi.useFakeTimers({ now: new Date(expected.at), toFake: ['Date', 'performance'] })
        await work().finally(() => vi.useRealTimers())
      }

      it(
        'gives one call a response, with its usage and cost',
        at(async () => {
          const calls = await play(provider, fixture)
          expect(calls.map((call) => call.name)).toEqual(expected.calls.map((call) => call.name))
          for (const [index, want] of expected.calls.entries()) {
            const { attributes, error } = calls[index] as Recorded
            expect(attributes).toMatchObject({ [ATTR.tenantId]: 'acme', ...want.attributes })
            expect(attributes[ATTR.operation]).toBe(want.operation)
            expect(attributes[ATTR.usageSource]).toBe(want.source)
            expect(error).toBe(want.error)
            expect(bucketsOf(attributes)).toEqual(want.buckets)
            expect(attributes[ATTR.costExact] ?? null).toBe(want.cost)
            expect(attributes[ATTR.unpricedReason]).toBe(want.reason)
            if (want.cost === null) continue
            const judged = { ...want, at: expected.at, status: 200 }
            if (!want.buckets) {
              expect(theirMeterCost(judged)).toBe(want.cost)
              continue
            }
            const theirs = theirCost(judged) ?? Number.NaN
            expect(Math.abs(Number(want.cost) - theirs)).toBeLessThanOrEqual(1e-9 * theirs + 1e-12)
          }
        }),
      )

      it(
        'gives the same wherever the bytes are cut, in several frames, and compressed',
        at(async () => {
          const whole = await play(provider, fixture)
          const ways: Way[] = [
            { pieces: EVERY_BYTE },
            { cut: true },
            { compressed: 'kept' },
            { compressed: 'kept', cut: true, pieces: EVERY_BYTE },
            { compressed: 'forgotten' },
          ]
          for (const way of ways) expect(await play(provider, fixture, way)).toEqual(whole)
          await fc.assert(
            fc.asyncProperty(
              fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
              async (cuts) => {
                const pieces = (bytes: Buffer) => {
                  const places = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length]
                  places.sort((a, b) => a - b)
                  return places.slice(1).map((to, index) => bytes.subarray(places[index], to))
                }
                expect(await play(provider, fixture, { pieces })).toEqual(whole)
              },
            ),
            { numRuns: 15 },
          )
        }),
      )
    })
  }
}
