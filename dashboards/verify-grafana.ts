/**
 * Checks the dashboards in a real Grafana: `npm run verify:grafana`.
 *
 * It asks the Grafana at `GRAFANA_URL` (with `GRAFANA_TOKEN`, or `GRAFANA_USER` and `GRAFANA_PASSWORD`), or starts
 * that of `docker-compose.yml` where Docker is at hand, and says which it was.
 *
 * Invariant: exit 0 says that every check ran and passed; 3 that there was no Grafana to ask.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { roundInterval } from './src/expand/interval.ts'
import { expandConditionals, expandVariables } from './src/expand/variables.ts'
import { DATASOURCE, grafanaDashboard } from './src/grafana/dashboard.ts'
import { alerts } from './src/grafana/provisioning.ts'
import { dashboards } from './src/registry.ts'

const HOUR = 3_600_000
const { GRAFANA_URL, GRAFANA_TOKEN, GRAFANA_USER = 'admin', GRAFANA_PASSWORD = 'local-only' } = process.env
const authorization = GRAFANA_TOKEN
  ? `Bearer ${GRAFANA_TOKEN}`
  : `Basic ${Buffer.from(`${GRAFANA_USER}:${GRAFANA_PASSWORD}`).toString('base64')}`

function docker(...words: string[]): boolean {
  try {
    execFileSync('docker', words, {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: words[0] === 'compose' ? 'inherit' : 'ignore',
    })
    return true
  } catch {
    return false
  }
}

async function ask(base: string, path: string, body?: object): Promise<{ status: number; json: unknown }> {
  const response = await fetch(base + path, {
    method: body ? 'POST' : 'GET',
    headers: { authorization, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(60_000),
  })
  return { status: response.status, json: await response.json().catch(() => undefined) }
}

/** Every check: what it is about, and what is wrong; nothing where it is right. */
async function* checks(base: string): AsyncGenerator<[string, string | undefined]> {
  const ok = async (path: string) => {
    const { status } = await ask(base, path)
    return status === 200 ? undefined : `status ${status}`
  }
  yield ['Grafana is healthy', await ok('/api/health')]
  yield ['the data source reaches ClickHouse', await ok(`/api/datasources/uid/${DATASOURCE.uid}/health`)]
  for (const { uid } of dashboards) yield [`dashboard ${uid}`, await ok(`/api/dashboards/uid/${uid}`)]
  for (const { uid } of alerts.groups.flatMap(({ rules }) => rules))
    yield [`alert rule ${uid}`, await ok(`/api/v1/provisioning/alert-rules/${uid}`)]
  const to = Date.now()
  const from = to - 24 * HOUR
  for (const dashboard of dashboards) {
    const variables = Object.fromEntries(dashboard.variables.map(({ name }) => [name, 'all' as const]))
    const { panels } = grafanaDashboard(dashboard) as {
      panels: { id: number; title: string; maxDataPoints?: number; targets: Record<string, unknown>[] }[]
    }
    for (const { title, maxDataPoints = 200, targets } of panels) {
      const intervalMs = Math.max(roundInterval(24 * HOUR, maxDataPoints), 1_000)
      const context = { from, to, now: to, intervalMs, timezone: 'UTC', variables }
      const queries = targets.map((target) => ({
        ...target,
        intervalMs,
        maxDataPoints,
        // What Grafana's own page does before it asks: variables and conditions; macros of time are left to it.
        rawSql: expandVariables(expandConditionals(String(target.rawSql), context), context),
      }))
      const { status, json } = await ask(base, '/api/ds/query', {
        from: String(from),
        to: String(to),
        queries,
      })
      const failed = Object.values(
        (json as { results?: Record<string, { error?: string }> } | undefined)?.results ?? {},
      ).find(({ error }) => error !== undefined)
      yield [
        `${dashboard.title}: ${title}`,
        failed?.error ?? (status === 200 ? undefined : `status ${status}`),
      ]
    }
  }
}

const base = GRAFANA_URL?.replace(/\/+$/, '')
const own =
  base === undefined && docker('version') && docker('compose', 'up', '--detach', '--build', '--wait')
if (base === undefined && !own) {
  console.error('No Grafana to ask: set GRAFANA_URL, or start Docker. Nothing was checked.')
  process.exit(3)
}
console.log(base ? `Asking the Grafana at ${base}` : 'Asking the Grafana of docker-compose.yml')
let bad = 0
for await (const [name, fault] of checks(base ?? 'http://127.0.0.1:3000')) {
  if (fault !== undefined) bad++
  console.log(fault === undefined ? `ok      ${name}` : `FAILED  ${name}: ${fault}`)
}
if (own) docker('compose', 'stop')
console.log(bad === 0 ? 'Everything passed.' : `${bad} failed.`)
process.exit(bad === 0 ? 0 : 1)
