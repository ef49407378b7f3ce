/**
 * The main job, end to end: official SDKs in real services, real collector and ClickHouse, and totals that
 * equal the provider's own ledger, token by token and to 10^-12 USD.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UsageEvent } from '../../collector/src/api/event-schema.ts'
import type { BilledTokens, LedgerEntry } from '../../examples/provider/ledger.ts'
import { readBilling, readEvents } from '../api.ts'
import { type Case, createCases } from '../cases.ts'
import { playCase, until } from '../drive.ts'
import { estimate } from '../estimate.ts'
import { expectedCost, parseUsd } from '../expected-cost.ts'
import { type Platform, startPlatform } from '../platform.ts'

const WIRINGS = ['sdk-node', 'endpoint'] as const
type Wiring = (typeof WIRINGS)[number]

/** A case that was played: what the provider's ledger says, and what the collector stored. */
interface Played extends Case {
  wiring: Wiring
  entries: LedgerEntry[]
  events: UsageEvent[]
}

const begun = new Date()
let platform: Platform
let played: Played[]

beforeAll(async () => {
  platform = await startPlatform()
  played = []
  for (const wiring of WIRINGS) {
    for (const item of createCases(wiring)) {
      const entries = await playCase(platform.services[wiring], wiring, item, platform.provider.ledger)
      played.push({ ...item, wiring, entries, events: [] })
    }
  }
  await platform.stopServices()
  const wanted = played.reduce((sum, item) => sum + expectedSpans(item), 0)
  let arrived = 0
  await until(async () => {
    const { summary } = await readBilling(platform.collectorUrl, begun)
    arrived = summary.totalMessages
    return arrived >= wanted
  }, 20_000).catch((error) => {
    // The tests below say which calls are missing.
    console.error(`${arrived} of ${wanted} calls arrived`, error)
  })
  const events = await readEvents(platform.collectorUrl, begun)
  for (const item of played) {
    item.events = events.filter(
      (event) => event.tenant_id === item.wiring && event.conversation_id === item.name,
    )
  }
}, 180_000)
afterAll(() => platform?.close(), 30_000)

/**
 * One span a call. A call that the SDK retried is one span for each attempt at the HTTP level, but one span
 * in all where the SDK traces itself (Anthropic's does as soon as a tracer provider is registered).
 */
function expectedSpans({ wiring, path, entries }: Pick<Played, 'wiring' | 'path' | 'entries'>): number {
  return wiring === 'sdk-node' && path === '/assist' ? 1 : entries.length
}

const sum = (amounts: (bigint | undefined)[]) =>
  amounts.reduce<bigint>((total, amount) => total + (amount ?? 0n), 0n)
const label = (item: Played) => `${item.wiring}: ${item.name}`
const only = (...outcomes: Case['outcome'][]) => played.filter((item) => outcomes.includes(item.outcome))

/** Asserts the same of every case and names the ones that differ. */
function each<T>(items: Played[], actual: (item: Played) => T, wanted: (item: Played) => T): void {
  expect(items.length).toBeGreaterThan(0)
  const table = (value: (item: Played) => T) =>
    Object.fromEntries(items.map((item) => [label(item), value(item)]))
  expect(table(actual)).toEqual(table(wanted))
}

/** The ledger's buckets in the API's names. */
function buckets(billed: BilledTokens) {
  return {
    input_uncached_tokens: billed.inputUncached,
    cache_read_tokens: billed.cacheRead,
    cache_write_5m_tokens: billed.cacheWrite5m,
    cache_write_1h_tokens: billed.cacheWrite1h,
    cache_write_other_tokens: billed.cacheWriteOther,
    output_text_tokens: billed.outputText,
    reasoning_tokens: billed.reasoning,
  }
}
type Buckets = ReturnType<typeof buckets>
const bucketsOf = (event: UsageEvent | undefined) =>
  event &&
  Object.fromEntries(
    Object.keys(buckets({} as BilledTokens)).map((name) => [name, event[name as keyof Buckets]]),
  )

/** The cost that is stored for such a call: none where nothing was seen. */
const estimatedCost = (entry: LedgerEntry | undefined) =>
  entry && entry.sent.characters > 0 ? expectedCost(estimate(entry)) : undefined

const tokensOf = (billed: BilledTokens) => Object.values(billed).reduce((sum, tokens) => sum + tokens, 0)

describe('every call', () => {
  it('was made: each case has the ledger entries that its outcome implies', () => {
    each(
      played,
      ({ entries }) => entries.map((entry) => entry.outcome),
      ({ outcome, entries }) => {
        const wanted = { error: 'failed', refused: 'failed', broken: 'failed', aborted: 'aborted' } as Record<
          string,
          string
        >
        const attempts = outcome === 'refused' ? Math.max(2, entries.length) : 1
        return Array.from(
          { length: attempts },
          () => wanted[outcome] ?? 'completed',
        ) as (typeof entries)[number]['outcome'][]
      },
    )
  })

  it('is one span, also where the Anthropic SDK traces itself', () => {
    each(played, ({ events }) => events.length, expectedSpans)
  })

  it('says who made it and what for', () => {
    each(
      played,
      ({ events }) => events.map(({ service, user_id, feature }) => ({ service, user_id, feature })),
      ({ events, wiring, path }) =>
        events.map(() => ({
          service: wiring === 'endpoint' ? 'docs-api' : 'chat-api',
          user_id: 'caller',
          feature: path.slice(1),
        })),
    )
  })

  it('says which model was asked and which answered, and under which request id', () => {
    each(
      only('ok', 'cached', 'unpriced', 'unreported'),
      ({ events: [event] }) => [
        event?.request_model,
        event?.response_model,
        event?.request_id,
        event?.provider,
      ],
      ({ entries: [entry] }) => [
        entry?.requestModel,
        entry?.responseModel,
        entry?.requestId,
        entry?.provider,
      ],
    )
  })
})

