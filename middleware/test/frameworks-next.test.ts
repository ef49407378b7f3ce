/**
 * Next.js itself, built and started, bundled with the package as it is published.
 * It installs Next.js from the registry, so it runs only where `SPANMETER_CHECK_NEXT=1` asks for it; takes a minute.
 */
import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { SpanKind } from '@opentelemetry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ATTR } from '../src/telemetry/attributes.ts'
import { buildPackage } from './frameworks/built-package.ts'
import { receiveOtlp } from './frameworks/otlp-receiver.ts'
import { type LocalServer, serve } from './local-provider.ts'

const COMPLETION = JSON.stringify({
  id: 'chatcmpl-1',
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
})

const FILES = {
  'instrumentation.ts': `
    export async function register() {
      if (process.env.NEXT_RUNTIME === 'nodejs') {
        const { registerSpanmeter } = await import('@spanmeter/middleware/nextjs')
        if (process.env.HOST_TELEMETRY) await import('./telemetry')
        registerSpanmeter({
          service: 'shop',
          ...(process.env.HOST_TELEMETRY ? {} : { endpoint: process.env.COLLECTOR }),
          hosts: { [new URL(process.env.PROVIDER ?? '').host]: 'openai' },
          tenant: (request) => request.headers.get('x-tenant-id') ?? undefined,
        })
      }
    }`,
  'telemetry.ts': `
    import { context, trace } from '@opentelemetry/api'
    import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
    import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
    import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
    const exporter = new OTLPTraceExporter({ url: process.env.COLLECTOR + '/v1/traces' })
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))`,
  'app/layout.tsx': `
    export default function Layout({ children }: { children: React.ReactNode }) {
      return <html><body>{children}</body></html>
    }`,
  'app/page.tsx': 'export default function Page() { return <p>home</p> }',
  'app/api/chats/[id]/route.ts': `
    import { redirect } from 'next/navigation'
    import { withSpanmeter } from '@spanmeter/middleware/nextjs'
    type Context = { params: Promise<{ id: string }> }
    export const POST = withSpanmeter(async (request: Request, { params }: Context) => {
      const { id } = await params
      if (id === 'away') redirect('/')
      if (id === 'broken') throw new Error('a mistake of the service')
      const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [] })
      const response = await fetch(process.env.PROVIDER + '/v1/chat/completions', { method: 'POST', body })
      const answer = (await response.json()).choices[0].message.content
      return Response.json({ id, answer, question: await request.text() })
    })`,
}

describe.runIf(process.env.SPANMETER_CHECK_NEXT === '1')('Next.js', () => {
  let folder: string
  let provider: LocalServer
  let receiver: Awaited<ReturnType<typeof receiveOtlp>>
  const next = () => join(folder, 'node_modules/next/dist/bin/next')
  const env = (more: object = {}) =>
    ({
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      PROVIDER: provider.url,
      COLLECTOR: receiver.url,
      ...more,
    }) as NodeJS.ProcessEnv

  beforeAll(async () => {
    provider = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(COMPLETION)
    })
    receiver = await receiveOtlp()
    folder = mkdtempSync(join(tmpdir(), 'spanmeter-next-'))
    const built = await buildPackage()
    const { devDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    // What the service has of OpenTelemetry is its own: the package brings nothing.
    const host = [
      '@opentelemetry/api',
      '@opentelemetry/context-async-hooks',
      '@opentelemetry/exporter-trace-otlp-proto',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace-base',
    ]
    const packages = host.map((name) => [name, devDependencies[name]])
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'shop', private: true, type: 'module' }),
    )
    await promisify(execFile)(
      'npm',
      [
        'install',
        '--no-audit',
        '--no-fund',
        ...['next', 'react', 'react-dom', 'typescript@5', '@types/node', '@types/react'],
        ...packages.map(([name, range]) => `${name}@${range}`),
      ],
      { cwd: folder, env: env({ NODE_ENV: 'development' }) },
    )
    cpSync(built.folder, join(folder, 'node_modules/@spanmeter/middleware'), { recursive: true })
    built.remove()
    for (const [file, source] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), source)
    }
    await promisify(execFile)(process.execPath, [next(), 'build'], { cwd: folder, env: env() })
  }, 300_000)
  afterAll(async () => {
    await provider.close()
    await receiver.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Starts the service and makes four requests, two with a call. @returns their statuses, once all spans are here */
  async function drive(more: object): Promise<number[]> {
    receiver.spans.length = 0
    const child = spawn(process.execPath, [next(), 'start', '-p', '0', '-H', '127.0.0.1'], {
      cwd: folder,
      env: env(more),
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    try {
      const base = await new Promise<string>((resolve, reject) => {
        let output = ''
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          output += text
          const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output)
          if (address && output.includes('Ready')) resolve(address[0])
        })
        child.once('exit', () => reject(new Error(`Next.js ended: ${output}`)))
      })
      const answers = await Promise.all(
        ['a', 'b', 'away', 'broken'].map((id) =>
          fetch(`${base}/api/chats/${id}?key=secret`, {
            method: 'POST',
            body: `question ${id}`,
            headers: { 'x-tenant-id': `tenant-${id}` },
            redirect: 'manual',
          }),
        ),
      )
      const [a] = answers
      expect(await a?.json()).toEqual({ id: 'a', answer: 'Hello.', question: 'question a' })
      while (served().length < 4 || calls().length < 2)
        await new Promise((resolve) => setTimeout(resolve, 50))
      return answers.map((answer) => answer.status)
    } finally {
      child.kill('SIGKILL')
    }
  }
  const calls = () => receiver.spans.filter((span) => span.attributes[ATTR.inputTokens] === 12)
  const served = () => receiver.spans.filter((span) => span.kind === SpanKind.SERVER)

  it('has its route handlers metered', async () => {
    expect(await drive({})).toEqual([200, 200, 307, 500])
    expect(served().map((span) => span.name)).toEqual(Array(4).fill('POST /api/chats/[id]'))
    expect(
      served()
        .map((span) => [span.attributes[ATTR.httpStatusCode], span.status])
        .sort(),
    ).toEqual([
      [200, 0],
      [200, 0],
      [307, 0],
      [500, 2],
    ])
    expect(calls()).toHaveLength(2)
    for (const call of calls()) {
      const request = served().find((span) => span.spanId === call.parentSpanId)
      expect(call.attributes[ATTR.tenantId]).toMatch(/^tenant-[ab]$/)
      expect(request?.attributes[ATTR.tenantId]).toBe(call.attributes[ATTR.tenantId])
    }
  }, 60_000)

  it('keeps its own SERVER spans, and gets no others, where it is traced', async () => {
    expect(await drive({ HOST_TELEMETRY: '1' })).toEqual([200, 200, 307, 500])
    expect(
      calls()
        .map((call) => call.attributes[ATTR.tenantId])
        .sort(),
    ).toEqual(['tenant-a', 'tenant-b'])
    const traces = served().map((span) => span.traceId)
    expect(new Set(traces).size).toBe(traces.length)
    for (const call of calls()) expect(traces).toContain(call.traceId)
    expect(served().filter((span) => span.attributes[ATTR.urlScheme] !== undefined)).toEqual([])
  }, 60_000)
})
