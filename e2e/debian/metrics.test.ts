/** The collector's `/metrics`, as a real Prometheus reads it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, start } from '../../collector/test/process.ts'

let directory: string
let collector: Running

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-prometheus-'))
  collector = await start({ SPANMETER_DATA_DIR: join(directory, 'data') })
}, 60_000)

afterAll(async () => {
  await collector?.end('SIGTERM')
  await rm(directory, { recursive: true, force: true })
})

test('promtool finds nothing to say about the names, units and help of our metrics', async () => {
  const all = await (await fetch(`${collector.url}/metrics`)).text()
  // prom-client's own process metrics keep their historical names, which the linter does not like
  const text = all.replaceAll(/^(?:# \w+ )?nodejs_.*\n/gm, '')
  expect(text).toContain('spanmeter_receive_spans_total')
  const lint = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  expect({ status: lint.status, said: lint.stdout + lint.stderr }).toEqual({ status: 0, said: '' })
})

test('Prometheus scrapes the collector and sees what it accepted', async () => {
  const span = {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    name: 'chat gpt-5-mini',
    kind: 3,
    startTimeUnixNano: '1772355600000000000',
    endTimeUnixNano: '1772355601000000000',
  }
  const accepted = await fetch(`${collector.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  })
  expect(accepted.status).toBe(200)

  const port = await freePort()
  const configuration = join(directory, 'prometheus.yml')
  await writeFile(
    configuration,
    `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: spanmeter
    static_configs: [{ targets: ['${new URL(collector.url).host}'] }]
`,
  )
  const prometheus = spawn(
    'prometheus',
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(directory, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  )
  try {
    await expect
      .poll(() => sampleOf(port, 'up{job="spanmeter"}'), { timeout: 20_000, interval: 250 })
      .toBe('1')
    await expect
      .poll(() => sampleOf(port, 'sum(spanmeter_receive_spans_total{result="accepted"})'), {
        timeout: 10_000,
        interval: 250,
      })
      .toBe('1')
  } finally {
    prometheus.kill('SIGTERM')
    await once(prometheus, 'exit')
  }
})

async function sampleOf(port: number, query: string): Promise<string | undefined> {
  const answer = await fetch(
    `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`,
  ).catch(() => undefined)
  if (!answer?.ok) return undefined
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } }
  return data.result[0]?.value[1]
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}
