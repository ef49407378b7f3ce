/** The command line against a real HTTP server on loopback: tables, JSON, files, and what goes wrong. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApi } from '../src/api/app.ts'
import { runCommand } from '../src/cli/command.ts'
import { readConfig } from '../src/config/read.ts'
import { call, replaceRows } from './span-rows.ts'

const NOW = Date.parse('2026-03-11T15:30:00Z')
const RULES = [
  { name: 'month', kind: 'spend', usd: 1000, thresholds: [100, 200] },
  { name: 'slow', kind: 'latency', seconds: 5 },
]
let engine: TestClickhouse
let server: Server
let url: string
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-cli-'))
  engine = await startTestClickhouse()
  const api = createApi({ reader: engine.reader, now: () => new Date(NOW) })
  server = createServer(getRequestListener(api.fetch))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await replaceRows(engine.client, [
    call('2026-03-11T10:00:00Z', { cost: '1234.5', model: 'gpt-4o' }),
    call('2026-03-11T11:00:00Z', { cost: '0.000021' }),
    call('2026-03-11T12:00:00Z', { cost: null, unpriced_reason: 'unknown_model', model: 'evil\u001b[2J' }),
    call('2026-03-01T12:00:00Z', { cost: '5' }),
  ])
})
afterAll(async () => {
  server?.closeAllConnections()
  server?.close()
  await engine?.close()
  await rm(directory, { recursive: true, force: true })
})

async function run(argv: string[], terminal = false) {
  const [out, err] = [[] as Buffer[], [] as Buffer[]]
  const sink = (chunks: Buffer[]): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        chunks.push(Buffer.from(chunk))
        done()
      },
    })
  const code = await runCommand(argv, {
    config: () => readConfig({}, JSON.stringify({ alerts: { rules: RULES } })),
    ...{ stdout: sink(out), stderr: sink(err), stdoutIsTerminal: terminal, stderrIsTerminal: terminal },
    ...{ env: { SPANMETER_URL: url }, now: () => NOW },
  })
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }
}

test('usage is a table, largest first, in which nothing that costs looks free', async () => {
  const { code, out, err } = await run(['usage', '--by', 'model', '--since', '1d'])
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(
    /^model +calls +tokens in +tokens out +cost +share\nopenai\/gpt-4o +1 +100 +10 +\$1,234\.50 +100\.0 %\n/,
  )
  expect(out).toMatch(/openai\/evil\?\[2J +1 +100 +10 +unknown +0\.0 %\n/)
  expect(out).toMatch(/openai\/gpt-4o-mini +1 +100 +10 +\$0\.000021 +0\.0 %\n/)
  expect(out).toContain('openai/evil?[2J')
  expect(out).toMatch(/\n-+\ntotal +3 +300 +30 +\$1,234\.50\n/)
  expect(out).toContain('calls without a known cost, in no sum: 1')
  expect(out).not.toContain('\u001b')
})

test('usage --json is the answer of the API', async () => {
  const { out } = await run([
    'usage',
    '--by',
    'provider',
    '--period',
    'month',
    '--json',
    '--filter',
    'model=gpt-4o',
  ])
  const response = await fetch(`${url}/api/v1/usage/breakdown?by=provider&period=month&model=gpt-4o&limit=20`)
  expect(JSON.parse(out)).toEqual(await response.json())
})

test('export writes a whole file and says what it holds', async () => {
  const file = join(directory, 'march.jsonl')
  const { code, err } = await run(['export', '--format', 'jsonl', '--since', '2026-03-01', '--out', file])
  expect([code, err]).toEqual([0, expect.stringMatching(/march\.jsonl: 4 calls, [\d,]+ bytes\n$/)])
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).model)).toEqual([
    'gpt-4o-mini',
    'gpt-4o',
    'gpt-4o-mini',
    'evil\u001b[2J',
  ])
  expect(await readdir(directory)).toEqual(['march.jsonl'])
  const piped = await run(['export', '--since', '1d'], true)
  expect(piped.out.split('\n').length).toBe(5)
  expect(piped.err).toMatch(/\[[#.]{24}\] \d+ % {2}0\.0 MB/)
})

test('an export to a pipe that has a name goes through it and leaves it in place', async () => {
  const pipe = join(directory, 'pipe')
  execFileSync('mkfifo', [pipe])
  const [text, { code }] = await Promise.all([
    readFile(pipe, 'utf8'),
    run(['export', '--format', 'jsonl', '--since', '2026-03-01', '--out', pipe]),
  ])
  expect([code, text.trimEnd().split('\n').length, (await stat(pipe)).isFIFO()]).toEqual([0, 4, true])
  await rm(pipe)
})

test('an export that breaks leaves no file', async () => {
  const broken = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('a,b\n')
    setImmediate(() => response.destroy())
  })
  await new Promise<void>((done) => broken.listen(0, '127.0.0.1', done))
  const address = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`
  const file = join(directory, 'broken.csv')
  const { code, err } = await run(['export', '--url', address, '--out', file])
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/^cannot export to .*broken\.csv: .*nothing was kept/),
  ])
  expect(await readdir(directory)).not.toContain('broken.csv')
  expect(await readdir(directory)).not.toContain('broken.csv.partial')
  broken.close()
})

test.each([
  [['usage', '--nope'], 2, "cannot usage: Unknown option '--nope'"],
  [
    ['usage', '--since', 'yesterday'],
    2,
    'cannot usage: --since yesterday is no time; write a length such as 7d',
  ],
  [['usage', '--since', '2026-13-01'], 2, '--since: "2026-13-01" is no ISO date'],
  [
    ['usage', '--timezone', 'Mars'],
    2,
    '--timezone: "Mars" is no IANA time zone; write one such as Europe/Berlin\n',
  ],
  [['usage', '--by', 'colour'], 2, 'cannot answer /api/v1/usage/breakdown: --by: '],
  [['export', '--since', '1d', '--until', '2d'], 2, '--until: must be after --since'],
  [['export', '--out', '/none-such/usage.csv'], 1, 'nothing was kept: there is no such directory'],
  [['export', '--out', '/'], 1, 'it is a directory'],
  [['usage', '--since', '7d', '--period', 'month'], 2, '--period does not go with --since'],
  [['usage', '--filter', 'openai'], 2, 'is no name=value'],
  [['usage', '--filter', 'tenant=acme'], 2, 'tenant: is not a parameter here'],
  [['usage', '--url', 'ftp://x'], 2, 'it is no http address'],
  [['usage', '--url', 'http://127.0.0.1:1'], 1, 'start one with "spanmeter", or say where it is with --url'],
])('%j says what is wrong', async (argv, code, message) => {
  const result = await run(argv)
  expect([result.code, result.out]).toEqual([code, ''])
  expect(result.err).toContain(message)
})

test('help is on standard output; other words are no commands', async () => {
  for (const name of ['usage', 'export']) {
    const { code, out, err } = await run([name, '--help'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(new RegExp(`^spanmeter ${name}: .*\\n\\nusage: spanmeter ${name}`))
  }
  expect((await run(['serve'])).code).toBe(undefined)
  expect((await run([])).code).toBe(undefined)
})

test('alerts test tells when the rules of the configuration would have fired', async () => {
  const { code, out, err } = await run(['alerts', 'test', '--since', '20m'])
  expect([code, err]).toEqual([0, ''])
  expect(out.split('\n')).toEqual([
    'month (spend): 1 alert in 20m, looked at 20 times, every 60 s',
    '  2026-03-11 15:10 to now               warning   firing    Spend of this month has reached 100%: $1239.50 (123.95%) against 100% of $1000.00',
    'slow (latency): nothing in 20m, looked at 20 times, every 60 s',
    '',
  ])
  const one = await run(['alerts', 'test', '--since', '5m', '--rule', 'slow', '--json'])
  expect(JSON.parse(one.out)).toMatchObject([{ rule: 'slow', alerts: [], evaluations: 5 }])
  expect(await run(['alerts', 'test', '--rule', 'none'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('the configuration has no rule none'),
  })
  expect((await run(['alerts', 'test', '--since', 'x'])).code).toBe(2)
  expect((await run(['alerts'])).out).toBe('no alerts\n')
  expect((await run(['alerts', 'what'])).code).toBe(2)
})
