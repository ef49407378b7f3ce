/**
 * Which messages an alert becomes: one for each channel and moment, not one for each alert.
 *
 * Invariant: pure. What is silenced becomes no message; what nobody was told of when it began needs no end.
 */
import { randomUUID } from 'node:crypto'
import type { Channel } from './channel.ts'
import { type Alert, type Change, eventOf } from './records.ts'

/** Who hears of an alert. */
export interface Addressing {
  readonly channels: ReadonlyMap<string, Channel>
  /** Channels that a rule names; absent = all. */
  readonly wanted: (alert: Alert) => readonly string[] | undefined
  readonly link: string | undefined
  readonly newId?: () => string
}

/** The deliveries for alerts that began or ended at `now`. */
export function address(
  alerts: readonly Alert[],
  { channels, wanted, link, newId = randomUUID }: Addressing,
  now: number,
): Change[] {
  const changes: Change[] = []
  for (const channel of channels.values()) {
    const mine = alerts.filter(
      (alert) =>
        alert.silencedBy === undefined &&
        channel.takes(alert.severity) &&
        (wanted(alert)?.includes(channel.name) ?? true),
    )
    for (let at = 0; at < mine.length; at += channel.batch) {
      const events = mine.slice(at, at + channel.batch).map(eventOf)
      const notice = { id: newId(), createdAt: now, events, ...(link !== undefined && { link }) }
      changes.push({
        delivery: {
          id: notice.id,
          channel: channel.name,
          notice,
          status: 'pending',
          attempts: 0,
          nextAt: now,
        },
      })
    }
  }
  return changes
}
