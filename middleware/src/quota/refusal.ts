/**
 * A budget's no, for people and for programs.
 *
 * Invariant: the numbers in it are those that decided; it names nobody but the subject that was asked for. A retry is
 * only suggested where it can help.
 */
import { parseObject } from '../streams/json-body.ts'
import type { BudgetUnit, Scope } from './protocol.ts'

/** Why something was refused. */
export type RefusalCode =
  | 'budget-exceeded'
  | 'budget-held'
  | 'request-exceeds-budget'
  | 'budget-suspended'
  | 'enforcement-unavailable'

const KINDS: Readonly<Record<RefusalCode, { status: number; title: string }>> = {
  'budget-exceeded': { status: 402, title: 'The budget is used up' },
  'budget-held': { status: 429, title: 'Calls under way may use up what is left' },
  'request-exceeds-budget': { status: 402, title: 'This request is larger than the budget' },
  'budget-suspended': { status: 402, title: 'The subscription is suspended' },
  'enforcement-unavailable': { status: 503, title: 'The budget cannot be checked' },
}

/** What is known of a refusal. Amounts are decimal text in `unit`. */
export interface RefusalFacts {
  code: RefusalCode
  budget: string
  subject: Scope
  unit: BudgetUnit
  meter?: string | undefined
  limit?: string | undefined
  committed?: string | undefined
  held?: string | undefined
  requested: string
  /** When the period ends, milliseconds since the epoch. */
  resetsAt?: number | undefined
  /** Seconds after which a retry can help; absent = none can. */
  retryAfter?: number | undefined
  decisionId: string
}

/** A refusal as an HTTP answer. */
export interface RefusalAnswer {
  status: number
  /** Names the decision, for clients that hand on nothing else. */
  statusText: string
  headers: Record<string, string>
  body: string
}

/** A budget has refused a call, a job or a request. */
export class BudgetExceededError extends Error {
  override readonly name = 'BudgetExceededError'
  readonly code: RefusalCode
  /** HTTP status that says so: 402, 429 or 503. */
  readonly status: number
  /** As `status`, for frameworks that look for this name. */
  readonly statusCode: number
  /** The message may be shown to callers. */
  readonly expose = true
  readonly facts: RefusalFacts

  constructor(facts: RefusalFacts) {
    super(sentence(facts))
    this.facts = facts
    this.code = facts.code
    this.status = KINDS[facts.code].status
    this.statusCode = this.status
  }

  /** As an answer to whoever asked: RFC 9457 problem details. */
  answer(): RefusalAnswer {
    return answerOf(this)
  }

  /** As a Web response. */
  toResponse(): Response {
    const { body, ...head } = answerOf(this)
    return new Response(body, head)
  }
}

const URN = 'urn:spanmeter:problem:'

/**
 * The refusal behind an error, wherever it came through: `admit()`, an official SDK's own error, a transport's cause.
 *
 * @example
 * ```ts
 * app.onError((error, c) => budgetExceeded(error)?.toResponse() ?? c.text('broken', 500))
 * ```
 */
export function budgetExceeded(error: unknown): BudgetExceededError | undefined {
  let at: unknown = error
  for (let depth = 0; depth < 5 && typeof at === 'object' && at !== null; depth++) {
    if (at instanceof BudgetExceededError) return at
    const { name, facts, cause } = at as Record<string, unknown>
    // Another copy of this package.
    if (name === 'BudgetExceededError' && facts) return new BudgetExceededError(facts as RefusalFacts)
    const told = toldBy(at)
    if (told) return new BudgetExceededError(told)
    at = cause
  }
  return undefined
}

/** Where clients keep the body of an answer that is no success: parsed, as text, or within their message. */
const KEPT_IN = ['error', 'body', 'responseBody', 'response', 'data', 'message'] as const

