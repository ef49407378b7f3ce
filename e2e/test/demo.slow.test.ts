/**
 * The two commands as a person types them: the demo runs, counts and stops without a trace, and what can go
 * wrong at the start is one sentence.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { until } from '../drive.ts'
import { freePort, isAlive, type Running, run, runScript } from '../processes.ts'

const DEMO = 'examples/demo/main.ts'
const COLLECTOR = 'collector/src/main.ts'
const PARTS = ['collector', 'provider', 'chat-api', 'docs-api']
/** Starting a ClickHouse and three services on a loaded machine takes its time. */
const TEST_MS = 120_000
/** What the demo promises for stopping. */
const STOP_MS = 5_000

const scratch = mkdtempSync(join(tmpdir(), 'spanmeter-demo-'))
let runs: Running[] = []
let started = 0

afterEach(async () => {
  for (const running of runs) running.kill()
  await Promise.all(runs.map((running) => running.ended))
  runs = []
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Remembers a process, to end it after the test whatever happens. */
function keep(running: Running): Running {
  runs.push(running)
  return running
}

function start(file: string, args: string[], env?: Record<string, string>): Running {
  return keep(run(file, args, env))
}

function dataDir(): string {
  started += 1
  return join(scratch, `data-${started}`)
}

const RUNNING = /^Dashboards: /m
const COUNTING = /^[1-9][\d,]* calls/m

/** Starts a demo and waits until it is `up`; returns all its processes, the database included. */
async function startDemo(
  up: RegExp,
  args: string[] = [],
  launch: (args: string[]) => Running = (all) => run(DEMO, all),
): Promise<{ demo: Running; pids: Map<string, number> }> {
  const directory = dataDir()
  const port = String(await freePort())
  const demo = keep(launch(['--port', port, '--rate', '20', '--data-dir', directory, ...args]))
  await demo.printed(up)
  const pids = new Map<string, number>()
  for (const part of PARTS) {
    pids.set(
      part,
      Number(new RegExp(`^  (?:local )?${part}\\b.*\\(pid (\\d+)\\)$`, 'm').exec(demo.output())?.[1]),
    )
  }
  pids.set('database', JSON.parse(readFileSync(join(directory, 'engine.json'), 'utf8')).pid)
  expect([...pids].filter(([, pid]) => !isAlive(pid))).toEqual([])
  return { demo, pids }
}

async function expectGone(pids: Map<string, number>): Promise<void> {
  const left = () => [...pids].filter(([, pid]) => isAlive(pid))
  await until(() => left().length === 0).catch(() => undefined)
  expect(left()).toEqual([])
}

describe('npm run demo', { timeout: TEST_MS }, () => {
  it('makes calls, shows what they cost, ends by itself and leaves no process', async () => {
    const { demo, pids } = await startDemo(RUNNING, ['--for', '8s'])
    expect(await demo.ended).toBe(0)
    const [, cost] =
      /This demo: [\d,]+ calls {2}· {2}[\d,]+ tokens {2}· {2}\$([\d.]+) spent/.exec(demo.output()) ?? []
    expect(Number(cost)).toBeGreaterThan(0)
    expect(demo.output()).toMatch(/^Dashboards: http:\/\/127\.0\.0\.1:\d+\/$/m)
    expect(demo.errors()).toBe('')
    await expectGone(pids)
  })

  it('stops within five seconds of Ctrl-C and leaves no process', async () => {
    const { demo, pids } = await startDemo(COUNTING)
    const asked = performance.now()
    demo.signal('SIGINT')
    expect(await demo.ended).toBe(0)
    expect(performance.now() - asked).toBeLessThan(STOP_MS)
    await expectGone(pids)
  })

  it('stops when npm is told to, and leaves no process', async () => {
    const { demo, pids } = await startDemo(RUNNING, [], (args) => runScript('demo', args))
    demo.signal('SIGTERM')
    await demo.ended
    await expectGone(pids)
  })

  it('takes everything with it when it is killed', async () => {
    const { demo, pids } = await startDemo(RUNNING)
    demo.signal('SIGKILL')
    await demo.ended
    await expectGone(pids)
  })

  for (const part of ['docs-api', 'collector']) {
    it(`says so and fails when the ${part} dies, and stops the rest`, async () => {
      const { demo, pids } = await startDemo(RUNNING)
      process.kill(pids.get(part) ?? 0, 'SIGKILL')
      expect(await demo.ended).toBe(1)
      expect(demo.errors()).toMatch(new RegExp(`^${part} was ended by SIGKILL, so the demo stops.*\n$`))
      await expectGone(pids)
    })
  }

  it('explains itself', async () => {
    const demo = start(DEMO, ['--help'])
    expect(await demo.ended).toBe(0)
    expect(demo.output()).toContain('--port')
  })

  it('refuses an option that it does not know', async () => {
    const demo = start(DEMO, ['--prot', '1'])
    expect(await demo.ended).toBe(2)
    expect(demo.errors()).toMatch(/^.*--prot.*--help\n$/)
  })
})

interface Fault {
  port: number
  directory: string
  env?: Record<string, string>
  /** The sentence. */
  want: RegExp
  done?: () => void
}

describe('what can be wrong at the start is one sentence', { timeout: TEST_MS }, () => {
  const fails = (name: string, prepare: () => Promise<Fault>) => {
    for (const command of ['demo', 'start']) {
      it(`${name}: npm run ${command}`, async () => {
        const { port, directory, want, env = {}, done } = await prepare()
        const running =
          command === 'demo'
            ? start(DEMO, ['--port', String(port), '--data-dir', directory], env)
            : start(COLLECTOR, [], { ...env, SPANMETER_PORT: String(port), SPANMETER_DATA_DIR: directory })
        expect(await running.ended).toBeGreaterThan(0)
        done?.()
        const sentences = running
          .errors()
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('{'))
        expect(sentences).toEqual([expect.stringMatching(want)])
      })
    }
  }

  fails('a taken port', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as { port: number }
    return {
      port,
      directory: dataDir(),
      want: new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: the port is in use; `),
      done: () => holder.close(),
    }
  })

  fails('a data directory that cannot be written', async () => {
    const file = dataDir()
    writeFileSync(file, 'not a directory')
    return {
      port: await freePort(),
      directory: join(file, 'data'),
      want: /cannot write to data directory .*; /,
    }
  })

  fails('a machine without the engine', async () => ({
    port: await freePort(),
    directory: dataDir(),
    env: { NODE_OPTIONS: `--require ${fileURLToPath(new URL('../hide-engine.cjs', import.meta.url))}` },
    want: /cannot start the embedded ClickHouse: no engine library .*; .*CLICKHOUSE_URL/,
  }))
})

describe('npm start', { timeout: TEST_MS }, () => {
  it('answers /healthz and stops when it is told to', async () => {
    const port = await freePort()
    const env = { SPANMETER_PORT: String(port), SPANMETER_DATA_DIR: dataDir() }
    const collector = keep(runScript('start', [], env))
    await collector.printed(/listens on/)
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
    await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200, 30_000)
    collector.signal('SIGTERM')
    expect(await collector.ended).toBe(0)
  })
})
