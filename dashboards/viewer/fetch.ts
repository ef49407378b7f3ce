/**
 * Asking the collector, again and again, without ever blanking what is shown.
 *
 * Invariant: at most one question per place is open; a new question ends the old one, a mere refresh waits for it.
 */
import { useEffect, useRef, useState } from 'preact/hooks'

/** The state of one place that shows something asked for. */
export interface Asked<T> {
  /** The last good answer, also while a newer one is being waited for. */
  readonly data?: T | undefined
  readonly error?: string | undefined
  /** True while an answer to a changed question is being waited for. */
  readonly waiting: boolean
}

/** Asks for JSON. Throws with the sentence of a problem. */
export async function askFor<T>(address: string, signal?: AbortSignal): Promise<T> {
  return (await ask(address, 'application/json', signal)).json() as Promise<T>
}

/** Asks for a file's text; throws like `askFor`. */
export async function askForText(address: string): Promise<string> {
  return (await ask(address, 'text/csv')).text()
}

async function ask(address: string, accept: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(address, {
    headers: { accept },
    signal: signal ?? null,
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause
    throw new Error('The collector does not answer. It is asked again at the next refresh.', { cause })
  })
  if (response.ok) return response
  const problem = (await response.json().catch(() => ({}))) as { detail?: string }
  throw new Error(problem.detail ?? `The collector answered with status ${response.status}.`)
}

/** Asks when `address` changes and when `tick` does; `undefined` asks nothing. */
export function useAsked<T>(address: string | undefined, tick: number): Asked<T> & { retry: () => void } {
  const [state, setState] = useState<Asked<T> & { address?: string | undefined }>({ waiting: true })
  const [again, setAgain] = useState(0)
  const open = useRef<{ address: string; controller: AbortController } | undefined>(undefined)
  useEffect(() => {
    if (address === undefined || open.current?.address === address) return
    open.current?.controller.abort()
    const question = { address, controller: new AbortController() }
    open.current = question
    setState((old) => ({ ...old, waiting: old.address !== address }))
    askFor<T>(address, question.controller.signal)
      .then((data) => open.current === question && setState({ data, address, waiting: false }))
      .catch((error: Error) => {
        if (open.current !== question) return
        setState((old) => ({ ...old, error: error.message, waiting: false }))
      })
      .finally(() => {
        if (open.current === question) open.current = undefined
      })
  }, [address, tick, again])
  useEffect(() => () => open.current?.controller.abort(), [])
  return { ...state, retry: () => setAgain((count) => count + 1) }
}

/** Counts up every `period` ms while the page is seen, and at once when it is seen again after longer. */
export function useTicks(period: number): [number, () => void] {
  const [tick, setTick] = useState(0)
  const last = useRef(Date.now())
  const next = () => {
    last.current = Date.now()
    setTick((count) => count + 1)
  }
  useEffect(() => {
    if (period <= 0) return
    const timer = setInterval(() => document.visibilityState === 'visible' && next(), period)
    const seen = () => {
      if (document.visibilityState === 'visible' && Date.now() - last.current >= period) next()
    }
    document.addEventListener('visibilitychange', seen)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [period])
  return [tick, next]
}

/** `30s` in ms; 0 for never. */
export function periodOf(refresh: string): number {
  const [, count, unit] = /^(\d+)([smh])$/.exec(refresh) ?? []
  return count === undefined
    ? 0
    : Math.max(Number(count) * { s: 1_000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h'], 1_000)
}
