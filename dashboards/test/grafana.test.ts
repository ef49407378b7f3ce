/** What Grafana is given: that it is what the definitions say, and that it keeps the rules of good dashboards. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes its variables like that
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { DATASOURCE } from '../src/grafana/dashboard.ts'
import { grafanaFiles } from '../src/grafana/files.ts'

const files = grafanaFiles()
interface Json {
  [name: string]: unknown
}
interface GrafanaPanel extends Json {
  id: number
  title: string
  description: string
  datasource: Json
  gridPos: { x: number; y: number; w: number; h: number }
  targets: (Json & { refId: string; rawSql: string; format: number; queryType: string; datasource: Json })[]
  fieldConfig: { defaults: Json }
}
const MACROS =
  /\$__(?!(?:conditionalAll|timeFilter_ms|fromTime|toTime|fromTime_ms|toTime_ms|interval_s)\b)\w+/
/** Calls to the end of the last millisecond, samples and messages by theirs; or until now, in the SQL itself. */
const READS_A_RANGE =
  /\bstart_time >= \$__fromTime_ms AND start_time < \$__toTime_ms|\b(?:ingested_at|at) >= \$__fromTime_ms\b[^\n]* < |\$__timeFilter_ms\((?:at|starts_at|created_at)\)|hour >= |now\(\)/

it.each([...files])(
  '%s is what the definitions say: run `npm run build:grafana -w dashboards`',
  async (name, text) => {
    expect(await readFile(new URL(`../grafana/${name}`, import.meta.url), 'utf8')).toBe(text)
  },
)

describe.each([...files].filter(([name]) => name.endsWith('.json')))('%s', (name, text) => {
  const dashboard = JSON.parse(text) as Json & {
    panels: GrafanaPanel[]
    templating: { list: (Json & { name: string; query: { rawSql: string }; datasource: Json })[] }
  }
  const variables = dashboard.templating.list.map((variable) => variable.name)
  const queries = [
    ...dashboard.panels.flatMap((panel) => panel.targets.map(({ rawSql }) => [panel.title, rawSql] as const)),
    ...dashboard.templating.list.map(({ name: title, query }) => [title, query.rawSql] as const),
  ]

  it('is classic JSON with a fixed uid, for import and for files, and not editable', () => {
    expect(dashboard).toMatchObject({ id: null, schemaVersion: 42, editable: false })
    expect(name).toBe(`dashboards/${String(dashboard.uid)}.json`)
    expect(String(dashboard.uid)).toMatch(/^[a-z-]{1,40}$/)
  })

  it('names one data source everywhere', () => {
    for (const panel of dashboard.panels) {
      expect(panel.datasource).toEqual(DATASOURCE)
      for (const target of panel.targets) expect(target.datasource).toEqual(DATASOURCE)
    }
    for (const variable of dashboard.templating.list) expect(variable.datasource).toEqual(DATASOURCE)
  })

  it('has panels with a title, a description, a unit, an empty text and a query, each with its own id', () => {
    expect(dashboard.panels.length).toBeGreaterThan(7)
    for (const panel of dashboard.panels) {
      expect(panel.title).toMatch(/^\S.+/)
      expect(panel.description, panel.title).toMatch(/\S.+\.$/)
      expect(panel.fieldConfig.defaults.unit, panel.title).toBeTruthy()
      expect(panel.fieldConfig.defaults.noValue, panel.title).toBeTruthy()
      expect(panel.targets.length, panel.title).toBeGreaterThan(0)
      expect(new Set(panel.targets.map(({ refId }) => refId)).size).toBe(panel.targets.length)
      for (const { format, queryType } of panel.targets)
        expect(format).toBe(queryType === 'timeseries' ? 0 : 1)
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    expect(new Set(dashboard.panels.map(({ title }) => title)).size).toBe(dashboard.panels.length)
  })

  it('has panels that lie on the grid and not on each other', () => {
    const taken = new Map<string, string>()
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x} ${y}`), `${title} lies on it`).toBeUndefined()
          taken.set(`${x} ${y}`, title)
        }
      }
    }
  })

  it.each(queries)(
    'the query of %s uses what exists, quotes its values and has no date in it',
    (_, rawSql) => {
      expect(rawSql.replaceAll(/\$\{__(from|to|timezone)\}/g, '')).not.toMatch(MACROS)
      expect(rawSql).not.toMatch(/IN \(\$\w|IN \(\$\{\w+\}\)/)
      expect(rawSql).not.toMatch(/\d{4}-\d\d-\d\d|;\s*$|\bFORMAT\s+\w+\s*$|\bSETTINGS\b/)
      for (const [, name1, name2] of rawSql.matchAll(/\$(?:\{(\w+)|(?!__)(\w+))/g)) {
        expect([...variables, '__from', '__to', '__timezone']).toContain(name1 ?? name2)
      }
    },
  )

  it.each(queries)(
    'the query of %s reads a range of time, unless it tells how things are now',
    (title, rawSql) => {
      expect(rawSql).toMatch(title === 'Alerts that fire' ? /FROM alerts FINAL$/ : READS_A_RANGE)
    },
  )
})

describe('provisioning', () => {
  const read = (name: string) =>
    parse(files.get(name) ?? '') as Json & {
      datasources: Json[]
      providers: Json[]
      groups: { rules: Json[] }[]
    }

  it('takes the password from the environment and reads as a read-only user', () => {
    const [datasource] = read('provisioning/datasources/spanmeter.yaml').datasources
    expect(datasource).toMatchObject({
      ...DATASOURCE,
      jsonData: { username: 'grafana_ro' },
      secureJsonData: { password: '$SPANMETER_GRAFANA_PASSWORD' },
    })
  })

  it('has alert rules that use no variable, refer to panels that exist, and sleep until they are wanted', () => {
    for (const rule of read('provisioning/alerting/spanmeter.yaml').groups.flatMap(({ rules }) => rules)) {
      expect(rule).toMatchObject({ isPaused: true })
      const { panels } = JSON.parse(files.get(`dashboards/${String(rule.dashboardUid)}.json`) ?? '') as {
        panels: GrafanaPanel[]
      }
      expect(panels.map(({ id }) => id)).toContain(rule.panelId)
      const [first] = rule.data as { model: { rawSql: string } }[]
      expect(first?.model.rawSql).not.toMatch(/\$\{|\$__(?!timeFilter_ms|fromTime_ms|toTime_ms)/)
    }
  })
})
