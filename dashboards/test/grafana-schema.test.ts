/**
 * Grafana's files against what Grafana publishes about them: the dashboards against a JSON schema made from the types of
 * `@grafana/schema`, the provisioning files against the fields that its documentation of file provisioning has.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Ajv, type AnySchema, type ValidateFunction } from 'ajv'
import { createGenerator } from 'ts-json-schema-generator'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { grafanaFiles } from '../src/grafana/files.ts'

const require = createRequire(import.meta.url)
const types = join(dirname(require.resolve('@grafana/schema/package.json')), 'dist/types/raw')

/** Checks that a value has the type, and no field that the type does not have. */
function checkerOf(file: string, type: string): ValidateFunction {
  const generator = createGenerator({
    path: join(types, file, 'x/types.gen.d.ts'),
    type,
    skipTypeCheck: true,
    additionalProperties: false,
  })
  return new Ajv({ strict: false, allErrors: true }).compile(generator.createSchema(type) as AnySchema)
}

function expectValid(check: ValidateFunction, value: unknown): void {
  check(value)
  expect(
    check.errors?.map(({ instancePath, message, params }) => [instancePath, message, params]) ?? [],
  ).toEqual([])
}

interface Panel {
  type: string
  title: string
  options: object
  fieldConfig: { defaults: { custom?: object } }
}
const files = grafanaFiles()
const dashboards = [...files]
  .filter(([name]) => name.endsWith('.json'))
  .map(
    ([name, text]) =>
      [name, JSON.parse(text) as { panels: Panel[]; templating: { list: object[] } }] as const,
  )
const panels = dashboards.flatMap(([, dashboard]) => dashboard.panels)

describe('dashboards', () => {
  const check = checkerOf('dashboard', 'Dashboard')

  it.each(dashboards)('%s is a dashboard as @grafana/schema has it', (_, { templating, ...rest }) => {
    // the editor of a query variable keeps its text in `definition`, which the schema does not know
    const list = templating.list.map(({ definition, ...variable }: { definition?: string }) => {
      expect(definition).toEqual(expect.any(String))
      return variable
    })
    expectValid(check, { ...rest, templating: { list } })
  })

  it('what is no dashboard is refused', () => {
    const [, first] = dashboards[0] ?? []
    for (const wrong of [{ refreshes: '1m' }, { schemaVersion: '42' }, { panels: [{ type: 1 }] }]) {
      expect(check({ ...first, ...wrong })).toBe(false)
    }
  })
})

describe('panels', () => {
  it.each(['stat', 'timeseries', 'table', 'piechart', 'bargauge'])(
    '%s has options that the panel knows',
    (type) => {
      const check = checkerOf(`composable/${type}/panelcfg`, 'Options')
      const own = panels.filter((panel) => panel.type === type)
      expect(own.length).toBeGreaterThan(0)
      for (const { options } of own) expectValid(check, options)
    },
  )

  it.each(['timeseries', 'piechart'])('%s has fields that are drawn as the panel can', (type) => {
    const check = checkerOf(`composable/${type}/panelcfg`, 'FieldConfig')
    for (const { fieldConfig } of panels.filter((panel) => panel.type === type))
      expectValid(check, fieldConfig.defaults.custom ?? {})
  })

  it('are of no other kind', () => {
    expect(new Set(panels.map(({ type }) => type))).toEqual(
      new Set(['stat', 'timeseries', 'table', 'piechart', 'bargauge']),
    )
  })
})

