/** Alerts and deliveries as rows of the store, for dashboards: what is known stays in the journal. */
import type { ClickHouseClient } from '@clickhouse/client'
import { RowMirror, timeOf } from '../write/row-mirror.ts'
import type { Alert, Change, Delivery } from './records.ts'

export class Mirror {
  readonly #alerts: RowMirror<Alert>
  readonly #deliveries: RowMirror<Delivery>

  constructor(client: ClickHouseClient, report: (error: unknown) => void) {
    this.#alerts = new RowMirror(client, { table: 'alerts', rowOf: alertRow }, report)
    this.#deliveries = new RowMirror(client, { table: 'alert_deliveries', rowOf: deliveryRow }, report)
  }

  /** Takes note of changes; they are written soon. */
  add(changes: readonly Change[]): void {
    this.#alerts.add(changes.flatMap((change) => ('alert' in change ? [change.alert] : [])))
    this.#deliveries.add(changes.flatMap((change) => ('delivery' in change ? [change.delivery] : [])))
  }

  /** Writes what is waiting. Never rejects. */
  async flush(): Promise<void> {
    await this.#alerts.flush()
    await this.#deliveries.flush()
  }
}

function alertRow(alert: Alert, version: number): object {
  const { id, source, rule, kind, severity, title, summary, subject, value, threshold, period } = alert
  return {
    ...{ id, version, source, rule, kind, severity, title, summary, subject, value, threshold, period },
    tenant_id: subject.tenant_id ?? '',
    starts_at: timeOf(alert.startsAt),
    ends_at: timeOf(alert.endsAt),
    read_at: timeOf(alert.readAt),
    acked_at: timeOf(alert.ackedAt),
    silenced: alert.silencedBy !== undefined,
  }
}

function deliveryRow(delivery: Delivery, version: number): object {
  const { id, channel, status, attempts, reason = '', notice } = delivery
  return {
    ...{ id, version, channel, status, attempts, reason },
    alert_ids: notice.events.map(({ alertId }) => alertId),
    created_at: timeOf(notice.createdAt),
    last_at: timeOf(delivery.lastAt),
    next_at: timeOf(delivery.nextAt),
  }
}