function toldBy(kept: unknown, depth = 0): RefusalFacts | undefined {
  if (typeof kept === 'string') {
    if (!kept.includes(URN)) return undefined
    return toldBy(parseObject(kept.slice(kept.indexOf('{'), kept.lastIndexOf('}') + 1)), depth)
  }
  if (typeof kept !== 'object' || kept === null || depth > 4) return undefined
  const { type, spanmeter } = kept as { type?: unknown; spanmeter?: unknown }
  if (typeof type === 'string' && type.startsWith(URN) && spanmeter) return spanmeter as RefusalFacts
  for (const name of KEPT_IN) {
    const told = toldBy((kept as Record<string, unknown>)[name], depth + 1)
    if (told) return told
  }
  // What keeps no body keeps the status text.
  const { message } = kept as { message?: unknown }
  const id = typeof message === 'string' ? DECIDED.exec(message)?.[1] : undefined
  return id === undefined ? undefined : lately.get(id)
}

/** How a status text names a decision. */
const DECIDED = /\(decision ([0-9a-f-]{36})\)/
const MAX_LATELY = 200
/** The last refusals that were answers, by decision. */
const lately = new Map<string, RefusalFacts>()

function remember(facts: RefusalFacts): void {
  lately.set(facts.decisionId, facts)
  const [oldest] = lately.keys()
  if (lately.size > MAX_LATELY && oldest !== undefined) lately.delete(oldest)
}

function sentence({
  code,
  budget,
  unit,
  meter,
  limit,
  committed,
  held,
  requested,
  resetsAt,
}: RefusalFacts): string {
  const what = unit === 'meter' ? (meter ?? unit) : unit === 'usd' ? 'USD' : unit
  const until = resetsAt === undefined ? '' : ` until ${new Date(resetsAt).toISOString()}`
  switch (code) {
    case 'budget-exceeded':
      return `cannot go on: the limit of ${limit} ${what} of budget ${budget} is reached (${committed} used)${until}; wait for that or raise the limit`
    case 'budget-held':
      return `cannot go on yet: of ${limit} ${what} of budget ${budget} ${committed} are used and ${held} held by calls under way; try again in a moment`
    case 'request-exceeds-budget':
      return `cannot go on: ${requested} ${what} are more than the whole limit of ${limit} of budget ${budget}; ask for less or raise the limit`
    case 'budget-suspended':
      return `cannot go on: the subscription behind budget ${budget} is suspended; have it resumed`
    default:
      return `cannot check budget ${budget}: the collector does not answer, and the budget is closed then; try again in a moment`
  }
}

function answerOf({ code, status, message, facts }: BudgetExceededError): RefusalAnswer {
  const { title } = KINDS[code]
  const type = `${URN}${code}`
  const body = {
    ...{ type, title, status, detail: message, code },
    'violated-policies': [facts.budget],
    ...{ budget: facts.budget, scope: facts.subject, unit: facts.unit, meter: facts.meter },
    ...{ limit: facts.limit, committed: facts.committed, held: facts.held, requested: facts.requested },
    resets_at: facts.resetsAt === undefined ? undefined : new Date(facts.resetsAt).toISOString(),
    decision_id: facts.decisionId,
    // As OpenAI's and Anthropic's SDKs expect it.
    error: { message, type, code, param: null, spanmeter: facts },
  }
  remember(facts)
  const statusText = `${title} (decision ${facts.decisionId})`
  return { status, statusText, headers: headersOf(facts, status), body: JSON.stringify(body) }
}

function headersOf(facts: RefusalFacts, status: number): Record<string, string> {
  const { retryAfter, resetsAt } = facts
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-should-retry': String(retryAfter !== undefined),
    'spanmeter-decision': facts.decisionId,
  }
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter)
  if (status !== 503) {
    const seconds =
      resetsAt === undefined ? undefined : Math.max(0, Math.ceil((resetsAt - Date.now()) / 1000))
    headers.ratelimit = `${policyName(facts.budget)};r=0${seconds === undefined ? '' : `;t=${seconds}`}`
  }
  return headers
}

/** A budget's id as a string of structured fields (RFC 9651). */
export function policyName(budget: string): string {
  return `"${budget.replace(/[^\x20-\x7e]|["\\]/g, '_')}"`
}
