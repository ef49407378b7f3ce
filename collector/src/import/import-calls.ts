/**
 * Sends the calls of a source to a collector, each once.
 *
 * Invariant: a call that the collector has is not sent, whoever sent it and however long ago; what was acknowledged is
 * stored, so an import that broke off is finished by another one.
 */
import { CommandError, request, type Target } from '../cli/request.ts'
import { type ImportedCall, otlpRequest } from './imported-call.ts'
import type { ImportRange, UsageSource } from './source.ts'

export interface ImportOptions {
  readonly source: UsageSource
  readonly target: Target
  readonly range: ImportRange
  readonly service: string
  readonly scope: string
  readonly onProgress?: (done: Imported) => void
}

/** How many calls were sent, and how many were there. */
export interface Imported {
  readonly sent: number
  readonly there: number
}

export async function importCalls(options: ImportOptions): Promise<Imported> {
  const { source, target, range, service, scope, onProgress } = options
  let done: Imported = { sent: 0, there: 0 }
  for await (const page of source.pages(range)) {
    const known = await stored(target, page)
    const fresh = page.filter((call) => !known.has(idOf(call)))
    if (fresh.length > 0) await send(target, otlpRequest(fresh, { service, scope }), fresh.length)
    done = { sent: done.sent + fresh.length, there: done.there + page.length - fresh.length }
    onProgress?.(done)
  }
  return done
}

function idOf({ traceId, spanId }: ImportedCall): string {
  return `${traceId}-${spanId}`
}

/** Ids of the calls that the collector has at the times of these. */
async function stored(target: Target, calls: readonly ImportedCall[]): Promise<Set<string>> {
  const ids = new Set<string>()
  if (calls.length === 0) return ids
  const starts = calls.map(({ start }) => start)
  const asked: [string, string][] = [
    ['period', 'custom'],
    ['startDate', new Date(Math.min(...starts)).toISOString()],
    ['endDate', new Date(Math.max(...starts) + 1).toISOString()],
    ['sort', 'timestamp'],
    ['limit', '1000'],
  ]
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = cursor === '' ? asked : [...asked, ['cursor', cursor] as const]
    const response = await request(target, '/api/v1/usage/events', page)
    const body = (await response.json()) as { events: { event_id: string }[]; next_cursor: string | null }
    for (const { event_id } of body.events) ids.add(event_id)
    cursor = body.next_cursor
  }
  return ids
}

async function send(target: Target, body: object, calls: number): Promise<void> {
  const response = await request(target, '/v1/traces', [], body)
  const { partialSuccess } = (await response.json()) as {
    partialSuccess?: { rejectedSpans?: number | string; errorMessage?: string }
  }
  const rejected = Number(partialSuccess?.rejectedSpans ?? 0)
  if (rejected > 0)
    throw new CommandError(
      `cannot import ${rejected} of ${calls} calls: ${partialSuccess?.errorMessage ?? 'the collector refused them'}`,
      1,
    )
}
