/**
 * One call, and why it costs what it costs.
 *
 * Invariant: the parts are those of the API, whole; nothing is added up here.
 */
import type { CallEvent } from './calls.tsx'
import { useAsked } from './fetch.ts'
import { formatExact, formatValue } from './format.ts'
import { formatInstant } from './time.ts'

interface Part {
  readonly billed: string
  readonly quantity: number
  readonly unit_price_exact: string
  readonly cost_exact: string
}

/** How far Stripe knows of the hour of the call. */
interface Sync {
  readonly state: string
  readonly provider_id: string | null
  readonly error: string | null
}

interface Answer {
  readonly event: CallEvent &
    Readonly<Record<string, string | number | boolean | null>> & {
      readonly sync?: Sync | null
    }
  readonly price: {
    readonly state: string
    readonly detail: string
    readonly cost_exact: string | null
    readonly cost_source: string | null
    readonly price_version: string | null
    readonly book: { version: string; provider: string; model: string; factor: string } | null
    readonly parts: readonly Part[]
    readonly parts_total_exact: string | null
    readonly difference_exact: string | null
  }
}

const STATES: Readonly<Record<string, string>> = {
  explained: 'The parts sum to the cost',
  billed_by_provider: 'Billed by the provider',
  differs: 'The parts sum to something else',
  unexplained: 'The price book has no price',
  unpriced: 'No cost is known',
}
const SOURCES: Readonly<Record<string, string>> = {
  provider: 'the provider said so',
  local: 'rated in the service',
  collector: 'rated by the collector',
  reported: 'rated by the sender',
}
const SYNC: Readonly<Record<string, readonly [tone: string, what: string]>> = {
  pending: ['quiet', 'to be sent'],
  sent: ['info', 'Stripe took it'],
  confirmed: ['good', 'the sum in Stripe is the same'],
  rejected: ['critical', 'Stripe refused it'],
  drift: ['critical', 'the sum in Stripe is another one'],
  skipped: ['warning', 'the tenant is no customer in Stripe'],
  expired: ['lapsed', 'too old for Stripe'],
}
const WHO = [
  ['service', 'Service'],
  ['environment', 'Environment'],
  ['tenant_id', 'Tenant'],
  ['user_id', 'User'],
  ['feature', 'Feature'],
  ['agent_name', 'Agent'],
  ['conversation_id', 'Conversation'],
  ['run_id', 'Run'],
] as const
const WHAT = [
  ['operation', 'Operation'],
  ['request_model', 'Asked for'],
  ['response_model', 'Answered by'],
  ['service_tier', 'Tier'],
  ['http_status_code', 'Status'],
  ['error_type', 'Error'],
  ['usage_source', 'Usage'],
  ['trace_id', 'Trace'],
  ['span_id', 'Span'],
] as const

/** Draws the call of an address `{trace id}/{span id}`, which began at `at` (ms). */
export function Call({ id, at, zone }: { readonly id: string; readonly at: string; readonly zone: string }) {
  const near = /^\d+$/.test(at) ? `?timestamp=${new Date(Number(at)).toISOString()}` : ''
  const named = /^[^/]+\/[^/]+$/.test(id)
  const asked = useAsked<Answer>(named ? `/api/v1/usage/events/${id}${near}` : undefined, 0)
  const { data } = asked
  const error = named ? asked.error : `“${id}” names no call; open one from the list of calls.`
  if (error)
    return (
      <p class="notice bad" role="status">
        {error}
      </p>
    )
  if (!data) return <p class="hint">Asking …</p>
  const { event, price } = data
  return (
    <div class="call">
      <p class="call-cost">
        <b>{price.cost_exact === null ? 'No cost' : formatExact(price.cost_exact, 'usd')}</b>
        <span>
          {event.model ?? 'unknown model'} at {event.provider ?? 'an unknown provider'}
        </span>
      </p>
      <p class="hint">
        {formatInstant(Date.parse(event.timestamp), zone)} · took{' '}
        {formatValue(event.duration_seconds, 'seconds')}
        {event.time_to_first_chunk_seconds !== null &&
          ` · first token after ${formatValue(event.time_to_first_chunk_seconds as number, 'seconds')}`}
      </p>
      <h3>Why this number</h3>
      <p class={`verdict ${price.state}`}>
        <b>{STATES[price.state] ?? price.state}.</b> {price.detail}
      </p>
      {price.parts.length > 0 && <Parts price={price} />}
      <dl class="facts">
        <Fact name="Source">
          {price.cost_source === null ? null : (SOURCES[price.cost_source] ?? price.cost_source)}
        </Fact>
        <Fact name="Price version">{price.price_version}</Fact>
        <Fact name="Price book">{price.book && `${price.book.provider}, ${price.book.model}`}</Fact>
        <Fact name="Tier factor">{price.book && price.book.factor !== '1/1' ? price.book.factor : null}</Fact>
      </dl>
      {event.sync && <Billed sync={event.sync} />}
      <h3>Who caused it</h3>
      <Facts event={event} names={WHO} />
      <h3>What was called</h3>
      <Facts event={event} names={WHAT} />
    </div>
  )
}

function Billed({ sync }: { readonly sync: Sync }) {
  const [tone, what] = SYNC[sync.state] ?? ['quiet', '']
  return (
    <>
      <h3>Billing in Stripe</h3>
      <p class="verdict">
        <span class={`chip is-${tone}`}>{sync.state}</span> The hour of this call: {what}.
      </p>
      <dl class="facts">
        <Fact name="Event">{sync.provider_id}</Fact>
        <Fact name="Trouble">{sync.error}</Fact>
      </dl>
    </>
  )
}

function Parts({ price }: { price: Answer['price'] }) {
  const money = (text: string | null) => formatExact(text, 'usd')
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="scroll" aria-label="Parts of the cost" tabIndex={0}>
      <table class="rows">
        <caption class="unseen">Parts of the cost</caption>
        <thead>
          <tr>
            <th scope="col">Billed</th>
            <th scope="col" class="number">
              Quantity
            </th>
            <th scope="col" class="number">
              A million
            </th>
            <th scope="col" class="number">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {price.parts.map((part) => (
            <tr key={part.billed}>
              <td>{part.billed.replaceAll('_', ' ')}</td>
              <td class="number">{formatExact(part.quantity, 'count')}</td>
              <td class="number" title={money(part.unit_price_exact)}>
                {formatValue(Number(part.unit_price_exact) * 1e6, 'usd')}
              </td>
              <td class="number">{money(part.cost_exact)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={3}>
              Sum of the parts
            </th>
            <td class="number">{money(price.parts_total_exact)}</td>
          </tr>
          {price.difference_exact !== null && Number(price.difference_exact) !== 0 && (
            <tr>
              <th scope="row" colSpan={3}>
                Stored cost less the parts
              </th>
              <td class="number">{money(price.difference_exact)}</td>
            </tr>
          )}
        </tfoot>
      </table>
    </section>
  )
}

function Facts({ event, names }: { event: Answer['event']; names: readonly (readonly [string, string])[] }) {
  return (
    <dl class="facts">
      {names.map(([key, name]) => (
        <Fact key={key} name={name}>
          {event[key] ?? null}
        </Fact>
      ))}
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: string | number | boolean | null }) {
  if (children === null || children === '') return null
  return (
    <div>
      <dt>{name}</dt>
      <dd>{String(children)}</dd>
    </div>
  )
}
