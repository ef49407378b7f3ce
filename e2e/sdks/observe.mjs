/**
 * What a program sees of a call, as plain data: so that a metered run can be compared with one that is not.
 *
 * Invariant: what differs between two runs by nature (ports, dates of the connection) is left out, nothing else.
 */

const VOLATILE = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding'])

/** Everything that an answer's head says. */
export function head(response) {
  const { status, statusText, ok, url, redirected, type, bodyUsed } = response
  const headers = [...response.headers.entries()].filter(([name]) => !VOLATILE.has(name)).sort()
  return {
    status,
    statusText,
    ok,
    url,
    redirected,
    type,
    bodyUsed,
    headers,
    class: response.constructor.name,
  }
}

/** All that a stream gives. */
export async function items(stream) {
  const seen = []
  for await (const item of stream) seen.push(item)
  return seen
}

/** What a call throws. */
export async function broken(work) {
  try {
    return { returned: await work() }
  } catch (error) {
    return { thrown: errorOf(error) }
  }
}

/** An error as its catcher sees it. */
export function errorOf(error) {
  if (typeof error !== 'object' || error === null) return { value: String(error) }
  const { name, message, status, statusCode, code, type, requestID, request_id, error: body } = error
  return {
    class: error.constructor?.name,
    name,
    message,
    status,
    statusCode,
    code,
    type,
    request: requestID ?? request_id,
    body,
    cause: error.cause === undefined ? undefined : errorOf(error.cause),
  }
}

/** Begins a call, waits until the provider works on it, and gives it up for a reason of the program's own. */
export async function leave(arrived, begin) {
  const before = await arrived.count()
  const controller = new AbortController()
  const call = begin(controller.signal)
  call.catch?.(() => undefined)
  await arrived.after(before)
  controller.abort(new Error('enough'))
  return await call
}

/**
 * Reads `count` pieces of text of a stream and leaves it: by `abort`, or by ending the loop.
 *
 * @returns the pieces, and what the stream throws
 */
export async function said(stream, textOf, count, abort) {
  const pieces = []
  try {
    for await (const item of stream) {
      const text = textOf(item)
      if (text) pieces.push(text)
      if (pieces.length < count) continue
      if (!abort) break
      abort()
    }
  } catch (error) {
    return { pieces, thrown: errorOf(error) }
  }
  return { pieces }
}
