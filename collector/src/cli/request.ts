/**
 * Asks a running collector over HTTP.
 *
 * Invariant: whatever goes wrong is one sentence that says what to do.
 */

/** The default address of a collector on the same machine. */
export const DEFAULT_URL = 'http://127.0.0.1:4318'

/** The command cannot go on; the message is for people. */
export class CommandError extends Error {
  override name = 'CommandError'
  /** 1: it failed, 2: it was asked wrongly. */
  readonly exitCode: 1 | 2
  constructor(message: string, exitCode: 1 | 2, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** Where a collector is, and the token for it. */
export interface Target {
  readonly url: string
  readonly token: string | undefined
}

/**
 * Asks for a path with parameters, or posts a body to it; throws a `CommandError` unless the answer is a success.
 */
export async function request(
  { url: base, token }: Target,
  path: string,
  parameters: readonly (readonly [string, string])[],
  body?: object,
): Promise<Response> {
  const url = URL.parse(path, base)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new CommandError(
      `cannot use --url ${base}: it is no http address; write one such as ${DEFAULT_URL}`,
      2,
    )
  url.search = new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString()
  let response: Response
  try {
    response = await fetch(url, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    })
  } catch (cause) {
    const { code, message } = ((cause as Error).cause ?? cause) as NodeJS.ErrnoException
    const reason = code ?? message
    throw new CommandError(
      `cannot reach a collector at ${base}: ${reason}; start one with "spanmeter", or say where it is with --url`,
      1,
      { cause },
    )
  }
  if (response.ok) return response
  const text = await response.text()
  throw new CommandError(
    asOptions(detailOf(text)) ??
      `cannot ask ${url.origin}: it answered ${response.status}; is it a collector?`,
    response.status === 400 ? 2 : 1,
  )
}

/** What the API says of its parameters, said of the options that became them. */
function asOptions(detail: string | undefined): string | undefined {
  return detail
    ?.replace(/; in a URL, .*?(?=;|$)| \(in a URL, [^)]*\)/g, '')
    .replace(/\bstartDate\b/g, '--since')
    .replace(/\bendDate\b/g, '--until')
    .replace(/(^cannot answer \S+|;) (by|order|limit|format|period|timezone): /g, '$1 --$2: ')
}

function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown }
    return typeof detail === 'string' ? detail : undefined
  } catch {
    return undefined
  }
}
