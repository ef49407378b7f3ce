/**
 * How many spans came again, by who sent them, until somebody stores it.
 *
 * Invariant: bounded: senders beyond the bound are counted together, as nobody's. It is only asked about spans that
 * are left out, so it costs others nothing.
 */
import { TEXT } from '../normalise/fields.ts'
import type { Envelope, SpanRecord } from '../normalise/span-record.ts'

/** Spans of one sender. */
export interface Repeated {
  readonly tenant_id: string
  readonly service_name: string
  readonly environment: string
  readonly spans: number
}

const MAX_SENDERS = 2000
const NOBODY: Sender = { tenant_id: '', service_name: '', environment: '' }

type Sender = Omit<Repeated, 'spans'>

export class Repeats {
  #counts = new Map<string, Repeated>()

  /** Counts a span; `tenant` is whose it is, whatever it says. */
  see(span: SpanRecord, { resource }: Envelope, tenant?: string): void {
    const text = (field: number) => span.attributes.textOf(field) || resource.textOf(field)
    const sender = {
      tenant_id: tenant ?? text(TEXT.tenantId),
      service_name: text(TEXT.serviceName),
      environment: text(TEXT.environment),
    }
    this.#add(sender, 1)
  }

  /** What was counted since the last time. */
  take(): readonly Repeated[] {
    const counts = this.#counts
    this.#counts = new Map()
    return [...counts.values()]
  }

  /** Takes back what could not be stored. */
  giveBack(rows: readonly Repeated[]): void {
    for (const { spans, ...sender } of rows) this.#add(sender, spans)
  }

  #add(sender: Sender, spans: number): void {
    let key = keyOf(sender)
    let counted = sender
    if (!this.#counts.has(key) && this.#counts.size >= MAX_SENDERS) {
      counted = NOBODY
      key = keyOf(NOBODY)
    }
    this.#counts.set(key, { ...counted, spans: (this.#counts.get(key)?.spans ?? 0) + spans })
  }
}

function keyOf({ tenant_id, service_name, environment }: Sender): string {
  return JSON.stringify([tenant_id, service_name, environment])
}
