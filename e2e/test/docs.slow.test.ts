/** The code of the pages for users, as a user would use it: all of it compiles, and what can run does what it says. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startTestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UsageEvent } from '../../collector/src/api/event-schema.ts'
import { receiveOtlp } from '../../middleware/test/frameworks/otlp-receiver.ts'
import { readEvents } from '../api.ts'
import { PLAYS, type Play } from '../docs/plays.ts'
import { readSnippets, type Snippet } from '../docs/snippets.ts'
import { until } from '../drive.ts'
import { type Platform, startPlatform } from '../platform.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NODE = ['--conditions=@spanmeter/source', '--import', 'tsx']
const run = promisify(execFile)

const snippets = readSnippets()
const scripts = snippets.filter(({ language }) => language === 'sh')
const programs = snippets.filter(({ language }) => language === 'ts')
const begun = new Date()

let platform: Platform
let receiver: Awaited<ReturnType<typeof receiveOtlp>>
let paidApi: Server
let folder: string

beforeAll(async () => {
  mkdirSync(join(ROOT, 'e2e/node_modules'), { recursive: true })
  folder = mkdtempSync(join(ROOT, 'e2e/node_modules/.docs-'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  for (const [index, snippet] of programs.entries()) {
    writeFileSync(join(folder, `s${index}.ts`), `${programOf(snippet)}\nexport {}\n`)
  }
  paidApi = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end('{"usage":{"credits":3}}')
  })
  await new Promise<void>((resolve) => paidApi.listen(0, '127.0.0.1', resolve))
  receiver = await receiveOtlp()
  platform = await startPlatform()
}, 120_000)
afterAll(async () => {
  await platform?.close()
  await receiver?.close()
  paidApi?.close()
  rmSync(folder, { recursive: true, force: true })
})

const TSCONFIG = {
  extends: join(ROOT, 'tsconfig.base.json'),
  compilerOptions: {
    noEmit: true,
    composite: false,
    isolatedDeclarations: false,
    declaration: false,
    // A worker's handler is typed by the platform that it runs on.
    noImplicitAny: false,
    experimentalDecorators: true,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: false,
  },
  include: ['*.ts'],
}

function programOf({ name, code }: Snippet): string {
  const { before = '', after = '', replace = [] }: Play = PLAYS[name] ?? {}
  return before + replace.reduce((text, [from, to]) => text.replace(from, to), code) + after
}

/** With the addresses of this test. */
async function placed(text: string, collector: string): Promise<string> {
  const provider = new URL(platform.provider.openaiUrl).host
  const { port } = paidApi.address() as AddressInfo
  return text
    .replaceAll('http://127.0.0.1:4318', collector)
    .replaceAll('PAID_API', `127.0.0.1:${port}`)
    .replaceAll(/\b3000\b/g, String(await freePort()))
    .replaceAll(/service: '([\w-]+)',/g, `service: '$1', hosts: { '${provider}': 'openai' },`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function play(index: number, { env = {} }: Play, collector: string): Promise<void> {
  const file = join(folder, `run${index}.ts`)
  writeFileSync(file, await placed(programOf(programs[index] as Snippet), collector))
  await run(process.execPath, [...NODE, file], {
    cwd: folder,
    env: await environment(env, collector),
    timeout: 60_000,
  })
}

async function environment(env: Readonly<Record<string, string>>, collector: string) {
  const own = await Promise.all(
    Object.entries(env).map(async ([name, value]) => [name, await placed(value, collector)]),
  )
  const { PATH = '' } = process.env
  return {
    PATH,
    OPENAI_BASE_URL: platform.provider.openaiUrl,
    OPENAI_API_KEY: 'sk-local',
    ...Object.fromEntries(own),
  }
}

it('knows every piece of code', () => {
  expect(programs.map(({ name }) => name).sort()).toEqual(Object.keys(PLAYS).sort())
  expect([...new Set(snippets.map(({ language }) => language))].sort()).toEqual(['', 'sh', 'sql', 'ts'])
})

it('compiles', { timeout: 120_000 }, async () => {
  writeFileSync(
    join(folder, 'wrong.ts'),
    "import { install } from '@spanmeter/middleware'\ninstall({ service: 1 })\n",
  )
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const compiled = run(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: folder })
  const faults = await compiled.then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  )
  expect(faults.split('\n').filter((line) => line !== '' && !line.startsWith('wrong.ts('))).toEqual([])
  expect(faults).toContain('wrong.ts(')
})

