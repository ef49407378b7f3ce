/**
 * Answers of panels, kept for some seconds, and a bound on how many are worked out at once.
 *
 * Invariant: the same question asked by many at the same time is asked of the store once, and no more than
 * `CONCURRENT` questions are with the store.
 */
import { createHash } from 'node:crypto'

/** A body and its entity tag. */
export interface CachedAnswer {
  readonly body: string
  readonly etag: string
}

/** More wait than can be served in time: ask again later. */
export class TooBusy extends Error {
  override name = 'TooBusy'
}

const CONCURRENT = 4
const MAX_WAITING = 500
const MAX_ENTRIES = 300

/** Creates a cache; `now` in ms, answers live for `lifetime` ms. */
export function createPanelCache(now: () => number, lifetime: number) {
  const entries = new Map<string, { readonly expires: number; readonly answer: Promise<unknown> }>()
  const waiting: (() => void)[] = []
  let running = 0

  async function limited<T>(work: () => Promise<T>): Promise<T> {
    if (running >= CONCURRENT) {
      if (waiting.length >= MAX_WAITING)
        throw new TooBusy(
          'cannot answer now: too many panels are waiting for the store; try again in a few seconds',
        )
      await new Promise<void>((resume) => waiting.push(resume))
    } else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }

  function keep<T>(key: string, work: () => Promise<T>): Promise<T> {
    const known = entries.get(key)
    if (known && known.expires > now()) return known.answer as Promise<T>
    const answer = work()
    entries.delete(key)
    entries.set(key, { expires: now() + lifetime, answer })
    answer.catch(() => entries.get(key)?.answer === answer && entries.delete(key))
    for (const oldest of entries.keys()) {
      if (entries.size <= MAX_ENTRIES) break
      entries.delete(oldest)
    }
    return answer
  }

  return {
    /** The answer for `key`, from memory or from `work`, whose result is sent as JSON. Failures are not kept. */
    get(key: string, work: () => Promise<unknown>): Promise<CachedAnswer> {
      return keep(key, () => limited(work).then(encode))
    },
    /** The same for a part of what one question answers for several; a question may need the answer to another first. */
    getPart<Whole>(
      key: string,
      whole: {
        readonly key: string
        readonly first?: { readonly key: string; readonly work: () => Promise<Whole> } | undefined
        readonly work: (first?: Whole) => Promise<Whole>
      },
      pick: (whole: Whole) => unknown,
    ): Promise<CachedAnswer> {
      const ask = async () => {
        const { first } = whole
        const before = first && (await keep(first.key, () => limited(first.work)))
        return limited(() => whole.work(before))
      }
      return keep(key, async () => encode(pick(await keep(whole.key, ask))))
    },
  }
}

function encode(value: unknown): CachedAnswer {
  const body = JSON.stringify(value)
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}
