/**
 * A local end that answers as Stripe's API does where usage is billed: meters, meter events, their sums.
 *
 * It keeps the rules that decide whether something is billed twice: identifiers are known for 24 hours, idempotency
 * keys replay their answer, meters by the hour take the newest event of an hour, values are whole numbers, events are
 * of the last 35 days, and a customer and meter take one request at a time.
 * Source: docs.stripe.com/api/billing, docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { StripeMeter } from '../../src/stripe/client.ts'

const DAY = 86_400
export const KEY = 'sk_test_local'

interface Event {
  readonly meter: StripeMeter
  readonly customer: string
  readonly value: number
  readonly identifier: string
  readonly timestamp: number
  readonly takenAt: number
}
interface Answer {
  readonly status: number
  readonly body: object
}

/** What the end does instead of its own answer to one request: nothing, or it takes the event and then breaks off. */
export type Trouble = 'unavailable' | 'busy' | 'lost' | 'error after' | 'again'

export class StripeEnd {
  readonly meters: StripeMeter[] = []
  readonly customers = new Set<string>()
  readonly events: Event[] = []
  /** For the next requests that send something. */
  readonly troubles: Trouble[] = []
  readonly requests: { readonly path: string; readonly body: URLSearchParams; readonly key: string }[] = []
  /** Two requests at a time for one customer and meter. */
  collisions = 0
  readonly #now: () => number
  readonly #busy = new Set<string>()
  readonly #answers = new Map<string, Answer>()
  readonly #server = createServer((request, response) => void this.#serve(request, response))

  /** @param now seconds since the Unix epoch */
  constructor(now: () => number) {
    this.#now = now
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((done) => this.#server.close(() => done()))
  }

  addMeter(event_name: string, window: StripeMeter['event_time_window'] = 'hour'): StripeMeter {
    const meter: StripeMeter = {
      ...{ id: `mtr_test_${this.meters.length}`, event_name, status: 'active' },
      default_aggregation: { formula: 'sum' },
      event_time_window: window,
      customer_mapping: { event_payload_key: 'stripe_customer_id' },
      value_settings: { event_payload_key: 'value' },
    }
    this.meters.push(meter)
    return meter
  }

  /** What is billed to a customer by one meter, over everything. */
  billed(event_name: string, customer: string): number {
    return [...this.#sums(event_name, customer).values()].reduce((sum, value) => sum + value, 0)
  }

  /** Start of the hour, seconds → sum. */
  #sums(event_name: string, customer: string): Map<number, number> {
    const sums = new Map<number, number>()
    for (const event of this.events) {
      if (event.meter.event_name !== event_name || event.customer !== customer) continue
      const hour = event.timestamp - (event.timestamp % 3600)
      const before = event.meter.event_time_window === null ? (sums.get(hour) ?? 0) : 0
      sums.set(hour, before + event.value)
    }
    return sums
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const url = new URL(request.url ?? '/', 'http://stripe')
    const body = new URLSearchParams(Buffer.concat(chunks).toString())
    const key = String(request.headers['idempotency-key'] ?? '')
    this.requests.push({ path: `${request.method} ${url.pathname}`, body, key })
    const trouble = request.method === 'POST' ? this.troubles.shift() : undefined
    if (request.headers.authorization !== `Bearer ${KEY}`)
      return send(response, refused(401, 'invalid_request_error', undefined, 'Invalid API Key provided'))
    if (trouble === 'unavailable')
      return send(response, refused(503, 'api_error', undefined, 'Try again'), { 'retry-after': '2' })
    if (trouble === 'busy')
      return send(response, refused(429, 'invalid_request_error', 'lock_timeout', 'Try again'))
    if (trouble === 'again')
      return send(response, refused(400, 'api_error', undefined, 'Try again'), {
        'stripe-should-retry': 'true',
      })
    const answer = request.method === 'POST' ? await this.#post(url, body, key) : this.#get(url)
    if (trouble === 'lost') return void request.socket.destroy()
    if (trouble === 'error after') {
      const failed = refused(500, 'api_error', undefined, 'An unknown error occurred')
      this.#answers.set(key, failed)
      return send(response, failed)
    }
    send(response, answer)
  }

  async #post(url: URL, body: URLSearchParams, key: string): Promise<Answer> {
    if (url.pathname !== '/v1/billing/meter_events') return unknown(url)
    const replayed = key === '' ? undefined : this.#answers.get(key)
    if (replayed !== undefined) return replayed
    const lock = `${body.get('event_name')} ${body.get('payload[stripe_customer_id]')}`
    if (this.#busy.has(lock)) {
      this.collisions++
      return refused(429, 'invalid_request_error', 'lock_timeout', 'One request at a time')
    }
    this.#busy.add(lock)
    await new Promise((done) => setImmediate(done))
    const answer = this.#take(body)
    this.#busy.delete(lock)
    if (key !== '' && answer.status !== 429) this.#answers.set(key, answer)
    return answer
  }

