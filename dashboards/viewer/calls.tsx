/**
 * The calls behind a number: those of the range and the filters, a page at a time.
 *
 * Invariant: the list is what the API's events are for the same range and filters.
 */
import { useEffect, useState } from 'preact/hooks'
import type { CallQuery } from '../src/model.ts'
import { parseInstant } from '../src/time-range.ts'
import { saveFile } from './csv.ts'
import { askFor, askForText } from './fetch.ts'
import { formatExact, formatValue } from './format.ts'
import { Icon } from './icons.tsx'
import { type View, zoneOf } from './location.ts'
import { formatInstant } from './time.ts'

/** A call, as the API's events have it; what this list shows of it. */
export interface CallEvent {
  readonly trace_id: string
  readonly span_id: string
  readonly timestamp: string
  readonly duration_seconds: number
  readonly status: string
  readonly error_type: string | null
  readonly provider: string | null
  readonly model: string | null
  readonly service: string | null
  readonly tenant_id: string | null
  readonly feature: string | null
  readonly total_tokens: number
  readonly cost_exact: string | null
  readonly unpriced_reason: string | null
}

interface Page {
  readonly events: readonly CallEvent[]
  readonly next_cursor: string | null
}

const FILTERS: Readonly<Record<string, string>> = { tenant: 'tenant_id' }
const SORTS = [
  ['-cost', 'Most expensive'],
  ['-timestamp', 'Newest'],
  ['timestamp', 'Oldest'],
  ['-tokens', 'Most tokens'],
  ['-duration', 'Slowest'],
] as const
const KINDS = [
  ['', 'All calls'],
  ['status=error', 'Failed'],
  ['unpriced=true', 'Without a price'],
  ['usage_source=estimated', 'Usage estimated'],
  ['usage_source=missing', 'Usage missing'],
] as const

/** The API's question for a view and what is asked of its calls; undefined where the range is none. */
function callsQuery(view: View, query: CallQuery, now: number): URLSearchParams | undefined {
  const zone = zoneOf(view)
  const from = parseInstant(query.from ?? view.from, now, zone)
  const to = parseInstant(query.to ?? view.to, now, zone, true)
  if (from === undefined || to === undefined) return undefined
  const search = new URLSearchParams({
    startDate: new Date(from).toISOString(),
    // Grafana's ends are part of a range, the API's are not.
    endDate: new Date(to + 1).toISOString(),
    sort: query.sort ?? '-timestamp',
  })
  if (query.status) search.set('status', query.status)
  if (query.unpriced) search.set('unpriced', query.unpriced)
  if (query.usage_source) search.set('usage_source', query.usage_source)
  for (const [name, values] of Object.entries(view.variables))
    for (const value of values) search.append(FILTERS[name] ?? name, value)
  return search
}

interface CallsProps {
  readonly view: View
  readonly query: CallQuery
  readonly onChange: (query: CallQuery) => void
  readonly onOpen: (call: CallEvent) => void
}

/** Draws the list with its order and kind. */
export function Calls({ view, query, onChange, onOpen }: CallsProps) {
  const [now] = useState(Date.now)
  const search = callsQuery(view, query, now)
  const zone = zoneOf(view)
  const { pages, error, waiting, more } = usePages(search?.toString())
  const events = pages.flatMap((page) => page.events)
  const kind = KINDS.find(([text]) => text !== '' && (search?.toString() ?? '').includes(text))?.[0] ?? ''
  const rest = { from: query.from, to: query.to, sort: query.sort }
  return (
    <>
      <div class="drawer-bar">
        <select
          class="control"
          aria-label="Which calls"
          value={kind}
          onChange={(event) =>
            onChange(
              clean({ ...rest, ...Object.fromEntries(new URLSearchParams(event.currentTarget.value)) }),
            )
          }
        >
          {KINDS.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
        <select
          class="control"
          aria-label="Order"
          value={query.sort ?? '-timestamp'}
          onChange={(event) => onChange(clean({ ...query, sort: event.currentTarget.value }))}
        >
          {SORTS.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
        <span class="space" />
        {search && events.length > 0 && (
          <button
            type="button"
            class="control"
            onClick={() =>
              void askForText(`/api/v1/usage/events?${search}&limit=1000&format=csv`).then((text) =>
                saveFile('spanmeter calls.csv', 'text/csv', text),
              )
            }
          >
            <Icon name="download" />
            CSV
          </button>
        )}
      </div>
      {error && (
        <p class="notice bad" role="status">
          {error}
        </p>
      )}
      {!waiting && !error && events.length === 0 && (
        <p class="empty">No such calls in this range with these filters.</p>
      )}
      <ul class="calls" aria-busy={waiting}>
        {events.map((event) => (
          <li key={`${event.trace_id}${event.span_id}`}>
            <button type="button" onClick={() => onOpen(event)}>
              <span class="what">
                <b>{event.model ?? 'unknown model'}</b>
                <span
                  class={`amount ${event.cost_exact === null ? 'none' : ''}`}
                  title={formatExact(event.cost_exact, 'usd')}
                >
                  {event.cost_exact === null ? costless(event) : formatValue(event.cost_exact, 'usd')}
                </span>
              </span>
              <span class="details">
                <span>{formatInstant(Date.parse(event.timestamp), zone)}</span>
                <span>{formatValue(event.duration_seconds, 'seconds')}</span>
                <span>{formatValue(event.total_tokens, 'tokens')} tokens</span>
                {[event.tenant_id, event.feature, event.service].map(
                  (name) => name && <span key={name}>{name}</span>,
                )}
                {event.status === 'error' && <span class="bad">failed: {event.error_type ?? 'error'}</span>}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {more && (
        <button type="button" class="control more" onClick={more} disabled={waiting}>
          Show more
        </button>
      )}
    </>
  )
}

function costless({ unpriced_reason: reason }: CallEvent): string {
  return reason === 'failed' ? 'nothing to bill' : 'no price'
}

/** Without what is not set: an address then has nothing of it. */
function clean(query: Readonly<Record<string, string | undefined>>): CallQuery {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as CallQuery
}

/** Pages of events, a new first one whenever the question changes. */
function usePages(search: string | undefined) {
  const [state, setState] = useState<{ pages: readonly Page[]; error?: string; waiting: boolean }>({
    pages: [],
    waiting: true,
  })
  const ask = (before: readonly Page[], signal: AbortSignal) => {
    setState({ pages: before, waiting: true })
    const cursor = before.at(-1)?.next_cursor
    askFor<Page>(
      `/api/v1/usage/events?${search}&limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
      signal,
    )
      .then((page) => setState({ pages: [...before, page], waiting: false }))
      .catch((error: Error) => {
        if (!signal.aborted) setState({ pages: before, error: error.message, waiting: false })
      })
  }
  useEffect(() => {
    if (search === undefined) return
    const controller = new AbortController()
    ask([], controller.signal)
    return () => controller.abort()
  }, [search])
  const last = state.pages.at(-1)
  return {
    ...state,
    more: last?.next_cursor ? () => ask(state.pages, new AbortController().signal) : undefined,
  }
}
