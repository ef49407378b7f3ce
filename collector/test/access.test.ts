/** Who reaches a collector: starts that are refused, tokens and their file, TLS, pages of other sites. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { Hono } from 'hono'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AccessControl } from '../src/access/access-control.ts'
import { LiveAccess } from '../src/access/live-access.ts'
import { createToken, tokenId } from '../src/access/token.ts'
import { runCommand } from '../src/cli/command.ts'
import { startCollector } from '../src/collector.ts'
import { readConfig } from '../src/config/read.ts'
import { createMetrics } from '../src/metrics.ts'
import { SpanMemory } from '../src/receive/span-memory.ts'
import { createCollectorServer } from '../src/server.ts'
import { selfSigned } from './certificate.ts'

const NOW = Date.parse('2026-03-11T00:00:00Z')
const DAY = 86_400_000
const log = pino({ level: 'silent' })
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-access-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const config = (file: object, env: Record<string, string> = {}) =>
  readConfig({ SPANMETER_DATA_DIR: directory, SPANMETER_PORT: '0', ...env }, JSON.stringify(file))

test('beyond loopback nothing starts without a token, unless somebody says so', async () => {
  const start = (env: Record<string, string>) => startCollector({ config: config({}, env), log })
  const refusal = /auth\.tokens: there is no token, and .*spanmeter token create --role admin/
  await expect(start({ SPANMETER_HOST: '0.0.0.0' })).rejects.toThrow(refusal)
  await expect(start({ SPANMETER_AUTH: 'tokens' })).rejects.toThrow(refusal)
  const open = { now: () => NOW, refused: undefined, log }
  for (const env of [{}, { SPANMETER_HOST: '0.0.0.0', SPANMETER_AUTH: 'none' }]) {
    const access = await LiveAccess.open({ ...open, config: config({}, env) })
    expect(access.control.check(undefined, 'admin')).toEqual({ role: 'admin' })
    access.close()
  }
})

test('every fault of tokens, TLS and origins is told', () => {
  const token = { id: 'abcdefghijkl', role: 'admin', tenant: 'acme', hash: 'spm_secret' }
  const { kept } = createToken({ role: 'read' }, NOW)
  const faults = () =>
    config({
      auth: { mode: 'some', tokens: [token, kept, kept, { ...kept, tenant: '', id: 'short' }] },
      tls: { certFile: 'a' },
      cors: { origins: ['https://a.example/path', '*'] },
    })
  for (const fault of [
    'auth.mode: ',
    'auth.tokens.0.hash: is no hash: sha256: and 64 hex digits; never the token itself',
    'auth.tokens.3.id: ',
    'auth.tokens.3.tenant: is empty, which does not mean "all"',
    'tls: certFile and keyFile go together',
    'cors.origins.0: is no origin',
    'cors.origins.1: is no origin',
  ])
    expect(faults).toThrow(fault)
  expect(faults).not.toThrow('spm_secret')
  expect(() => config({ auth: { tokens: [kept, kept] } })).toThrow('auth.tokens.1.id: is there twice')
  expect(() => config({ auth: { tokens: [{ ...kept, role: 'admin', tenant: 'a' }] } })).toThrow(
    'auth.tokens.0.tenant: does not go with role admin',
  )
})

test('a token is let in by its hash, until it expires, and for what its role allows', () => {
  const { text, kept } = createToken({ role: 'read', tenant: 'acme', expiresAt: NOW + DAY }, NOW)
  expect(JSON.stringify(kept)).not.toContain(text.split('_')[2])
  let now = NOW
  const control = new AccessControl({ required: true, tokens: [kept] }, () => now)
  const check = (header: string | undefined, role: 'read' | 'ingest' | 'admin' = 'read') => {
    const found = control.check(header, role)
    return 'status' in found ? found.status : found.tenant
  }
  expect(tokenId(text)).toBe(kept.id)
  expect(check(`Bearer ${text}`)).toBe('acme')
  expect(check(`bearer  ${text}`)).toBe('acme')
  expect(check(`Basic ${Buffer.from(`me:${text}`).toString('base64')}`)).toBe('acme')
  expect([check(`Bearer ${text}`, 'ingest'), check(`Bearer ${text}`, 'admin')]).toEqual([403, 403])
  const other = createToken({ role: 'admin' }, NOW).text
  for (const wrong of [
    undefined,
    '',
    'Bearer',
    text,
    `Bearer ${text}x`,
    `Bearer ${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`,
    `Bearer ${other}`,
    'Basic !!!',
    'Bearer spm_',
  ])
    expect([wrong, check(wrong)]).toEqual([wrong, 401])
  now = NOW + DAY
  expect(check(`Bearer ${text}`)).toBe(401)
  control.update({ required: false, tokens: [] })
  // who sends a token of ours is checked where nobody has to, and other tools' credentials are not looked at
  expect([check(`Bearer ${text}`), check('Basic cGstbGY6c2stbGY='), check(undefined, 'admin')]).toEqual([
    401,
    undefined,
    undefined,
  ])
})

async function token(...argv: string[]): Promise<{ code: number | undefined; out: string; err: string }> {
  const said = { out: '', err: '' }
  const sink = (name: 'out' | 'err') =>
    new Writable({
      write(chunk, _encoding, done) {
        said[name] += chunk
        done()
      },
    })
  const code = await runCommand(['token', ...argv], {
    ...{ stdout: sink('out'), stderr: sink('err'), stdoutIsTerminal: false, stderrIsTerminal: false },
    ...{ env: {}, now: () => NOW, config: () => config({}) },
  })
  return { code, ...said }
}

test('the command makes, lists, replaces and revokes; a collector takes what is in the file', async () => {
  const file = join(directory, 'tokens.json')
  const made = await token(
    'create',
    '--role',
    'ingest',
    '--tenant',
    'acme',
    '--name',
    'shop',
    '--expires',
    '90d',
  )
  expect([made.code, made.out]).toEqual([0, expect.stringMatching(/^spm_[a-z0-9]{12}_[A-Za-z0-9]{43}\n$/)])
  const text = made.out.trim()
  expect(made.err).not.toContain(text)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readFile(file, 'utf8')).not.toContain(text.split('_')[2])

  const id = tokenId(text) as string
  const rotated = await token('rotate', id, '--grace', '1h')
  const next = rotated.out.trim()
  const listed = (await token('list')).out.split('\n')
  expect(listed[1]).toMatch(new RegExp(`^${id} +ingest +acme +2026-03-11T01:00:00.000Z +file +shop$`))
  expect(listed[2]).toMatch(new RegExp(`^${tokenId(next)} +ingest +acme +never +file +shop$`))
  expect((await token('list', '--json')).out).not.toContain('sha256')

  const access = await LiveAccess.open({
    config: config({}, { SPANMETER_AUTH: 'tokens' }),
    now: () => NOW,
    refused: undefined,
    log,
  })
  const check = (bearer: string) => 'tenant' in access.control.check(`Bearer ${bearer}`, 'ingest')
  expect([check(text), check(next)]).toEqual([true, true])
  expect((await token('revoke', id)).code).toBe(0)
  await access.reload(config({}, { SPANMETER_AUTH: 'tokens' }))
  expect([check(text), check(next)]).toEqual([false, true])
  await writeFile(file, '[{"id":1}]')
  await expect(access.reload(config({}))).rejects.toThrow('auth.tokensFile: cannot use the tokens file')
  expect(check(next)).toBe(true)
  access.close()
  expect(await token('list')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^cannot use the tokens file .*0\.id: /),
  })
  await rm(file)
})

test('what the command is asked wrongly it says', async () => {
  const check = async (argv: string[], err: RegExp) =>
    expect(await token(...argv)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(err) })
  await check(['create'], /^cannot use token: --role must be one of ingest, read, admin; /)
  await check(['create', '--role', 'admin', '--tenant', 'a'], /role admin is over every tenant/)
  await check(['create', '--role', 'read', '--tenant', ''], /--tenant is empty/)
  await check(['create', '--role', 'read', '--expires', 'soon'], /--expires soon is no time/)
  await check(['create', '--role', 'read', '--expires', '2020-01-01'], /is in the past/)
  await check(['frobnicate'], /frobnicate is not what it does/)
  await check(['list', '--all'], /Unknown option '--all'/)
  expect(await token('revoke', 'abcdefghijkl')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^cannot find token abcdefghijkl/),
  })
  const printed = await token('create', '--role', 'read', '--print')
  expect(printed.err).toMatch(/- id: \w{12}\n {2}role: "read"\n {2}hash: "sha256:[0-9a-f]{64}"/)
})

test('TLS from files, which are read again without a stop; pages of other sites only by configuration', async () => {
  const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
  const put = async (name: string) => {
    const { cert, key } = selfSigned(name)
    await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key)])
  }
  await put('first')
  const settings = () => config({ tls: { certFile, keyFile }, cors: { origins: ['https://app.example'] } })
  const access = await LiveAccess.open({ config: settings(), now: () => NOW, refused: undefined, log })
  const { registry } = createMetrics(
    () => undefined,
    new SpanMemory({ maxSpans: 1, windowMs: 1 }),
    () => 0,
  )
  const app = new Hono().get('/api/v1/x', (c) => c.text('x'))
  const rest = {
    ...{ traces: async () => {}, usage: async () => {}, notReady: async () => [], report: () => {} },
    missing: () => undefined,
  }
  const server = createCollectorServer({ loopbackOnly: true, access, app, registry, ...rest })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const ask = (headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number | undefined; name: unknown; headers: IncomingMessage['headers'] }>(
      (resolve, reject) => {
        const options = {
          host: '127.0.0.1',
          port,
          path: '/api/v1/x',
          method,
          headers,
          agent: false,
          rejectUnauthorized: false,
        }
        request(options, (response) => {
          const name = (response.socket as TLSSocket).getPeerCertificate().subject.CN
          response
            .resume()
            .on('end', () => resolve({ status: response.statusCode, name, headers: response.headers }))
        })
          .on('error', reject)
          .end()
      },
    )
  expect(await ask()).toMatchObject({ status: 200, name: 'first' })
  await put('second')
  await access.reload(settings())
  if ('setSecureContext' in server && access.tls) server.setSecureContext(access.tls)
  expect(await ask()).toMatchObject({ status: 200, name: 'second' })
  await rm(keyFile)
  await expect(access.reload(settings())).rejects.toThrow(/tls\.keyFile: ENOENT/)
  await expect(access.reload(config({}))).rejects.toThrow('tls: cannot be switched on or off')

  const cross = { origin: 'https://app.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }
  expect(await ask(cross)).toMatchObject({
    status: 200,
    headers: { 'access-control-allow-origin': 'https://app.example' },
  })
  const preflight = await ask({ ...cross, 'access-control-request-method': 'POST' }, 'OPTIONS')
  expect(preflight).toMatchObject({
    status: 204,
    headers: { 'access-control-allow-headers': expect.stringContaining('authorization') },
  })
  expect(preflight.headers['access-control-allow-credentials']).toBeUndefined()
  const stranger = await ask({ ...cross, origin: 'https://evil.example' })
  expect([stranger.status, stranger.headers['access-control-allow-origin']]).toEqual([403, undefined])
  server.close()
  server.closeAllConnections()
  access.close()
})
