/** The embedded engine as a process: who may use it, who holds it, and that it never stays behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { EngineHeld, EngineUnavailable } from './errors.ts'
import { unsupported } from './library.ts'
import { isAlive } from './record.ts'
import { attachEmbedded, type EmbeddedClickhouse, startEmbedded } from './start.ts'

const INDEX = fileURLToPath(new URL('../index.ts', import.meta.url))

let dataDir: string
let engine: EmbeddedClickhouse

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-engine-'))
  engine = await startEmbedded({ dataDir })
  await engine.client.command({ query: 'CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a' })
  await engine.client.insert({ table: 't', values: [{ a: 1 }], format: 'JSONEachRow' })
})
afterAll(async () => {
  await engine.close()
  expect(isAlive(engine.pid)).toBe(false)
  await rm(dataDir, { recursive: true, force: true })
})

async function ask(query: string, user?: string, password = ''): Promise<string> {
  const headers = user === undefined ? {} : { 'x-clickhouse-user': user, 'x-clickhouse-key': password }
  return (await fetch(engine.url, { method: 'POST', body: query, headers })).text()
}

test('without a password nothing of anybody can be read or changed', async () => {
  for (const query of [
    'SELECT * FROM spanmeter.t',
    'DROP TABLE spanmeter.t',
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    'INSERT INTO spanmeter.t VALUES (2)',
    'SYSTEM SHUTDOWN',
  ]) {
    expect([query, await ask(query)]).toEqual([query, expect.stringContaining('ACCESS_DENIED')])
  }
  expect(await ask('SELECT 1', 'app', 'wrong')).toContain('AUTHENTICATION_FAILED')
})

test('the reader reads and can do nothing else', async () => {
  const { readerPassword } = engine
  expect(await ask('SELECT a FROM spanmeter.t', 'reader', readerPassword)).toBe('1\n')
  expect(await ask('INSERT INTO spanmeter.t VALUES (2)', 'reader', readerPassword)).toMatch(
    /ACCESS_DENIED|READONLY/,
  )
  expect(
    await ask("SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')", 'reader', readerPassword),
  ).toMatch(/ACCESS_DENIED|READONLY/)
})

test('passwords are for the owner of the directory alone', async () => {
  expect((await stat(join(dataDir, 'engine.json'))).mode & 0o777).toBe(0o600)
})

test('a held directory is refused with the holder, and can be attached to', async () => {
  await expect(startEmbedded({ dataDir })).rejects.toThrow(EngineHeld)
  await expect(startEmbedded({ dataDir })).rejects.toThrow(`process ${process.pid} holds it`)
  const attached = await attachEmbedded({ dataDir })
  const rows = await attached.reader.query({ query: 'SELECT a FROM t', format: 'JSONEachRow' })
  expect(await rows.json()).toEqual([{ a: 1 }])
  await attached.close()
  expect(isAlive(engine.pid)).toBe(true)
})

test('an engine ends with the process that started it, even when that is killed, and its directory is free again', async () => {
  const other = await mkdtemp(join(tmpdir(), 'spanmeter-orphan-'))
  const script = `import { startEmbedded } from ${JSON.stringify(INDEX)}
    const engine = await startEmbedded({ dataDir: ${JSON.stringify(other)} })
    console.log(engine.pid); setInterval(() => {}, 1000)`
  const file = join(other, 'owner.mts')
  await writeFile(file, script)
  const owner = spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(owner.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  await expect(startEmbedded({ dataDir: other })).rejects.toThrow(`process ${owner.pid} holds it`)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  const next = await startEmbedded({ dataDir: other })
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 })
  await next.close()
  await rm(other, { recursive: true, force: true })
})

test('an engine that cannot start says why in one sentence', async () => {
  const other = await mkdtemp(join(tmpdir(), 'spanmeter-broken-'))
  await writeFile(join(other, 'clickhouse'), 'a file where the store should be')
  const error = await startEmbedded({ dataDir: other }).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(EngineUnavailable)
  expect((error as Error).message).toMatch(
    /^cannot start the embedded ClickHouse: the engine ended .*saying: \S/,
  )
  await rm(other, { recursive: true, force: true })
})

test('a directory that cannot be written is one sentence', async () => {
  const other = await mkdtemp(join(tmpdir(), 'spanmeter-plain-'))
  await writeFile(join(other, 'file'), '')
  await expect(startEmbedded({ dataDir: join(other, 'file', 'data') })).rejects.toThrow(
    /^cannot write to data directory .*: ENOTDIR; make it writable or set SPANMETER_DATA_DIR/,
  )
  await rm(other, { recursive: true, force: true })
})

test('platforms without an engine are named', () => {
  const check = (platform: string, arch: string, glibc: string | undefined, want: RegExp | undefined) => {
    const reason = unsupported({ platform, arch, glibc })
    if (want === undefined) expect(reason).toBeUndefined()
    else expect(reason).toMatch(want)
  }
  check('linux', 'x64', '2.36', undefined)
  check('linux', 'arm64', '2.36', undefined)
  check('darwin', 'arm64', undefined, undefined)
  check('linux', 'x64', undefined, /musl/)
  check('win32', 'x64', undefined, /win32-x64/)
  check('linux', 'ppc64', '2.36', /linux-ppc64/)
})
