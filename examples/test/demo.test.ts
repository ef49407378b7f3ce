/** The demo's pure parts; that it really runs and stops is shown by the end-to-end tests. */
import { describe, expect, it } from 'vitest'
import { createCallers } from '../demo/callers.ts'
import { lastWords } from '../demo/child.ts'
import { readOptions } from '../demo/options.ts'
import { formatTotals } from '../demo/totals.ts'
import { findModel } from '../provider/models.ts'
import { seededRandom } from '../provider/random.ts'
import { readScenario } from '../provider/scenario.ts'

describe('the command line', () => {
  it('has defaults for everything', () => {
    expect(readOptions([])).toEqual({
      help: false,
      port: 4318,
      rate: 3,
      duration: undefined,
      dataDir: '.spanmeter/demo',
    })
  })

  const check = (args: string[], want: object) =>
    it(`reads ${args.join(' ')}`, () => expect(readOptions(args)).toMatchObject(want))
  check(['--port', '0', '--rate', '0.5'], { port: 0, rate: 0.5 })
  check(['--for', '20s'], { duration: 20_000 })
  check(['--for', '1.5m'], { duration: 90_000 })
  check(['--data-dir', 'x'], { dataDir: 'x' })
  check(['-h'], { help: true })

  const refuse = (args: string[], want: RegExp) =>
    it(`refuses ${args.join(' ')}`, () => expect(() => readOptions(args)).toThrow(want))
  refuse(['--port', '70000'], /--port 70000: want a whole number from 0 to 65535/)
  refuse(['--port', ''], /--port/)
  refuse(['--rate', '0'], /--rate 0/)
  refuse(['--for', '20'], /--for 20: want a duration/)
  refuse(['--for', '0s'], /--for 0s/)
  refuse(['--colour'], /--colour/)
  refuse(['serve'], /serve/)
})

describe('the totals line', () => {
  it('shows calls, tokens, spend and the rate since the line before', () => {
    const before = { calls: 100, tokens: 1, cost: '0', errors: 0, unpriced: 0 }
    const now = { calls: 1_106, tokens: 1_234_567, cost: '0.123456789012', errors: 2, unpriced: 3 }
    expect(formatTotals(now, before, 2)).toBe(
      '1,106 calls  ·  1,234,567 tokens  ·  $0.1235 spent  ·  503.0 calls/s  ·  2 errors  ·  3 unpriced',
    )
    expect(formatTotals(now, undefined, 0)).toContain('1,106 calls  ·  1,234,567 tokens')
  })
})

describe('the last words of a process', () => {
  it('are its last line for people, not a log record or a stack', () => {
    const lines = [
      'starting',
      'cannot listen on port 4318: it is taken',
      '    at Server.x (file.ts:1)',
      '{"level":50}',
      '',
    ]
    expect(lastWords(lines)).toBe('cannot listen on port 4318: it is taken')
    expect(lastWords(['{"level":30}'])).toBeUndefined()
    expect(
      lastWords(['x', 'TypeError [E]: no such option', '    at a', "  code: 'E'", '}', '', 'Node.js v20']),
    ).toBe('TypeError [E]: no such option')
  })
})

describe('the callers', () => {
  const requests = () => {
    const callers = createCallers(seededRandom('a day'))
    return Array.from({ length: 2_000 }, () => callers.next())
  }

  it('play the same day for the same seed', () => {
    expect(requests()).toEqual(requests())
  })

  it('ask for models that exist and play scenarios that the provider knows', () => {
    for (const { path, body } of requests()) {
      const kind = path === '/embed' ? 'embedding' : 'chat'
      const provider = path === '/assist' ? 'anthropic' : 'openai'
      if (typeof body.model === 'string')
        expect(findModel(provider, kind, body.model), body.model).toBeDefined()
      expect(() => readScenario(JSON.stringify(body))).not.toThrow()
    }
  })

  it('are a believable mix: tenants, conversations of several turns, streams, mishaps, people who leave', () => {
    const day = requests()
    const count = (claim: (request: (typeof day)[number]) => boolean) => day.filter(claim).length
    expect(new Set(day.map((request) => request.headers['x-tenant-id'])).size).toBe(4)
    expect(new Set(day.map((request) => request.headers['x-user-id'])).size).toBeGreaterThan(50)
    expect(new Set(day.map((request) => request.path)).size).toBe(5)
    expect(count((request) => request.body.stream === true)).toBeGreaterThan(800)
    expect(
      count((request) => Array.isArray(request.body.messages) && request.body.messages.length > 2),
    ).toBeGreaterThan(300)
    expect(count((request) => request.body.model === 'orchid-preview')).toBeGreaterThan(20)
    expect(count((request) => JSON.stringify(request.body).includes('[provider: error'))).toBeGreaterThan(10)
    expect(count((request) => request.leaveAfter !== undefined)).toBeGreaterThan(20)
  })
})
