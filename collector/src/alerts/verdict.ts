/**
 * What a receiver's answer means for a delivery.
 *
 * Invariant: every HTTP status has one meaning; who retries, and when, is the outbox's business alone.
 */

/** What became of one attempt. */
export type Verdict =
  | { readonly outcome: 'delivered' }
  /** Try again; not before `afterMs`, where the receiver said so. */
  | { readonly outcome: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** This message will never be taken. */
  | { readonly outcome: 'failed'; readonly reason: string }
  /** No message will be taken any more: the receiver is gone or its credentials are. */
  | { readonly outcome: 'disable'; readonly reason: string }

/** An answer, as much of it as is looked at. */
export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The beginning of the body. */
  readonly body: string
}

/** Which statuses mean what; whatever is not named failed. */
export interface StatusTable {
  readonly delivered: (status: number) => boolean
  readonly retry: (status: number) => boolean
  readonly disable: (status: number) => boolean
}

/** 2xx is taken; time-outs, rate limits and faults of the receiver pass; 410 says that it is gone. */
export const USUAL: StatusTable = {
  delivered: (status) => status >= 200 && status < 300,
  retry: (status) => status === 408 || status === 425 || status === 429 || status >= 500,
  disable: (status) => status === 410,
}

const SHOWN = 200

/** Reads an answer by a table. `now` is for a `Retry-After` that names a date. */
export function judge(answer: Answer, now: number, table: StatusTable = USUAL): Verdict {
  const { status, body } = answer
  if (table.delivered(status)) return { outcome: 'delivered' }
  const said = body.trim().slice(0, SHOWN)
  const reason = `answered ${status}${said === '' ? '' : `: ${said}`}`
  if (table.disable(status)) return { outcome: 'disable', reason }
  if (!table.retry(status)) return { outcome: 'failed', reason }
  const afterMs = retryAfter(answer.headers['retry-after'], now)
  return { outcome: 'retry', reason, ...(afterMs !== undefined && { afterMs }) }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Math.round(Number(value) * 1000)
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
