/** Billing analytics over real HTTP semantics and a real engine: answers, empty states, tags. */
import { describe, expect, test } from 'vitest'
import { billing, engine, get, useApi } from './api-over-rows.ts'
import { call, insertRows, replaceRows } from './span-rows.ts'

useApi()

describe('billing', () => {
  test('without calls: zeros, no averages, every day of the period, hasData false', async () => {
    await replaceRows(engine.client, [])
    const body = await billing('?period=week')
    expect(body.hasData).toBe(false)
    expect(body.summary).toMatchObject({
      totalCost: 0,
      totalCostExact: '0',
      totalMessages: 0,
      totalConversations: 0,
    })
    expect([
      body.summary.avgCostPerMessage,
      body.summary.avgCostPerMessageExact,
      body.summary.avgTokensPerMessage,
    ]).toEqual([null, null, null])
    expect(body.usageByDay.map((day) => [day.date, day.cost, day.messageCount])).toEqual([
      ['2026-03-09', 0, 0],
      ['2026-03-10', 0, 0],
      ['2026-03-11', 0, 0],
    ])
    expect([body.usageByAgent, body.usageByModel, body.topConversations, body.truncated]).toEqual([
      [],
      [],
      [],
      [],
    ])
    expect(body.period).toEqual({
      name: 'week',
      start: '2026-03-09T00:00:00.000Z',
      end: '2026-03-12T00:00:00.000Z',
      timezone: 'UTC',
    })
  })

  test('all fields, with money to the twelfth decimal', async () => {
    await replaceRows(engine.client, [
      call('2026-03-10T10:00:00Z', {
        cost: '0.000000000001',
        agent_id: 'a',
        agent_name: 'A',
        conversation_id: 'c1',
        conversation_title: 'Old',
      }),
      call('2026-03-11T10:00:00Z', {
        cost: '123456789.123456789012',
        agent_id: 'a',
        agent_name: 'A',
        conversation_id: 'c1',
        conversation_title: 'New',
        cache_read_tokens: 50,
        reasoning_tokens: 7,
      }),
      call('2026-03-11T11:00:00Z', {
        cost: null,
        unpriced_reason: 'unknown_model',
        model: 'mystery',
        provider: 'other',
        agent_name: 'Nameless',
        conversation_id: 'c2',
        usage_source: 'estimated',
      }),
      call('2026-03-11T11:00:01Z', {
        cost: null,
        unpriced_reason: 'failed',
        usage_source: 'missing',
        status: 'error',
        input_uncached_tokens: 0,
        output_text_tokens: 0,
      }),
      // The same conversation id of another tenant is another conversation.
      call('2026-03-11T11:00:02Z', { tenant_id: 'globex', cost: '1', conversation_id: 'c1' }),
      // Not in the period, and not a call.
      call('2026-02-28T23:59:59.999999999Z'),
      call('2026-03-12T00:00:00Z'),
      call('2026-03-11T12:00:00Z', { is_call: false, cost: '5' }),
    ])
    const body = await billing()
    expect(body.hasData).toBe(true)
    expect(body.summary).toEqual({
      totalTokens: 4 * 110 + 57,
      promptTokens: 450,
      completionTokens: 47,
      cacheReadTokens: 50,
      cacheWriteTokens: 0,
      reasoningTokens: 7,
      totalCost: 123456790.12345679,
      totalCostExact: '123456790.123456789013',
      totalMessages: 5,
      totalConversations: 3,
      avgTokensPerMessage: 497 / 5,
      avgCostPerMessage: 24691358.024691358,
      avgCostPerMessageExact: '24691358.024691357803',
      errorMessages: 1,
      unpricedMessages: 1,
      failedMessages: 1,
      estimatedMessages: 1,
      missingUsageMessages: 1,
    })
    expect(body.usageByDay).toHaveLength(11)
    expect(
      body.usageByDay
        .slice(8)
        .map((day) => [day.date, day.costExact, day.messageCount, day.promptTokens, day.completionTokens]),
    ).toEqual([
      ['2026-03-09', '0', 0, 0, 0],
      ['2026-03-10', '0.000000000001', 1, 100, 10],
      ['2026-03-11', '123456790.123456789012', 4, 350, 37],
    ])
    expect(
      body.usageByAgent.map((agent) => [
        agent.agentId,
        agent.agentName,
        agent.costExact,
        agent.messageCount,
        agent.conversationCount,
        agent.unpricedMessages,
      ]),
    ).toEqual([
      ['a', 'A', '123456789.123456789013', 2, 1, 0],
      [null, null, '1', 2, 1, 0],
      [null, 'Nameless', '0', 1, 1, 1],
    ])
    expect(
      body.usageByModel.map((model) => [
        model.provider,
        model.model,
        model.costExact,
        model.messageCount,
        model.avgTokensPerMessage,
      ]),
    ).toEqual([
      ['openai', 'gpt-4o-mini', '123456790.123456789013', 4, 387 / 4],
      ['other', 'mystery', '0', 1, 110],
    ])
    expect(
      body.topConversations.map((row) => [
        row.tenantId,
        row.conversationId,
        row.title,
        row.costExact,
        row.messageCount,
      ]),
    ).toEqual([
      ['acme', 'c1', 'New', '123456789.123456789013', 2],
      ['globex', 'c1', null, '1', 1],
      ['acme', 'c2', null, '0', 1],
    ])
    expect((await billing('?limit=1')).topConversations).toHaveLength(1)
  })

  test('filters narrow the answer; several values widen one filter; __none__ is "without"', async () => {
    const nasty = `a'b\\c\t"d]\n%é`
    await replaceRows(engine.client, [
      call('2026-03-11T01:00:00Z', { tenant_id: 'acme', user_id: 'u1', cost: '1' }),
      call('2026-03-11T02:00:00Z', { tenant_id: 'globex', user_id: 'u2', cost: '10' }),
      call('2026-03-11T03:00:00Z', { tenant_id: '', cost: '100' }),
      call('2026-03-11T04:00:00Z', {
        tenant_id: nasty,
        service_name: nasty,
        conversation_id: nasty,
        cost: '1000',
      }),
    ])
    const total = async (query: string): Promise<string> => (await billing(query)).summary.totalCostExact
    expect(await total('')).toBe('1111')
    expect(await total('?tenant_id=acme')).toBe('1')
    expect(await total('?tenant_id=acme&tenant_id=globex')).toBe('11')
    expect(await total('?tenant_id=__none__')).toBe('100')
    expect(await total('?tenant_id=acme&user_id=u2')).toBe('0')
    expect(await total('?user_id=u2')).toBe('10')
    expect(await total('?user_id=__none__')).toBe('1100')
    const escaped = encodeURIComponent(nasty)
    expect(await total(`?tenant_id=${escaped}&service=${escaped}&conversation_id=${escaped}`)).toBe('1000')
    expect((await billing(`?conversation_id=${escaped}`)).topConversations[0]?.conversationId).toBe(nasty)
  })

  test('days are days of the zone', async () => {
    await replaceRows(engine.client, [
      call('2026-03-10T18:29:59Z', { cost: '1' }),
      call('2026-03-10T18:30:00Z', { cost: '10' }),
    ])
    const days = async (zone: string) =>
      (
        await billing(`?period=custom&startDate=2026-03-10&endDate=2026-03-12&timezone=${zone}`)
      ).usageByDay.map((day) => day.costExact)
    expect(await days('Asia/Kolkata')).toEqual(['1', '10'])
    expect(await days('UTC')).toEqual(['11', '0'])
  })

  test('an unchanged answer is 304, a changed one is not', async () => {
    await replaceRows(engine.client, [call('2026-03-11T01:00:00Z')])
    const first = await get('/api/v1/analytics/billing')
    expect(first.headers.get('cache-control')).toBe('private, max-age=15')
    const tag = first.headers.get('etag') as string
    expect(tag).toMatch(/^(W\/)?"/)
    const second = await get('/api/v1/analytics/billing', { 'if-none-match': tag })
    expect([second.status, await second.text()]).toEqual([304, ''])
    await insertRows(engine.client, [call('2026-03-11T02:00:00Z')])
    expect((await get('/api/v1/analytics/billing', { 'if-none-match': tag })).status).toBe(200)
  })
})
