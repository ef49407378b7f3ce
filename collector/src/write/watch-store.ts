/**
 * Looks from time to time whether the store answers, for the metrics and the log.
 *
 * Invariant: a change is told once; an answer that takes too long is none.
 */
import type { Gauge } from 'prom-client'
import type { Store } from './store.ts'

const EVERY_MS = 10_000
const TIMEOUT_MS = 5_000

/** Starts at once. */
export function watchStore(
  store: Pick<Store, 'answers' | 'missing'>,
  up: Gauge,
  log: { info(line: string): void; warn(line: string): void },
): { stop(): Promise<void> } {
  let before: boolean | undefined
  const look = async () => {
    const now = await inTime(store.answers().catch(() => false))
    up.set(now ? 1 : 0)
    // what it waits for at the start it tells itself
    if (before === true && !now) log.warn('ClickHouse does not answer; what is accepted waits in the spool')
    if (before === false && now) log.info('ClickHouse answers again')
    before = now || store.missing() === undefined ? now : undefined
  }
  let looking = look()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, EVERY_MS).unref()
  return {
    async stop() {
      clearInterval(timer)
    },
  }
}

/** False where it takes too long. */
export async function inTime(answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), TIMEOUT_MS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
