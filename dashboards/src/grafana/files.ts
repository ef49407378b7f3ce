/**
 * Every file that Grafana is given, by its path below `dashboards/grafana`.
 *
 * Invariant: pure; the same definitions give the same bytes.
 */
import { stringify } from 'yaml'
import { dashboards } from '../registry.ts'
import { grafanaDashboard } from './dashboard.ts'
import { alerts, contactPoints, datasources, providers } from './provisioning.ts'

const NOTICE = '# Made by `npm run build:grafana -w dashboards`; change dashboards/src instead.\n'

/** Path to text. */
export function grafanaFiles(): Map<string, string> {
  const yaml = (value: object) => NOTICE + stringify(value, { lineWidth: 0 })
  return new Map([
    ...dashboards.map((dashboard): [string, string] => [
      `dashboards/${dashboard.uid}.json`,
      `${JSON.stringify(grafanaDashboard(dashboard), null, 2)}\n`,
    ]),
    ['provisioning/datasources/spanmeter.yaml', yaml(datasources)],
    ['provisioning/dashboards/spanmeter.yaml', yaml(providers)],
    ['provisioning/alerting/spanmeter.yaml', yaml(alerts)],
    ['examples/contact-points.yaml', yaml(contactPoints)],
  ])
}
