/** The command as a person meets it when something is wrong: one sentence and an exit code. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runToEnd, start } from './process.ts'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-command-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

test('help and version go to standard output', async () => {
  const help = await runToEnd({}, ['--help'])
  expect([help.code, help.err]).toEqual([0, ''])
  expect(help.out).toContain('SPANMETER_PORT')
  expect(await runToEnd({}, ['--version'])).toEqual({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    err: '',
  })
})

test('an argument that is not known is refused', async () => {
  const { code, err } = await runToEnd({}, ['--prot=1'])
  expect([code, err]).toEqual([
    2,
    'cannot understand argument --prot=1: it is not known; try spanmeter --help\n',
  ])
})

test('a bad configuration lists every fault with its path', async () => {
  const file = join(directory, 'bad.yaml')
  await writeFile(file, 'spool:\n  maxRows: many\nspeed: fast\n')
  const { code, err } = await runToEnd({
    SPANMETER_PORT: '70000',
    CLICKHOUSE_URL: 'ftp://x',
    SPANMETER_CONFIG: file,
  })
  expect(code).toBe(2)
  for (const path of [
    'SPANMETER_PORT: ',
    'CLICKHOUSE_URL: is no http or https URL',
    'spool.maxRows: ',
    '"speed"',
  ]) {
    expect(err).toContain(path)
  }
})

test('a port that is taken, an address that is not ours and a directory that cannot be written are one sentence', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const port = String((holder.address() as AddressInfo).port)
  const dataDir = join(directory, 'data')
  const taken = await runToEnd({ SPANMETER_PORT: port, SPANMETER_DATA_DIR: dataDir })
  holder.close()
  expect([taken.code, taken.err]).toEqual([
    1,
    `cannot listen on 127.0.0.1:${port}: the port is in use; stop the other process or set SPANMETER_PORT\n`,
  ])
  const foreign = await runToEnd({ SPANMETER_HOST: '192.0.2.1', SPANMETER_DATA_DIR: dataDir })
  expect([foreign.code, foreign.err]).toEqual([
    1,
    expect.stringMatching(/^cannot listen on 192\.0\.2\.1:0: .*\n$/),
  ])
  await writeFile(join(directory, 'file'), '')
  const unwritable = await runToEnd({ SPANMETER_DATA_DIR: join(directory, 'file', 'data') })
  expect([unwritable.code, unwritable.err]).toEqual([
    1,
    expect.stringMatching(/^cannot write to data directory .*ENOTDIR.*\n$/),
  ])
})

test('a second collector on the same directory is told who holds it', async () => {
  const env = { SPANMETER_DATA_DIR: join(directory, 'held') }
  const running = await start(env)
  const second = await runToEnd(env)
  expect([second.code, second.err]).toEqual([
    1,
    expect.stringMatching(
      new RegExp(`^cannot open data directory .*: process ${running.child.pid} holds it; .*\\n$`),
    ),
  ])
  expect(await running.end('SIGINT')).toBe(0)
})
