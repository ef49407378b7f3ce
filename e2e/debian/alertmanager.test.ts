/** Alerts in a real Alertmanager: they arrive, are grouped, last while they fire, and are resolved. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Alerting } from '../../collector/src/alerts/alerting.ts'
import { readIncoming } from '../../collector/src/alerts/incoming/payload.ts'
import { readConfig } from '../../collector/src/config/read.ts'
import { call, insertRows } from '../../collector/test/span-rows.ts'
import { until } from '../drive.ts'
import { freePort } from '../processes.ts'

let directory: string
let engine: TestClickhouse
let alertmanager: ChildProcess
let url: string
let told: Server
/** What Alertmanager itself tells its own receiver. */
const webhooks: { status: string; alerts: { status: string; labels: Record<string, string> }[] }[] = []
/** Their raw bodies. */
const bodies: unknown[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-alertmanager-'))
  told = createServer(async (request, response) => {
    const body = JSON.parse(await textOf(request))
    bodies.push(body)
    webhooks.push(body)
    response.end()
  })
  await new Promise<void>((done) => told.listen(0, '127.0.0.1', done))
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  await writeFile(
    join(directory, 'alertmanager.yml'),
    `route: { receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h }
receivers:
  - name: hook
    webhook_configs: [{ url: 'http://127.0.0.1:${(told.address() as AddressInfo).port}/', send_resolved: true }]
`,
  )
  alertmanager = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${join(directory, 'alertmanager.yml')}`,
      `--storage.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  )
  ;[engine] = await Promise.all([
    startTestClickhouse(),
    until(async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true, 20_000),
  ])
}, 60_000)

afterAll(async () => {
  if (alertmanager.exitCode === null) {
    alertmanager.kill()
    await once(alertmanager, 'exit')
  }
  told.close()
  await engine?.close()
  await rm(directory, { recursive: true, force: true })
})

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

async function firing(): Promise<{ labels: Record<string, string>; endsAt: string }[]> {
  return (await (await fetch(`${url}/api/v2/alerts`)).json()) as never
}

test('an alert arrives grouped, lasts as long as it fires, and is resolved', async () => {
  // the engine's calls are of now; the clock of the alerts is moved by hand
  let now = Date.now()
  const config = readConfig(
    {},
    `
channels:
  team: { type: alertmanager, url: '${url}', labels: { team: billing } }
alerts:
  allowPrivateAddresses: true
  rules:
    - { name: errors, kind: error_rate, by: tenant, percent: 50, minCalls: 5, windowMinutes: 5, forSeconds: 0, keepSeconds: 0 }
`,
  )
  const alerting = await Alerting.open({
    ...{ config, dataDir: directory, client: engine.client, reader: engine.reader, now: () => now },
    report: (error) => {
      throw error
    },
  })
  const failed = { status: 'error', http_status_code: 500, cost: null, unpriced_reason: 'failed' }
  const at = new Date(now - 60_000).toISOString()
  const failures = ['acme', 'globex'].flatMap((tenant_id) =>
    Array.from({ length: 10 }, () => call(at, { tenant_id, ...failed })),
  )
  await insertRows(engine.client, failures)
  alerting.start()
  await until(async () => (await firing()).length === 2, 10_000)
  expect((await firing()).map(({ labels }) => labels.tenant_id).sort()).toEqual(['acme', 'globex'])
  expect((await firing())[0]?.labels).toMatchObject({
    alertname: 'errors',
    severity: 'warning',
    team: 'billing',
  })
  // one notification of both, not one each
  await until(() => webhooks.length > 0, 10_000)
  expect(webhooks.map(({ status, alerts }) => [status, alerts.length])).toEqual([['firing', 2]])
  // Alertmanager may tell others before it answers us
  const statuses = () => alerting.book.deliveries().map(({ status }) => status)
  await until(() => statuses()[0] !== 'pending', 10_000)
  expect(statuses()).toEqual(['delivered'])

  // it is told again, so that Alertmanager does not take it for over
  const before = (await firing())[0]?.endsAt ?? ''
  now += 61_000
  await alerting.evaluate()
  await until(async () => ((await firing())[0]?.endsAt ?? '') > before, 10_000)

  // Alertmanager goes by its own clock
  now = Date.now()
  const fine = ['acme', 'globex'].flatMap((tenant_id) =>
    Array.from({ length: 100 }, () => call(at, { tenant_id })),
  )
  await insertRows(engine.client, fine)
  await alerting.evaluate()
  await until(() => webhooks.at(-1)?.status === 'resolved', 15_000)
  expect(webhooks.at(-1)?.alerts.map(({ status }) => status)).toEqual(['resolved', 'resolved'])
  expect(await firing()).toEqual([])
  expect(alerting.book.alerts().every(({ endsAt }) => endsAt !== undefined)).toBe(true)
  await until(() => statuses()[1] !== 'pending', 10_000)
  expect(statuses()).toEqual(['delivered', 'delivered'])
  await alerting.stop()
  const rows = await engine.reader.query({
    query:
      'SELECT (SELECT count() FROM alerts FINAL WHERE ends_at IS NOT NULL) AS a, (SELECT sum(attempts) FROM alert_deliveries FINAL) AS d',
    format: 'JSONEachRow',
  })
  expect(await rows.json()).toEqual([{ a: 2, d: 2 }])
}, 60_000)

test('what Alertmanager sends to a webhook is read as an alert', () => {
  const read = readIncoming('alertmanager', bodies[0])
  expect(read).toMatchObject([
    { source: 'alertmanager', rule: 'errors', severity: 'warning', subject: { team: 'billing' } },
    { rule: 'errors' },
  ])
})
