/**
 * What Grafana reads when it starts: the data source, where the dashboards are, and sample alert rules.
 *
 * Invariant: a password is never in a file; Grafana puts it in from its environment.
 */
import { forGrafana } from '../expand/own-macros.ts'
import { sql } from '../sql/text.ts'
import { within } from '../sql/time.ts'
import { DATASOURCE } from './dashboard.ts'

/** `provisioning/datasources/*.yaml`. */
export const datasources: object = {
  apiVersion: 1,
  prune: true,
  datasources: [
    {
      name: 'Spanmeter (ClickHouse)',
      uid: DATASOURCE.uid,
      type: DATASOURCE.type,
      access: 'proxy',
      isDefault: true,
      editable: false,
      jsonData: {
        host: 'clickhouse',
        port: 9000,
        protocol: 'native',
        username: 'grafana_ro',
        defaultDatabase: 'spanmeter',
        dialTimeout: '10',
        queryTimeout: '60',
      },
      secureJsonData: { password: '$SPANMETER_GRAFANA_PASSWORD' },
    },
  ],
}

/** `provisioning/dashboards/*.yaml`. */
export const providers: object = {
  apiVersion: 1,
  providers: [
    {
      name: 'spanmeter',
      orgId: 1,
      folder: 'Spanmeter',
      folderUid: 'spanmeter',
      type: 'file',
      disableDeletion: false,
      updateIntervalSeconds: 30,
      allowUiUpdates: false,
      options: { path: '/etc/spanmeter/dashboards' },
    },
  ],
}

/** `provisioning/alerting/*.yaml`: examples, paused until somebody wants them. */
export const alerts: { readonly apiVersion: 1; readonly groups: readonly RuleGroup[] } = {
  apiVersion: 1,
  groups: [
    {
      orgId: 1,
      name: 'spanmeter',
      folder: 'Spanmeter',
      interval: '1m',
      rules: [
        rule({
          uid: 'spanmeter-daily-spend',
          title: 'Spend of 24 hours above 100 USD',
          summary: 'Spend of the last 24 hours is {{ printf "%.2f" $values.B.Value }} USD.',
          panelId: 1,
          seconds: 86_400,
          above: 100,
          query: sql`
            SELECT toFloat64(sum(ifNull(cost, toDecimal128(0, 12)))) AS spend
            FROM spans
            WHERE is_call AND ${within('start_time')}`,
        }),
        rule({
          uid: 'spanmeter-unpriced-share',
          title: 'More than 5% of the calls have no price',
          summary:
            'The cost of {{ humanizePercentage $values.B.Value }} of the calls of the last hour is not known.',
          panelId: 12,
          seconds: 3_600,
          above: 0.05,
          query: sql`
            SELECT countIf(isNull(cost) AND unpriced_reason != 'failed') / greatest(countIf(unpriced_reason != 'failed'), 1) AS share
            FROM spans
            WHERE is_call AND ${within('start_time')}`,
        }),
        rule({
          uid: 'spanmeter-spend-spike',
          title: 'Spend of an hour three times that of the same hour of the week before',
          summary: 'The last hour cost {{ printf "%.1f" $values.B.Value }} times the same hour a week ago.',
          panelId: 2,
          seconds: 3_600,
          above: 3,
          query: sql`
            SELECT toFloat64(sumIf(part, recent)) / greatest(toFloat64(sumIf(part, NOT recent)), 1) AS times
            FROM (
              SELECT ifNull(cost, toDecimal128(0, 12)) AS part, ${within('start_time')} AS recent
              FROM spans
              WHERE is_call AND (
                ${within('start_time')}
                OR (start_time >= $__fromTime_ms - INTERVAL 7 DAY AND start_time <= $__toTime_ms - INTERVAL 7 DAY))
            )`,
        }),
        rule({
          uid: 'spanmeter-error-rate',
          title: 'More than 5% of the calls fail',
          summary: '{{ humanizePercentage $values.B.Value }} of the calls of the last 15 minutes failed.',
          dashboard: 'spanmeter-reliability',
          panelId: 1,
          seconds: 900,
          above: 0.05,
          query: sql`
            SELECT countIf(status = 'error') / greatest(count(), 1) AS share
            FROM spans
            WHERE is_call AND ${within('start_time')}`,
        }),
        rule({
          uid: 'spanmeter-collector-silent',
          title: 'No collector stored a sample for 10 minutes',
          summary:
            'No collector stored anything about itself for 10 minutes: none runs, or the store refuses them.',
          dashboard: 'spanmeter-collector',
          panelId: 9,
          seconds: 600,
          above: 0.5,
          query: sql`
            SELECT toFloat64(count() = 0) AS silent
            FROM collector_samples
            WHERE $__timeFilter_ms(at)`,
        }),
      ],
    },
  ],
}

