/** Single calls over the API: fields, filters, order, pages. */
import { beforeEach, describe, expect, test } from 'vitest'
import { createApi } from '../src/api/app.ts'
import type { UsageEventsResponse } from '../src/api/event-schema.ts'
import { billing, engine, events, refused, useApi } from './api-over-rows.ts'
import { call, insertRows, replaceRows } from './span-rows.ts'

useApi()

describe('events', () => {
  test('without calls: an empty page', async () => {
    await replaceRows(engine.client, [])
    expect(await events()).toMatchObject({ events: [], has_more: false, next_cursor: null })
  })

  test('an event has everything that is known, and null for the rest', async () => {
    await replaceRows(engine.client, [
      call('2026-03-11T01:00:00.123456789Z', {
        trace_id: 'a'.repeat(32),
        span_id: 'b'.repeat(16),
        cost: '0.000000150000',
        duration_ns: '1840000001',
        time_to_first_chunk_ns: '310000000',
        is_stream: true,
        http_status_code: 200,
        user_id: 'u',
        price_version: 'v1',
        cache_write_5m_tokens: 5,
      }),
      call('2026-03-11T00:00:00Z', {
        cost: null,
        cost_source: '',
        unpriced_reason: 'unpriced_usage',
        status: 'error',
        error_type: 'timeout',
      }),
    ])
    const [first, second] = (await events()).events
    expect(first).toMatchObject({
      event_id: `${'a'.repeat(32)}-${'b'.repeat(16)}`,
      timestamp: '2026-03-11T01:00:00.123456789Z',
      duration_seconds: 1.840000001,
      time_to_first_chunk_seconds: 0.31,
      stream: true,
      http_status_code: 200,
      service: 'chat-api',
      tenant_id: 'acme',
      user_id: 'u',
      agent_id: null,
      input_tokens: 105,
      output_tokens: 10,
      total_tokens: 115,
      input_uncached_tokens: 100,
      cache_write_5m_tokens: 5,
      cost: 1.5e-7,
      cost_exact: '0.00000015',
      cost_source: 'local',
      unpriced_reason: null,
      price_version: 'v1',
    })
    expect(second).toMatchObject({
      cost: null,
      cost_exact: null,
      cost_source: null,
      unpriced_reason: 'unpriced_usage',
      error_type: 'timeout',
      time_to_first_chunk_seconds: null,
      http_status_code: null,
    })
  })

  describe('paging', () => {
    const SORTS = [
      '-timestamp',
      'timestamp',
      '-cost',
      'cost',
      '-tokens',
      'tokens',
      '-duration',
      'duration',
    ] as const
    beforeEach(async () => {
      // Many equal values, so that ties decide; NULL costs; times that differ by a nanosecond.
      await replaceRows(
        engine.client,
        Array.from({ length: 60 }, (_, index) =>
          call(`2026-03-1${index % 2}T10:00:00.00000000${index % 5}Z`, {
            cost: index % 4 === 0 ? null : `${index % 3}.000000000001`,
            unpriced_reason: index % 4 === 0 ? (index % 8 === 0 ? 'failed' : 'unknown_model') : '',
            input_uncached_tokens: index % 3,
            duration_ns: String(index % 4),
          }),
        ),
      )
    })

    test.each(SORTS)('%s: pages are the whole list, in order, also while calls come in', async (sort) => {
      const whole = (await events(`?sort=${sort}&limit=1000`)).events.map((event) => event.event_id)
      expect(new Set(whole).size).toBe(60)
      const seen: string[] = []
      const added = new Set<string>()
      let cursor: string | null = null
      for (let page = 0; page === 0 || cursor !== null; page++) {
        const body: UsageEventsResponse = await events(
          `?sort=${sort}&limit=7${cursor === null ? '' : `&cursor=${cursor}`}`,
        )
        expect(body.has_more).toBe(body.next_cursor !== null)
        seen.push(...body.events.map((event) => event.event_id))
        cursor = body.next_cursor
        if (page > 1) continue
        const row = call(`2026-03-1${page % 2}T10:00:00.000000002Z`, {
          cost: page % 2 ? null : '1.000000000001',
          input_uncached_tokens: page,
        })
        added.add(`${row.trace_id}-${row.span_id}`)
        await insertRows(engine.client, [row])
      }
      expect(seen.filter((id) => !added.has(id))).toEqual(whole)
      expect(new Set(seen).size).toBe(seen.length)
    })

    test('the order is the one that was asked for, unknown costs last', async () => {
      const costs = async (sort: string) =>
        (await events(`?sort=${sort}&limit=1000`)).events.map((event) => event.cost)
      const falling = await costs('-cost')
      expect(falling.slice(0, 45)).toEqual([...falling.slice(0, 45)].sort((a, b) => Number(b) - Number(a)))
      expect(falling.slice(45).every((cost) => cost === null)).toBe(true)
      const rising = await costs('cost')
      expect(rising.slice(0, 45)).toEqual([...falling.slice(0, 45)].reverse())
      expect(rising.slice(45).every((cost) => cost === null)).toBe(true)
      const times = (await events('?limit=1000')).events.map((event) => event.timestamp)
      expect(times).toEqual([...times].sort().reverse())
    })

    test('a cursor keeps its range when the day changes', async () => {
      const first = await events('?period=today&limit=5&sort=timestamp')
      const tomorrow = createApi({ reader: engine.reader, now: () => new Date('2026-03-12T00:00:01Z') })
      const response = await tomorrow.request(
        `/api/v1/usage/events?period=today&limit=1000&sort=timestamp&cursor=${first.next_cursor}`,
      )
      const rest = (await response.json()) as UsageEventsResponse
      expect(rest.period).toEqual(first.period)
      expect(first.events.length + rest.events.length).toBe(30)
    })

    test('a cursor of another question, or of nobody, is refused', async () => {
      const { next_cursor } = await events('?limit=5&tenant_id=acme')
      expect((await refused(`/api/v1/usage/events?limit=5&cursor=${next_cursor}`))[0]).toContain(
        'cursor: belongs to a question',
      )
      for (const bad of ['garbage', 'e30', '%00', Buffer.from('{"v":1}').toString('base64url')])
        expect((await refused(`/api/v1/usage/events?cursor=${bad}`))[0]).toContain('cursor: is not a cursor')
      const inside = JSON.parse(Buffer.from(next_cursor as string, 'base64url').toString()) as Record<
        string,
        unknown
      >
      for (const change of [
        { value: '1.5' },
        { value: '2026-99-01 00:00:00.000000000' },
        { start_time: '' },
        { end: 0 },
      ]) {
        const forged = Buffer.from(JSON.stringify({ ...inside, ...change })).toString('base64url')
        expect((await refused(`/api/v1/usage/events?tenant_id=acme&cursor=${forged}`))[0]).toContain(
          'cursor: is not a cursor',
        )
      }
      // The page length is no part of the question.
      expect((await events(`?limit=50&tenant_id=acme&cursor=${next_cursor}`)).events).toHaveLength(50)
    })

    test('filters: unpriced is what the billing answer counts, min_cost and status narrow', async () => {
      const count = async (query: string): Promise<number> =>
        (await events(`?limit=1000&${query}`)).events.length
      const { summary } = await billing()
      expect(await count('unpriced=true')).toBe(summary.unpricedMessages)
      expect(summary.unpricedMessages).toBe(7)
      expect(await count('unpriced=false')).toBe(53)
      expect(await count('min_cost=1.000000000001')).toBe(30)
      expect(await count('min_cost=1.000000000002')).toBe(15)
      expect(await count('status=error')).toBe(0)
      expect(await count('status=unset&status=ok')).toBe(60)
      expect(await count('usage_source=estimated&usage_source=missing')).toBe(0)
      expect(await count('startDate=2026-03-10&endDate=2026-03-11')).toBe(30)
    })
  })
})
