/**
 * Asks the query API: one method a question, with its parameters and its answer as types.
 *
 * Invariant: questions only; each may be asked again, so one that gets no answer is, a bounded number of times.
 */

import { createAnswers } from './answers.ts'
import { type Operations, PATHS } from './api.gen.ts'
import { SpanmeterError } from './error.ts'
import { withRetries } from './retry.ts'

/** Where and how to ask. */
export interface SpanmeterClientOptions {
  /** Address of the collector, such as `http://127.0.0.1:4318`. */
  readonly url: string
  /** Token with the role `read`. */
  readonly token?: string
  /** How often a question is asked again that got no answer, or 429, 502, 503 or 504. */
  readonly retries?: number
  /** How long one attempt may take, ms. */
  readonly timeoutMs?: number
  /** How many answers are kept, to be asked for with their ETag; 0 keeps none. */
  readonly keep?: number
  readonly fetch?: typeof globalThis.fetch
}

/** How one question is asked. */
interface AskOptions {
  readonly signal?: AbortSignal
}

type Parameters<Name extends keyof Operations> = Operations[Name]['parameters']

/** A method for each question. */
export type SpanmeterClient = {
  readonly [Name in keyof Operations]: (
    ...given: Partial<Parameters<Name>> extends Parameters<Name>
      ? [parameters?: Parameters<Name>, options?: AskOptions]
      : [parameters: Parameters<Name>, options?: AskOptions]
  ) => Promise<Operations[Name]['answer']>
}

/**
 * Creates a client.
 *
 * @example
 * const spanmeter = createClient({ url: 'http://127.0.0.1:4318' })
 * const { total } = await spanmeter.getUsageSummary({ period: 'month', timezone: 'Europe/Berlin' })
 */
export function createClient(options: SpanmeterClientOptions): SpanmeterClient {
  const { url, token, retries = 2, timeoutMs = 30_000, keep = 100 } = options
  const base = baseOf(url)
  const answers = createAnswers(keep)
  const ask = async (path: string, given: Values = {}, { signal }: AskOptions = {}) => {
    const address = addressOf(base, path, given)
    const known = answers.get(address)
    const once = async () => {
      const timeout = AbortSignal.timeout(timeoutMs)
      const response = await (options.fetch ?? fetch)(address, {
        headers: {
          accept: 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(known === undefined ? {} : { 'if-none-match': known.etag }),
        },
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      }).catch((cause: unknown) => {
        if (signal?.aborted) throw cause
        throw new SpanmeterError(
          `cannot ask ${address}: ${(cause as Error).message}; is the collector running?`,
          {
            status: 0,
            cause,
          },
        )
      })
      return answers.take(address, response, known)
    }
    return withRetries(once, { retries, ...(signal ? { signal } : {}) })
  }
  return Object.fromEntries(
    Object.entries(PATHS).map(([name, path]) => [
      name,
      (given?: Values, how?: AskOptions) => ask(path, given, how),
    ]),
  ) as unknown as SpanmeterClient
}

type Values = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

function baseOf(url: string): string {
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new TypeError(
      `cannot create a client for "${url}": it is no http(s) address; write http://127.0.0.1:4318`,
    )
  return url.replace(/\/+$/, '')
}

/** Puts the parameters into the path and behind it; an absent one is left out, a list is repeated. */
function addressOf(base: string, path: string, given: Values): string {
  const query = new URLSearchParams()
  const inPath = new Set<string>()
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    inPath.add(name)
    return encodeURIComponent(String(given[name] ?? ''))
  })
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || inPath.has(name)) continue
    for (const each of Array.isArray(value) ? value : [value]) query.append(name, String(each))
  }
  const text = query.toString()
  return `${base}${filled}${text === '' ? '' : `?${text}`}`
}