const texts = z.record(z.string(), z.string())
const model = z.looseObject({ refId: z.string().min(1), intervalMs: z.int().positive().optional() })
/** https://grafana.com/docs/grafana/latest/administration/provisioning/ and …/alerting/set-up/provision-alerting-resources/file-provisioning/ */
const SHAPES: Readonly<Record<string, z.ZodType>> = {
  'provisioning/datasources/spanmeter.yaml': z.strictObject({
    apiVersion: z.literal(1),
    prune: z.boolean().optional(),
    datasources: z
      .array(
        z.strictObject({
          name: z.string().min(1),
          uid: z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/),
          type: z.literal('grafana-clickhouse-datasource'),
          access: z.literal('proxy'),
          orgId: z.int().optional(),
          isDefault: z.boolean().optional(),
          editable: z.boolean().optional(),
          version: z.int().optional(),
          // fields of the data source's own settings (its src/types/config.ts)
          jsonData: z.strictObject({
            host: z.string().min(1),
            port: z.int(),
            protocol: z.enum(['native', 'http']),
            secure: z.boolean().optional(),
            username: z.string().min(1),
            defaultDatabase: z.string().min(1),
            queryTimeout: z.string().regex(/^\d+$/).optional(),
            dialTimeout: z.string().regex(/^\d+$/).optional(),
            validateSql: z.boolean().optional(),
          }),
          secureJsonData: z.strictObject({ password: z.string().regex(/^\$\w+$/) }),
        }),
      )
      .length(1),
  }),
  'provisioning/dashboards/spanmeter.yaml': z.strictObject({
    apiVersion: z.literal(1),
    providers: z.array(
      z.strictObject({
        name: z.string().min(1),
        orgId: z.int().optional(),
        folder: z.string(),
        folderUid: z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/),
        type: z.literal('file'),
        disableDeletion: z.boolean().optional(),
        updateIntervalSeconds: z.int().min(10).optional(),
        allowUiUpdates: z.boolean().optional(),
        options: z.strictObject({
          path: z.string().startsWith('/'),
          foldersFromFilesStructure: z.literal(false).optional(),
        }),
      }),
    ),
  }),
  'provisioning/alerting/spanmeter.yaml': z.strictObject({
    apiVersion: z.literal(1),
    groups: z.array(
      z.strictObject({
        orgId: z.int(),
        name: z.string().min(1),
        folder: z.string().min(1),
        interval: z.string().regex(/^\d+[smh]$/),
        rules: z
          .array(
            z.strictObject({
              uid: z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/),
              title: z.string().min(1).max(190),
              condition: z.string(),
              data: z
                .array(
                  z.strictObject({
                    refId: z.string(),
                    queryType: z.string().optional(),
                    relativeTimeRange: z.strictObject({ from: z.int(), to: z.int() }).optional(),
                    datasourceUid: z.string().min(1),
                    model,
                  }),
                )
                .min(1),
              dashboardUid: z.string(),
              panelId: z.int(),
              noDataState: z.enum(['NoData', 'Alerting', 'OK', 'KeepLast']),
              execErrState: z.enum(['Error', 'Alerting', 'OK', 'KeepLast']),
              for: z.string().regex(/^\d+[smh]$/),
              annotations: texts,
              labels: texts,
              isPaused: z.boolean(),
            }),
          )
          .min(1),
      }),
    ),
  }),
  'examples/contact-points.yaml': z.strictObject({
    apiVersion: z.literal(1),
    contactPoints: z.array(
      z.strictObject({
        orgId: z.int(),
        name: z.string().min(1),
        receivers: z.array(
          z.strictObject({
            uid: z.string().min(1),
            type: z.enum(['email', 'slack', 'webhook', 'pagerduty', 'teams', 'discord']),
            settings: z.looseObject({}),
            disableResolveMessage: z.boolean().optional(),
          }),
        ),
      }),
    ),
  }),
}

describe('provisioning', () => {
  const written = [...files.keys()].filter((name) => name.endsWith('.yaml'))

  it('is described here, every file of it', () => {
    expect(written.toSorted()).toEqual(Object.keys(SHAPES).toSorted())
  })

  it.each(written)('%s has the fields that Grafana reads, and no others', (name) => {
    const result = SHAPES[name]?.safeParse(parse(files.get(name) ?? ''))
    expect(result?.error?.issues ?? []).toEqual([])
  })

  it('has rules whose condition is one of their queries', () => {
    const { groups } = parse(files.get('provisioning/alerting/spanmeter.yaml') ?? '') as {
      groups: { rules: { condition: string; data: { refId: string; model: { refId: string } }[] }[] }[]
    }
    for (const { condition, data } of groups.flatMap(({ rules }) => rules)) {
      expect(data.map(({ refId }) => refId)).toContain(condition)
      for (const { refId, model } of data) expect(model.refId).toBe(refId)
    }
  })
})
