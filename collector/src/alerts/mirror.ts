/**
 * Alerts and deliveries as rows of the store, for dashboards: what is known stays in the journal.
 *
 * Invariant: a row replaces the older one of the same id, so writing again changes nothing; the store may be away,
 * then the newest state is written when it is back.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { timeText } from '../query/raw-range.ts'
import type { Alert, Change, Delivery } from './records.ts'

const WAIT_MS = 2_000
const MOST_ROWS = 5_000

export class Mirror {
  readonly #client: ClickHouseClient
  readonly #report: (error: unknown) => void
  readonly #alerts = new Map<string, Alert>()
  readonly #deliveries = new Map<string, Delivery>()
  #version = Date.now()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #failed = false

  constructor(client: ClickHouseClient, report: (error: unknown) => void) {
    this.#client = client
    this.#report = report
  }

  /** Takes note of changes; they are written soon. */
  add(changes: readonly Change[]): void {
    for (const change of changes) {
      if ('alert' in change) this.#alerts.set(change.alert.id, change.alert)
      else if ('delivery' in change) this.#deliveries.set(change.delivery.id, change.delivery)
    }
    if (this.#alerts.size + this.#deliveries.size === 0) return
    this.#timer ??= setTimeout(() => void this.flush(), WAIT_MS).unref()
  }

  /** Writes what is waiting. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #write(): Promise<void> {
    const version = ++this.#version
    const alerts = [...this.#alerts.values()].slice(0, MOST_ROWS)
    const deliveries = [...this.#deliveries.values()].slice(0, MOST_ROWS)
    try {
      await this.#insert(
        'alerts',
        alerts.map((alert) => alertRow(alert, version)),
      )
      await this.#insert(
        'alert_deliveries',
        deliveries.map((delivery) => deliveryRow(delivery, version)),
      )
      this.#failed = false
      for (const alert of alerts) if (this.#alerts.get(alert.id) === alert) this.#alerts.delete(alert.id)
      for (const one of deliveries) if (this.#deliveries.get(one.id) === one) this.#deliveries.delete(one.id)
    } catch (error) {
      // told once for each outage, not every two seconds
      if (!this.#failed) this.#report(error)
      this.#failed = true
    }
    this.add([])
  }

  async #insert(table: string, values: readonly object[]): Promise<void> {
    if (values.length === 0) return
    await this.#client.insert({
      table,
      values,
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, insert_deduplicate: 0 },
    })
  }
}

const timeOf = (instant: number | undefined): string | null =>
  instant === undefined ? null : timeText(instant)

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
