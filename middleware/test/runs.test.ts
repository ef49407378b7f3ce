/** `run()` and `runs` as a job uses them. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { install, meter, type Run, run, runs, shutdown, withAttribution } from '../src/index.ts'
import { configHash } from '../src/runs/config-hash.ts'
import { errorCode } from '../src/runs/error-code.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { receiveOtlp } from './frameworks/otlp-receiver.ts'
import { type LocalServer, registerHostTelemetry, serve, takeSpans, unnumbered } from './local-provider.ts'

const answer = readFileSync(new URL('../fixtures/openai/chat-cached/response.json', import.meta.url))
let provider: LocalServer
const sent: string[] = []
const bare = globalThis.fetch

beforeAll(async () => {
  registerHostTelemetry()
  provider = await serve((request, response, body) => {
    sent.push(`${JSON.stringify(request.headers)}${body}`)
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  })
})
afterAll(() => provider.close())
beforeEach(() => void takeSpans())
afterEach(async () => {
  await shutdown()
  globalThis.fetch = bare
})

const setUp = () => install({ service: 'jobs', hosts: { [provider.host]: 'openai' } })
const call = async () => {
  const body = '{"model":"gpt-4o-mini"}'
  await (await fetch(`${provider.url}/v1/chat/completions`, { method: 'POST', body })).json()
}

describe('run()', () => {
  it('is one span; what happens inside carries its id and name and is its child', async () => {
    setUp()
    const config = { model: 'gpt-4o-mini', apiKey: 'sk-secret' }
    let id = ''
    const result = await run(
      'nightly-report',
      async (run) => {
        id = run.id
        expect(run.status).toBe('running')
        await call()
        await withAttribution({ feature: 'summary' }, async () => meter('page', 3, { unitPrice: 1 }))
        run.set({ commits_processed: 12, range: 'a..b' })
        return 'done'
      },
      { tenant: 'acme', kind: 'test', config, ref: { repository_id: 'r_12' } },
    )
    expect(result).toBe('done')
    const [inner, page, span, ...more] = takeSpans()
    expect(more).toEqual([])
    const carried = { [ATTR.runId]: id, [ATTR.runName]: 'nightly-report', [ATTR.tenantId]: 'acme' }
    expect(inner?.attributes).toMatchObject(carried)
    expect(inner?.attributes).not.toHaveProperty([ATTR.runStatus])
    expect(page?.attributes).toMatchObject({ ...carried, [ATTR.feature]: 'summary' })
    expect([span?.name, span?.kind, span?.status.code]).toEqual(['run nightly-report', 0, 0])
    expect(unnumbered(span?.attributes)).toEqual({
      ...carried,
      [ATTR.serviceName]: 'jobs',
      [ATTR.runStatus]: 'success',
      [ATTR.runKind]: 'test',
      [ATTR.runConfigHash]: configHash({ apiKey: 'sk-secret', model: 'gpt-4o-mini' }),
      'spanmeter.run.ref.repository_id': 'r_12',
      'spanmeter.run.set.commits_processed': 12,
      'spanmeter.run.set.range': 'a..b',
    })
    for (const child of [inner, page]) {
      expect(child?.parentSpanContext?.spanId).toBe(span?.spanContext().spanId)
    }
    expect(JSON.stringify(span?.attributes)).not.toContain('sk-secret')
    expect(sent.join('')).not.toMatch(/nightly-report|acme|r_12/)
    expect(sent.join('')).not.toContain(id)
  })

  const check = async (
    work: (run: Run) => unknown,
    want: { status: string; error?: string; span: number },
    signal?: AbortSignal,
  ) => {
    const outcome = await run('job', work, { signal }).catch((error: unknown) => error)
    const [span, ...more] = takeSpans()
    expect(more).toEqual([])
    expect([span?.attributes[ATTR.runStatus], span?.attributes[ATTR.errorType], span?.status.code]).toEqual([
      want.status,
      want.error,
      want.span,
    ])
    expect(JSON.stringify(span?.attributes)).not.toContain('secret')
    return outcome
  }

  it('says how it ended, and the caller gets what the work threw', async () => {
    setUp()
    await check(() => 1, { status: 'success', span: 0 })
    const failure = Object.assign(new Error('secret'), { code: 'E_LIMIT' })
    const thrown = await check(() => Promise.reject(failure), { status: 'failed', error: 'E_LIMIT', span: 2 })
    expect(thrown).toBe(failure)
    const synchronous = () => {
      throw new TypeError('secret')
    }
    await check(synchronous, { status: 'failed', error: 'TypeError', span: 2 })
    await check(() => Promise.reject('a secret sentence'), { status: 'failed', error: '_OTHER', span: 2 })
    await check(() => Promise.reject(undefined), { status: 'failed', error: '_OTHER', span: 2 })
    const abort = () => Promise.reject(new DOMException('secret', 'AbortError'))
    await check(abort, { status: 'cancelled', error: 'AbortError', span: 0 })
  })

  it('is cancelled where its signal is aborted, whether the work throws or stops early', async () => {
    setUp()
    const cancelled = { status: 'cancelled', error: 'AbortError', span: 0 }
    for (const work of [() => 1, () => Promise.reject(new Error('stopped'))]) {
      const controller = new AbortController()
      const abortFirst = () => {
        controller.abort()
        return work()
      }
      await check(abortFirst, cancelled, controller.signal)
    }
    const late = AbortSignal.abort(new DOMException('secret', 'TimeoutError'))
    await check(() => 1, { ...cancelled, error: 'TimeoutError' }, late)
  })

  it('takes the first word about its end', async () => {
    setUp()
    const succeedThenThrow = (run: Run) => {
      run.succeed()
      throw new Error('later')
    }
    await check(succeedThenThrow, { status: 'success', span: 0 })
    await check((run) => run.fail('E_HALF'), { status: 'failed', error: 'E_HALF', span: 2 })
    await check((run) => run.cancel(), { status: 'cancelled', error: 'cancelled', span: 0 })
  })

  it('keeps runs in one another and beside one another apart', async () => {
    setUp()
    await run('outer', async () => {
      await Promise.all(['a', 'b'].map((name) => run(name, call)))
      await call()
    })
    const spans = takeSpans()
    const byName = (name: string) => spans.find((span) => span.name === `run ${name}`)
    const calls = spans.filter((span) => span.name.startsWith('chat'))
    expect(calls.map((span) => span.attributes[ATTR.runName]).sort()).toEqual(['a', 'b', 'outer'])
    for (const span of calls) {
      const parent = byName(String(span.attributes[ATTR.runName]))
      expect(span.parentSpanContext?.spanId).toBe(parent?.spanContext().spanId)
    }
    expect(byName('a')?.parentSpanContext?.spanId).toBe(byName('outer')?.spanContext().spanId)
  })

  it('does the work also where nothing is installed', async () => {
    expect(await run('job', () => 42)).toBe(42)
    expect(takeSpans()).toEqual([])
  })
})

describe('runs.start()', () => {
  it('begins a run whose end lies elsewhere', async () => {
    setUp()
    const first = runs.start('import', { id: 'row-7', user: 'u1' })
    await first.within(call)
    await call()
    first.succeed()
    first.fail()
    const [inside, outside, span, ...more] = takeSpans()
    expect(more).toEqual([])
    expect(inside?.attributes).toMatchObject({ [ATTR.runId]: 'row-7', [ATTR.userId]: 'u1' })
    expect(outside?.attributes).not.toHaveProperty([ATTR.runId])
    expect(span?.attributes).toMatchObject({ [ATTR.runId]: 'row-7', [ATTR.runStatus]: 'success' })
    expect(first.status).toBe('success')
  })

  it('is cancelled when metering stops before its end', async () => {
    setUp()
    const open = runs.start('import')
    await shutdown()
    expect(open.status).toBe('cancelled')
    const [span] = takeSpans()
    expect(span?.attributes).toMatchObject({ [ATTR.runStatus]: 'cancelled', [ATTR.errorType]: 'shutdown' })
  })
})

it('sends runs to an endpoint, the calls inside as children, without OpenTelemetry of the host', async () => {
  const receiver = await receiveOtlp()
  try {
    install({ service: 'jobs', endpoint: receiver.url, hosts: { [provider.host]: 'openai' } })
    await run('report', call)
    await shutdown()
    const span = receiver.spans.find(({ name }) => name === 'run report')
    const inner = receiver.spans.find(({ name }) => name === 'chat gpt-4o-mini')
    expect(receiver.spans).toHaveLength(2)
    expect([span?.kind, span?.attributes[ATTR.runStatus]]).toEqual([0, 'success'])
    expect(inner?.attributes[ATTR.runId]).toBe(span?.attributes[ATTR.runId])
    expect([inner?.traceId, inner?.parentSpanId]).toEqual([span?.traceId, span?.spanId])
  } finally {
    await receiver.close()
  }
})

describe('the fingerprint of a configuration', () => {
  it('does not depend on the order of keys, and on everything else', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (config) => {
        const turned = Object.fromEntries(Object.entries(config).reverse())
        expect(configHash(turned)).toBe(configHash(config))
        expect(configHash([config])).not.toBe(configHash(config))
        expect(configHash({ ...config, further: 1 })).not.toBe(configHash({ ...config, further: 2 }))
      }),
    )
  })

  it('takes what JSON cannot write, but nothing that refers to itself', () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    expect(() => configHash(circle)).toThrow('refers to itself')
    const different = [
      1n,
      1,
      '1',
      null,
      new Map([['a', 1]]),
      new Date(0),
      { a: undefined, b: 1 },
      [undefined],
    ]
    expect(new Set(different.map(configHash)).size).toBe(different.length)
    setUpAndBegin(circle)
  })

  function setUpAndBegin(config: unknown): void {
    setUp()
    runs.start('job', { config }).succeed()
    const [span] = takeSpans()
    expect(span?.attributes).toMatchObject({ [ATTR.runStatus]: 'success' })
    expect(span?.attributes).not.toHaveProperty([ATTR.runConfigHash])
  }
})

it('never takes a message for a code', () => {
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      expect(errorCode(thrown)).toMatch(/^[\w.:/-]{1,128}$/)
    }),
  )
  const trap = {
    get code(): string {
      throw new Error('trap')
    },
  }
  expect(errorCode(trap)).toBe('_OTHER')
})