describe('tokens', () => {
  it('of finished calls are exactly what the provider billed, bucket by bucket', () => {
    each(
      only('ok', 'cached', 'unpriced'),
      ({ events: [event] }) => ({ source: event?.usage_source, ...bucketsOf(event) }),
      ({ entries: [entry] }) => ({ source: 'provider', ...(entry && buckets(entry.billed)) }) as never,
    )
  })

  it('were read from a cache in every "cached" case', () => {
    for (const { entries, events } of only('cached')) {
      expect(entries[0]?.billed.cacheRead).toBeGreaterThanOrEqual(1024)
      expect(events[0]?.cache_read_tokens).toBe(entries[0]?.billed.cacheRead)
    }
  })
})

describe('money', () => {
  it('is exact for every finished call: prices × ledger', () => {
    each(
      only('ok', 'cached'),
      ({ events: [event] }) => event?.cost_exact && parseUsd(event.cost_exact),
      ({ entries: [entry] }) => entry && expectedCost(entry),
    )
  })

  it('is unknown, not zero, for a model without a price', () => {
    each(
      only('unpriced'),
      ({ events: [event] }) => [event?.cost, event?.cost_exact, event?.unpriced_reason] as unknown[],
      () => [null, null, 'unknown_model'],
    )
  })

  it('adds up in the billing totals of each wiring and of both', async () => {
    for (const filter of [...WIRINGS.map((wiring) => ({ tenant_id: wiring })), {}] as {
      tenant_id?: Wiring
    }[]) {
      const mine = played.filter((item) => !filter.tenant_id || item.wiring === filter.tenant_id)
      const { summary } = await readBilling(platform.collectorUrl, begun, filter)
      const entries = (...outcomes: Case['outcome'][]) =>
        mine.filter((item) => outcomes.includes(item.outcome)).flatMap((item) => item.entries)
      const known = entries('ok', 'cached')
      const guessed = entries('aborted', 'unreported')
      const cost = sum(known.map(expectedCost)) + sum(guessed.map(estimatedCost))
      expect(parseUsd(summary.totalCostExact)).toBe(cost)
      const counted = [...known, ...entries('unpriced'), ...guessed.map(estimate)]
      expect(BigInt(summary.totalTokens)).toBe(sum(counted.map((entry) => BigInt(tokensOf(entry.billed)))))
      expect(summary.totalMessages).toBe(mine.reduce((calls, item) => calls + expectedSpans(item), 0))
      expect(summary.estimatedMessages).toBe(guessed.filter((entry) => entry.sent.characters > 0).length)
      expect(summary.cacheReadTokens).toBe(
        counted.reduce((tokens, { billed }) => tokens + billed.cacheRead, 0),
      )
      expect(summary.reasoningTokens).toBe(
        counted.reduce((tokens, { billed }) => tokens + billed.reasoning, 0),
      )
    }
  })
})

describe('calls without final usage', () => {
  it('are estimated from what passed by, marked so, and priced as far as that goes', () => {
    each<unknown>(
      only('aborted', 'unreported').filter((item) => item.entries[0]?.sent.characters),
      ({ events: [event] }) => ({
        source: event?.usage_source,
        cost: event?.cost_exact && parseUsd(event.cost_exact),
        ...bucketsOf(event),
      }),
      ({ entries: [entry] }) => ({
        source: 'estimated',
        cost: estimatedCost(entry),
        ...buckets(estimate(entry).billed),
      }),
    )
  })

  it('are "missing" where the caller left before anything came', () => {
    each<unknown>(
      only('aborted').filter((item) => item.leaveAfter === 0),
      ({ events: [event] }) => [
        event?.usage_source,
        event?.total_tokens,
        event?.cost,
        event?.unpriced_reason,
      ],
      () => ['missing', 0, null, 'missing_usage'],
    )
  })

  it('are errors where the caller left, and none where only the usage is unknown', () => {
    each<unknown>(
      only('aborted'),
      ({ events: [event] }) => [event?.status, event?.error_type],
      () => ['error', 'AbortError'],
    )
    each<unknown>(
      only('unreported'),
      ({ events: [event] }) => [event?.status, event?.error_type],
      () => ['unset', null],
    )
  })
})

describe('calls that went wrong', () => {
  it('are errors without a cost, for the reason "failed"', () => {
    each(
      only('error', 'refused'),
      ({ events }) =>
        events.map((event) => [event.status, event.cost, event.unpriced_reason, event.http_status_code]),
      ({ events, entries }) => events.map(() => ['error', null, 'failed', entries[0]?.status ?? null]),
    )
  })

  it('count as errors when the stream broke inside a 200', () => {
    each(
      only('broken'),
      ({ events: [event] }) => [event?.status, event?.cost, event?.unpriced_reason],
      () => ['error', null, 'failed'] as unknown as never,
    )
  })

  it('add up to the errors of the totals, and not to the unpriced ones', async () => {
    const { summary } = await readBilling(platform.collectorUrl, begun)
    const failed = only('error', 'refused', 'broken').reduce((sum, item) => sum + expectedSpans(item), 0)
    expect(summary.failedMessages).toBe(failed)
    expect(summary.errorMessages).toBe(failed + only('aborted').length)
    expect(summary.unpricedMessages).toBe(
      only('unpriced').length + only('aborted').filter((item) => item.leaveAfter === 0).length,
    )
  })
})