/** An example to copy: it stands beside what is mounted, because a contact point without its secret fails. */
export const contactPoints: object = {
  apiVersion: 1,
  contactPoints: [
    {
      orgId: 1,
      name: 'spanmeter-webhook',
      receivers: [
        {
          uid: 'spanmeter-webhook',
          type: 'webhook',
          settings: { url: '$SPANMETER_ALERT_WEBHOOK', httpMethod: 'POST' },
          disableResolveMessage: false,
        },
      ],
    },
    {
      orgId: 1,
      name: 'spanmeter-slack',
      receivers: [
        {
          uid: 'spanmeter-slack',
          type: 'slack',
          settings: { url: '$SPANMETER_ALERT_SLACK_URL' },
          disableResolveMessage: false,
        },
      ],
    },
    {
      orgId: 1,
      name: 'spanmeter-email',
      receivers: [
        { uid: 'spanmeter-email', type: 'email', settings: { addresses: '$SPANMETER_ALERT_EMAIL' } },
      ],
    },
  ],
}

/** A group of rules, with what each asks of ClickHouse. */
interface RuleGroup {
  readonly orgId: number
  readonly name: string
  readonly folder: string
  readonly interval: string
  readonly rules: readonly GrafanaRule[]
}

/** A rule as Grafana reads it; the first entry of `data` is the query. */
interface GrafanaRule {
  readonly [name: string]: unknown
  readonly uid: string
  readonly title: string
  readonly dashboardUid: string
  readonly panelId: number
  readonly data: readonly {
    readonly refId: string
    readonly datasourceUid: string
    readonly relativeTimeRange?: object
    readonly model: { readonly rawSql?: string; readonly [name: string]: unknown }
  }[]
}

interface Rule {
  readonly uid: string
  readonly title: string
  readonly summary: string
  /** The Overview unless it says otherwise. */
  readonly dashboard?: string
  readonly panelId: number
  /** How far back it looks. */
  readonly seconds: number
  readonly above: number
  /** Without variables: those exist in the browser only. */
  readonly query: string
}

function rule({
  uid,
  title,
  summary,
  dashboard = 'spanmeter-overview',
  panelId,
  seconds,
  above,
  query,
}: Rule): GrafanaRule {
  return {
    uid,
    title,
    condition: 'C',
    for: '5m',
    noDataState: 'OK',
    execErrState: 'Error',
    isPaused: true,
    dashboardUid: dashboard,
    panelId,
    labels: { severity: 'warning' },
    annotations: { summary },
    data: [
      {
        refId: 'A',
        datasourceUid: DATASOURCE.uid,
        relativeTimeRange: { from: seconds, to: 0 },
        model: {
          refId: 'A',
          editorType: 'sql',
          queryType: 'table',
          format: 1,
          intervalMs: 60_000,
          maxDataPoints: 43_200,
          rawSql: forGrafana(query),
        },
      },
      {
        refId: 'B',
        datasourceUid: '__expr__',
        model: { refId: 'B', type: 'reduce', expression: 'A', reducer: 'last', settings: { mode: 'dropNN' } },
      },
      {
        refId: 'C',
        datasourceUid: '__expr__',
        model: {
          refId: 'C',
          type: 'threshold',
          expression: 'B',
          conditions: [{ evaluator: { type: 'gt', params: [above] } }],
        },
      },
    ],
  }
}
