/** `spanmeter doctor`: says of each thing whether it is well, and what to do where it is not. */
import { mkdir, mkdtemp, rm, statfs, utimes, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { startEmbedded } from '@spanmeter/clickhouse'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from '../src/cli/command.ts'
import { readConfig } from '../src/config/read.ts'
import type { Finding } from '../src/doctor/finding.ts'
import { checkNode, checkPrices } from '../src/doctor/machine.ts'
import { type Running, start } from './process.ts'

let directory: string
let running: Running | undefined
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-doctor-'))
})
afterEach(async () => {
  await running?.end('SIGKILL')
  running = undefined
  await rm(directory, { recursive: true, force: true, maxRetries: 20 })
})

async function run(
  env: Record<string, string>,
  { file, now = Date.now, argv = [] }: { file?: string; now?: () => number; argv?: string[] } = {},
): Promise<{ code: number | undefined; text: string }> {
  let text = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      done()
    },
  })
  const code = await runCommand(['doctor', ...argv], {
    ...{ stdout: sink, stderr: sink, stdoutIsTerminal: false, stderrIsTerminal: false },
    ...{ env: {}, now, config: () => readConfig({ SPANMETER_GRPC_PORT: 'none', ...env }, file) },
  })
  return { code, text }
}

/** What was found, by its check. */
async function examine(...args: Parameters<typeof run>): Promise<Record<string, Finding> & { code?: never }> {
  const { text } = await run(args[0], { ...args[1], argv: ['--json'] })
  const { findings } = JSON.parse(text) as { findings: Finding[] }
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]))
}
const levels = (found: Record<string, Finding>) =>
  Object.fromEntries(Object.entries(found).map(([check, { level }]) => [check, level]))
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return String(port)
}

test('a collector that runs, and the same one stopped', async () => {
  const env = {
    ...{ SPANMETER_DATA_DIR: join(directory, 'data'), SPANMETER_PORT: await freePort() },
    SPANMETER_GRPC_PORT: await freePort(),
  }
  running = await start(env)
  const found = await examine(env)
  expect(new Set(Object.values(levels(found)))).toEqual(new Set(['ok']))
  expect(Object.keys(found)).toEqual(
    expect.arrayContaining(['configuration', 'Node', 'prices', 'disk', 'spool', 'port', 'gRPC port']),
  )
  expect(found.collector?.found).toBe(`process ${running.child.pid} runs here`)
  expect(found.port?.found).toMatch(/is ready$/)
  expect(found.ClickHouse?.found).toMatch(/^embedded in .*, version 26\.7\./)
  expect(found.schema?.found).toMatch(/^up to date with \d{4}_/)
  expect(await running.end('SIGTERM')).toBe(0)

  const stopped = await examine(env)
  expect(new Set(Object.values(levels(stopped)))).toEqual(new Set(['ok']))
  expect(stopped.port?.found).toMatch(/is free$/)
  expect(stopped.collector?.found).toBe('none runs here')

  const { code, text } = await run(env)
  expect([code, text]).toEqual([0, expect.stringMatching(/^ok {4}configuration +can be used\n/)])
  expect(text).toMatch(/\n0 problems, 0 warnings, \d+ in order\n$/)
}, 120_000)

test('clocks, schema and retention that are not as they should be', async () => {
  const engine = await startEmbedded({ dataDir: join(directory, 'server') })
  try {
    const { port } = new URL(engine.url)
    const env = {
      SPANMETER_DATA_DIR: join(directory, 'data'),
      SPANMETER_PORT: '0',
      CLICKHOUSE_URL: `http://app:${engine.appPassword}@127.0.0.1:${port}/spanmeter`,
    }
    expect(levels(await examine(env))).toMatchObject({ ClickHouse: 'ok', schema: 'warning' })
    await runCommand(['migrate'], {
      ...{ stdout: new Writable({ write: (_c, _e, done) => done() }), stderr: process.stderr },
      ...{ stdoutIsTerminal: false, stderrIsTerminal: false, env: {}, now: Date.now },
      config: () => readConfig(env),
    })
    expect(levels(await examine(env))).toMatchObject({ schema: 'ok', retention: 'ok', clocks: 'ok' })
    const other = await examine(env, { file: 'retention: { spans: 30 }', now: () => Date.now() + 60_000 })
    expect(levels(other)).toMatchObject({ retention: 'warning', clocks: 'problem' })
    expect(other.retention?.found).toBe(
      'spans, rollup_arrival_hour, rollup_process_hour, rollup_process_day are kept for other times than the configuration says',
    )
    expect(other.clocks?.found).toMatch(/^the clock of ClickHouse is (60|59)\.?\d* s behind/)
    const wrong = await examine({ ...env, CLICKHOUSE_URL: `http://app:canary@127.0.0.1:${port}/spanmeter` })
    expect(wrong.ClickHouse).toMatchObject({
      level: 'problem',
      found: expect.stringMatching(/Authentication/),
    })
    expect(JSON.stringify(wrong)).not.toContain('canary')
  } finally {
    await engine.close()
  }
}, 120_000)

test('what is missing, taken, full or left over is named, and exit code 1 says so', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    const dataDir = join(directory, 'data')
    await mkdir(join(dataDir, 'spool'), { recursive: true })
    const left = join(dataDir, 'spool', '00000000000000000001.wal')
    await writeFile(left, Buffer.alloc(3000))
    const hourAgo = Date.now() / 1000 - 3600
    await utimes(left, hourAgo, hourAgo)
    await mkdir(join(dataDir, 'quarantine'))
    await writeFile(join(dataDir, 'quarantine', '00000000000000000002.wal'), 'x')
    const env = {
      SPANMETER_DATA_DIR: dataDir,
      SPANMETER_PORT: String((server.address() as AddressInfo).port),
      CLICKHOUSE_URL: 'http://127.0.0.1:9/spanmeter',
    }
    const { bavail, bsize } = await statfs(directory)
    const file = `spool: { maxBytes: ${bavail * bsize} }`
    const found = await examine(env, { file })
    expect(levels(found)).toMatchObject({
      ...{ disk: 'warning', spool: 'warning', quarantine: 'problem', port: 'problem', ClickHouse: 'problem' },
    })
    expect(found.spool?.found).toMatch(/^3\.0 KB in 1 batches wait, the oldest for 360\d s$/)
    expect(levels(await examine(env, { file: 'spool: { maxBytes: 2000 }' })).spool).toBe('problem')
    const { code, text } = await run(env)
    expect([code, text]).toEqual([1, expect.stringMatching(/FAIL {2}ClickHouse .*ECONNREFUSED/)])
    expect(text).toMatch(/\n +→ check CLICKHOUSE_URL/)
  } finally {
    server.close()
  }
})

test('a configuration that cannot be used is a problem with all its faults; bad arguments are none', async () => {
  const { code, text } = await run({ SPANMETER_PORT: 'x' }, { file: 'spool: { maxRows: 0 }' })
  expect([code, text.match(/^FAIL {2}configuration/gm)?.length]).toEqual([1, 2])
  expect((await run({}, { argv: ['--what'] })).code).toBe(2)
})

test('an old Node and old prices', () => {
  expect([checkNode('20.18.1').level, checkNode('20.19.0').level, checkNode('24.0.0').level]).toEqual([
    ...['problem', 'ok', 'ok'],
  ])
  const now = Date.parse('2030-01-01')
  expect(checkPrices(now)).toMatchObject({ level: 'warning', found: expect.stringMatching(/days ago$/) })
})
