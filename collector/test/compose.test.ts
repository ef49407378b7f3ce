/**
 * docker-compose.yml, checked as far as that goes without Docker: pinned images, mounted paths that exist,
 * nothing published beyond this machine, no password without a variable.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

interface Service {
  image: string
  build?: { context: string; dockerfile: string }
  environment: Record<string, string>
  volumes: string[]
  ports?: string[]
  networks: string[]
  healthcheck?: { test: string[] }
  mem_limit?: string
  restart?: string
  depends_on?: Record<string, { condition: string }>
}
interface Compose {
  services: Record<string, Service>
  volumes: Record<string, unknown>
  networks: Record<string, { internal?: boolean }>
}

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const text = readFileSync(root('docker-compose.yml'), 'utf8')
const compose = parse(text) as Compose
const services = Object.entries(compose.services)
const service = (name: string): Service => compose.services[name] as Service

test('there are ClickHouse, the collector and Grafana', () => {
  expect(services.map(([name]) => name).sort()).toEqual(['clickhouse', 'collector', 'grafana'])
})

describe.each(services)(
  '%s',
  (name, { image, build, volumes, ports, healthcheck, mem_limit, restart, networks, environment }) => {
    test('has a pinned image or builds one', () => {
      if (build === undefined) expect(image).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)*$/)
      else
        for (const path of [build.context, build.dockerfile]) expect(existsSync(root(path)), path).toBe(true)
    })

    test('mounts what exists: read-only files of the repository and declared volumes', () => {
      for (const volume of volumes) {
        const [source = '', target = '', mode] = volume.split(':')
        expect(target).toMatch(/^\//)
        if (!source.startsWith('.')) expect(Object.keys(compose.volumes)).toContain(source)
        else {
          expect([source, mode]).toEqual([source, 'ro'])
          expect(existsSync(root(source)), source).toBe(true)
          // A missing file would be created as a directory by Docker.
          if (/\.\w+$/.test(target)) expect(statSync(root(source)).isFile(), source).toBe(true)
        }
      }
    })

    test('publishes to this machine only, if at all', () => {
      for (const port of ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
      if (name === 'clickhouse') expect([ports, networks]).toEqual([undefined, ['store']])
    })

    test('is limited, checked and restarted', () => {
      expect(mem_limit).toMatch(/^\d+[mg]$/)
      expect(healthcheck?.test[0]).toBe('CMD')
      expect(restart).toBe('unless-stopped')
    })

    test('takes its passwords from variables', () => {
      for (const [variable, value] of Object.entries(environment))
        if (/PASSWORD/.test(variable)) expect(value).toMatch(/^\$\{[A-Z_]*PASSWORD:-local-only\}$/)
    })
  },
)

test('everything waits for what it needs', () => {
  expect(service('collector').depends_on).toEqual({ clickhouse: { condition: 'service_healthy' } })
  expect(Object.keys(service('grafana').depends_on ?? {}).sort()).toEqual(['clickhouse', 'collector'])
  expect(compose.networks.store?.internal).toBe(true)
})

test('the passwords that services use are those that the server has', () => {
  const users = readFileSync(root('clickhouse/server/users.d/spanmeter.xml'), 'utf8')
  const given = service('clickhouse').environment
  for (const [, variable = ''] of users.matchAll(/from_env="(\w+)"/g)) expect(given).toHaveProperty(variable)
  expect(service('collector').environment.CLICKHOUSE_URL).toBe(
    `http://spanmeter:${given.SPANMETER_CLICKHOUSE_PASSWORD}@clickhouse:8123/spanmeter`,
  )
  expect(service('collector').environment.CLICKHOUSE_READER_URL).toBe(
    `http://spanmeter_reader:${given.SPANMETER_READER_PASSWORD}@clickhouse:8123/spanmeter`,
  )
  expect(service('grafana').environment.SPANMETER_GRAFANA_PASSWORD).toBe(given.SPANMETER_GRAFANA_PASSWORD)
})

test('what is provisioned in Grafana fits what is mounted', () => {
  const provisioned = (path: string): unknown =>
    parse(readFileSync(root(`dashboards/grafana/provisioning/${path}`), 'utf8'))
  const { datasources } = provisioned('datasources/spanmeter.yaml') as {
    datasources: { jsonData: { host: string; username: string }; secureJsonData: { password: string } }[]
  }
  expect(
    datasources.map(({ jsonData, secureJsonData }) => [
      jsonData.host,
      jsonData.username,
      secureJsonData.password,
    ]),
  ).toEqual([['clickhouse', 'grafana_ro', '$SPANMETER_GRAFANA_PASSWORD']])
  const { providers } = provisioned('dashboards/spanmeter.yaml') as {
    providers: { options: { path: string } }[]
  }
  const mounts = new Map(
    service('grafana').volumes.map((volume) => [volume.split(':')[1], volume.split(':')[0]]),
  )
  const source = mounts.get(providers[0]?.options.path) as string
  const home = service('grafana').environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH as string
  expect(existsSync(root(home.replace(providers[0]?.options.path as string, source))), home).toBe(true)
})

test('the data source plugin is pinned and installed before provisioning', () => {
  expect(service('grafana').environment.GF_PLUGINS_PREINSTALL_SYNC).toMatch(
    /^grafana-clickhouse-datasource@\d+\.\d+\.\d+$/,
  )
})

test('the image copies every package that the collector needs, and runs without root', () => {
  const dockerfile = readFileSync(root('collector/Dockerfile'), 'utf8')
  const { workspaces } = JSON.parse(readFileSync(root('package.json'), 'utf8')) as { workspaces: string[] }
  // npm ci needs the package.json of every workspace that the lockfile names.
  for (const workspace of workspaces)
    expect(dockerfile).toContain(`COPY ${workspace}/package.json ${workspace}/`)
  for (const [, source = ''] of dockerfile.matchAll(/^COPY ([\w./-]+) [\w./-]+$/gm))
    expect(existsSync(root(source)), source).toBe(true)
  expect(dockerfile).toMatch(/\nUSER node\n/)
  expect(dockerfile).toMatch(/\nHEALTHCHECK /)
})
