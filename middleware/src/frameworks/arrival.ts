/**
 * A request whose budgets are asked before its handler runs.
 *
 * Invariant: without limits the handler runs at once, as it did; what breaks in asking lets the request through.
 */
import { reportFailure } from '../capture/report.ts'
import type { Arrived } from '../quota/quota.ts'
import { policyName, type RefusalAnswer } from '../quota/refusal.ts'

/** How an adapter goes on. */
export interface Ways<T> {
  /** Sets a header of the response to come. */
  header(name: string, value: string): void
  /** Answers with a refusal. */
  refuse(answer: RefusalAnswer): T
  /** Runs the handler. */
  go(): T
}

/** @param asked what the budgets say, or will say; `undefined` = nobody is asked */
export function admitArrival<T>(
  asked: Arrived | Promise<Arrived> | undefined,
  ways: Ways<T>,
): T | Promise<Awaited<T>> {
  if (asked === undefined) return ways.go()
  if (!(asked instanceof Promise)) return heard(asked, ways)
  return asked.then(
    (arrived) => heard(arrived, ways),
    (error: unknown) => {
      reportFailure('ask the budgets of a request', error)
      return ways.go()
    },
  ) as Promise<Awaited<T>>
}

function heard<T>(arrived: Arrived, { header, refuse, go }: Ways<T>): T {
  if (arrived.refusal) return refuse(arrived.refusal.answer())
  try {
    const [nearest] = arrived.near
    if (nearest) {
      const name = policyName(nearest.budget)
      const left = nearest.limit > nearest.spent ? nearest.limit - nearest.spent : 0n
      const unit = nearest.unit === 'usd' ? 'micro-usd' : nearest.unit
      const scale = nearest.unit === 'usd' ? 1_000_000n : 1_000_000_000_000n
      header('ratelimit-policy', `${name};q=${nearest.limit / scale};qu="${unit}"`)
      const resets = Number.isFinite(nearest.endsInS) ? `;t=${Math.max(0, nearest.endsInS)}` : ''
      header('ratelimit', `${name};r=${left / scale}${resets}`)
      header('budget-warning', arrived.near.map(warningOf).join(', '))
    }
  } catch (error) {
    reportFailure('warn of a budget', error)
  }
  return go()
}

function warningOf({ budget, percent }: Arrived['near'][number]): string {
  return `${policyName(budget)};pct=${Math.floor(percent)}`
}

/** A response with further headers; its own may be fixed. */
export function withHeaders(response: Response, more: readonly [string, string][]): Response {
  if (more.length === 0) return response
  const headers = new Headers(response.headers)
  for (const [name, value] of more) headers.set(name, value)
  const { status, statusText, body } = response
  return new Response(body, { status, statusText, headers })
}