  #take(body: URLSearchParams): Answer {
    const now = this.#now()
    const invalid = (message: string, code?: string) => refused(400, 'invalid_request_error', code, message)
    const meter = this.meters.find(({ event_name }) => event_name === body.get('event_name'))
    if (meter === undefined) return invalid(`No active meter found with name ${body.get('event_name')}.`)
    const customer = body.get(`payload[${meter.customer_mapping.event_payload_key}]`) ?? ''
    if (!this.customers.has(customer)) return invalid(`No such customer: '${customer}'`, 'resource_missing')
    const text = body.get(`payload[${meter.value_settings.event_payload_key}]`) ?? ''
    if (!/^-?\d{1,15}$/.test(text)) return invalid(`Invalid value: ${text}`, 'meter_event_invalid_value')
    const timestamp = Number(body.get('timestamp') ?? now)
    if (timestamp < now - 35 * DAY)
      return invalid('The timestamp is too far in the past', 'timestamp_too_far_in_past')
    if (timestamp > now + 300) return invalid('The timestamp is in the future', 'timestamp_in_future')
    const identifier = body.get('identifier') ?? `auto_${this.events.length}`
    if (identifier.length > 100) return invalid('The identifier is too long')
    if (this.events.some((event) => event.identifier === identifier && event.takenAt > now - DAY))
      return invalid(`An event already exists with identifier ${identifier}.`)
    this.events.push({ meter, customer, value: Number(text), identifier, timestamp, takenAt: now })
    const payload = { stripe_customer_id: customer, value: text }
    const { event_name } = meter
    return {
      status: 200,
      body: {
        ...{ object: 'billing.meter_event', created: now, event_name, identifier },
        ...{ livemode: false, payload, timestamp },
      },
    }
  }

  #get(url: URL): Answer {
    if (url.pathname === '/v1/billing/meters') return page(this.meters, url)
    const [, id] = /^\/v1\/billing\/meters\/(\w+)\/event_summaries$/.exec(url.pathname) ?? []
    const meter = this.meters.find((one) => one.id === id)
    if (meter === undefined) return unknown(url)
    const at = (name: string) => Number(url.searchParams.get(name))
    const [start, end] = [at('start_time'), at('end_time')]
    if (start % 60 !== 0 || end % 60 !== 0 || !(start < end))
      return refused(
        400,
        'invalid_request_error',
        undefined,
        'start_time and end_time must align with minutes',
      )
    const sums = [...this.#sums(meter.event_name, url.searchParams.get('customer') ?? '')]
      .filter(([hour]) => hour >= start && hour < end)
      .map(([start_time, aggregated_value]) => ({
        ...{ id: `mtrusg_${start_time}`, object: 'billing.meter_event_summary', livemode: false },
        ...{ aggregated_value, start_time, end_time: start_time + 3600, meter: meter.id },
      }))
    return page(sums, url)
  }
}

function page(all: readonly { readonly id: string }[], url: URL): Answer {
  const after = url.searchParams.get('starting_after')
  const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1
  const limit = Number(url.searchParams.get('limit') ?? 10)
  const data = all.slice(from, from + limit)
  return {
    status: 200,
    body: { object: 'list', data, has_more: from + limit < all.length, url: url.pathname },
  }
}

const refused = (status: number, type: string, code: string | undefined, message: string): Answer => ({
  status,
  body: { error: { type, ...(code !== undefined && { code }), message } },
})
const unknown = (url: URL): Answer =>
  refused(404, 'invalid_request_error', undefined, `Unrecognized request URL (${url.pathname})`)

function send(response: ServerResponse, { status, body }: Answer, headers: object = {}): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 400 && { 'stripe-should-retry': 'false' }),
    ...(status === 429 && { 'stripe-should-retry': 'true' }),
    ...headers,
  })
  response.end(JSON.stringify(body))
}