describe('runs', () => {
  for (const [index, { name }] of programs.entries()) {
    const how = PLAYS[name] ?? {}
    it(name, { timeout: 90_000 }, async () => {
      if (how.spans) {
        receiver.spans.length = 0
        await play(index, how, receiver.url)
        for (const [span, tenant] of how.spans) {
          expect(
            receiver.spans.map((one) => [one.name, one.attributes['spanmeter.tenant.id']]),
          ).toContainEqual([span, tenant])
        }
        return
      }
      const { length } = await readEvents(platform.collectorUrl, begun)
      await play(index, how, platform.collectorUrl)
      const calls = how.calls ?? []
      await until(
        async () => (await readEvents(platform.collectorUrl, begun)).length >= length + calls.length,
      )
      const events = (await readEvents(platform.collectorUrl, begun)).slice(0, calls.length)
      for (const [at, [tenant, cost]] of [...calls].sort().entries()) {
        const stored = [...events].sort(byTenantAndCost)[at]
        expect(stored?.tenant_id ?? '').toBe(tenant)
        if (cost === 'any') expect(Number(stored?.cost)).toBeGreaterThan(0)
        else expect(Number(stored?.cost)).toBe(Number(cost))
      }
    })
  }
})

function byTenantAndCost(a: UsageEvent, b: UsageEvent): number {
  const key = ({ tenant_id, cost }: UsageEvent) => `${tenant_id ?? ''},${Number(cost)}`
  return key(a) < key(b) ? -1 : 1
}

describe('commands', () => {
  it('are those of the packages', () => {
    const asked = scripts.flatMap(({ code }) => [...code.matchAll(/npm run ([\w:-]+)(?: -w (\w+))?/g)])
    expect(asked.length).toBeGreaterThan(5)
    for (const [, script = '', workspace = '.'] of asked) {
      const manifest = JSON.parse(readFileSync(join(ROOT, workspace, 'package.json'), 'utf8'))
      expect(manifest.scripts, `${script} of ${workspace}`).toHaveProperty([script])
    }
  })

  it('ask for addresses that answer', async () => {
    const asked = scripts.flatMap(({ code }) => [
      ...code.matchAll(/curl[^\n]*?'?(http:\/\/127\.0\.0\.1:4318[^'\s]*)/g),
    ])
    expect(asked).toHaveLength(2)
    for (const [, url = ''] of asked) {
      const answer = await fetch(url.replace('http://127.0.0.1:4318', platform.collectorUrl))
      expect(answer.status, url).toBe(200)
      expect(await answer.json()).toBeTypeOf('object')
    }
  })

  it('start a service without a change to its code', { timeout: 90_000 }, async () => {
    const script = scripts.find(({ name }) => name === 'frameworks: Without a code change')?.code ?? ''
    const host = new URL(platform.provider.openaiUrl).host
    writeFileSync(
      join(folder, 'app.js'),
      "import OpenAI from 'openai'\nawait new OpenAI().responses.create({ model: 'gpt-5-mini', input: 'Hi.' })\n",
    )
    const { length } = await readEvents(platform.collectorUrl, begun)
    const command = (await placed(script, platform.collectorUrl)).replace(
      'node ',
      `"${process.execPath}" ${NODE.join(' ')} `,
    )
    const env = await environment({ SPANMETER_HOSTS: `${host}=openai` }, platform.collectorUrl)
    await run('sh', ['-c', command], { cwd: folder, env, timeout: 60_000 })
    await until(async () => (await readEvents(platform.collectorUrl, begun)).length > length)
  })
})

it('asks ClickHouse what it says it asks', { timeout: 60_000 }, async () => {
  const store = await startTestClickhouse()
  try {
    for (const { code } of snippets.filter(({ language }) => language === 'sql')) {
      const result = await store.reader.query({ query: code, format: 'JSONEachRow' })
      expect(await result.json()).toEqual([])
    }
  } finally {
    await store.close()
  }
})
