/**
 * Plays one case against a service as its caller would: over HTTP, reading or leaving.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { LedgerEntry } from '../examples/provider/ledger.ts'
import type { Case } from './cases.ts'

/** Patience for something that happens within milliseconds. */
const DEADLINE_MS = 10_000

/** Plays a case; returns the ledger entries of the calls that the service made for it, all closed. */
export async function playCase(
  serviceUrl: string,
  wiring: string,
  { name, path, body, leaveAfter }: Case,
  ledger: readonly LedgerEntry[],
): Promise<LedgerEntry[]> {
  const before = ledger.length
  const leave = new AbortController()
  const reading = fetch(serviceUrl + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-tenant-id': wiring,
      'x-user-id': 'caller',
      'x-conversation-id': name,
    },
    body: JSON.stringify(body),
    signal: leave.signal,
  }).then(async (response) => {
    let seen = ''
    for await (const bytes of response.body ?? []) {
      seen += Buffer.from(bytes).toString()
      if (leaveAfter && seen.split('data: {"text"').length > leaveAfter) leave.abort()
    }
  })
  if (leaveAfter === 0) {
    await until(() => (ledger[before]?.billed.inputUncached ?? 0) > 0)
    leave.abort()
  }
  await reading.catch((error) => {
    if (!leave.signal.aborted) throw error
  })
  await until(
    () => ledger.length > before && ledger.slice(before).every((entry) => entry.endedAt !== undefined),
  )
  return ledger.slice(before)
}

/** Waits for a condition of another process to come true. @throws {Error} at the deadline */
export async function until(
  condition: () => boolean | Promise<boolean>,
  deadline: number = DEADLINE_MS,
): Promise<void> {
  const end = performance.now() + deadline
  while (!(await condition())) {
    if (performance.now() > end)
      throw new Error(`did not come true within ${deadline / 1000} s: ${condition}`)
    await delay(10)
  }
}
