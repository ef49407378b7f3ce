/**
 * A dashboard as Grafana's classic JSON, which Grafana 11.6 and every later one loads from a file.
 *
 * Invariant: the same model gives the same text, with fixed ids and one data source by its uid, so that a
 * generated file changes only where the definition does.
 */
import type { Dashboard as GrafanaDashboard } from '@grafana/schema'
import { intervalText } from '../expand/interval.ts'
import { forGrafana } from '../expand/own-macros.ts'
import type { Dashboard, Panel, Target, Variable } from '../model.ts'
import { appearance } from './appearance.ts'

/** The data source that is provisioned beside the dashboards. */
export const DATASOURCE = { type: 'grafana-clickhouse-datasource', uid: 'spanmeter-clickhouse' } as const
/** What the raw queries were written for; the plugin migrates from it. */
const PLUGIN_VERSION = '4.20.0'

/** Makes the JSON object; `satisfies` holds it to Grafana's own schema types. */
export function grafanaDashboard(dashboard: Dashboard): object {
  return {
    id: null,
    uid: dashboard.uid,
    title: `Spanmeter / ${dashboard.title}`,
    description: dashboard.description,
    tags: [...dashboard.tags],
    schemaVersion: 42,
    version: 1,
    editable: false,
    graphTooltip: 1,
    fiscalYearStartMonth: 0,
    time: { ...dashboard.time },
    timezone: 'browser',
    timepicker: {},
    refresh: dashboard.refresh,
    links: [],
    annotations: { list: [] },
    templating: { list: dashboard.variables.map(variable) },
    panels: dashboard.panels.map(panel),
  } satisfies GrafanaDashboard
}

function panel(source: Panel) {
  return {
    id: source.id,
    title: source.title,
    description: source.description,
    gridPos: { ...source.gridPos },
    datasource: DATASOURCE,
    ...(source.maxDataPoints === undefined ? {} : { maxDataPoints: source.maxDataPoints }),
    ...(source.minIntervalMs === undefined ? {} : { interval: intervalText(source.minIntervalMs) }),
    targets: source.targets.map(target),
    ...appearance(source),
  }
}

function target({ refId, format, sql }: Target) {
  return {
    refId,
    datasource: DATASOURCE,
    editorType: 'sql',
    // The one is for Grafana's editor, the other for the data source; both say the same.
    queryType: format,
    format: format === 'timeseries' ? 0 : 1,
    pluginVersion: PLUGIN_VERSION,
    rawSql: forGrafana(sql),
  }
}

function variable({ name, label, sql }: Variable) {
  return {
    name,
    label,
    type: 'query' as const,
    datasource: DATASOURCE,
    definition: forGrafana(sql),
    query: { refId: name, queryType: 'sql', rawSql: forGrafana(sql) },
    multi: true,
    includeAll: true,
    current: { text: ['All'], value: ['$__all'] },
    options: [],
    // On each change of the range, as the values depend on it; in the order of the query.
    refresh: 2,
    sort: 0,
    regex: '',
    hide: 0,
    skipUrlSync: false,
  }
}
