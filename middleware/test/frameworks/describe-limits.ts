/** What every framework's adapter makes of a request whose budget is used up, nearly, or not to be asked. */
import type { Server } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { shutdown } from '../../src/index.ts'
import { type FrameworkUnderTest, portOf } from './describe-framework.ts'
import { type LeaseServer, RESETS_AT, serveLeases } from './lease-server.ts'

export function describeLimits(framework: FrameworkUnderTest): void {
  describe(`limits in ${framework.name}`, () => {
    let leases: LeaseServer
    let server: Server
    let handled = 0

    beforeAll(async () => {
      leases = await serveLeases()
    })
    afterAll(() => leases.close())
    beforeEach(async () => {
      handled = 0
      leases.fail = false
      const options = {
        ...framework.attribution,
        serverSpans: false,
        limits: { collector: leases.url, waitMs: 10_000, onUnreachable: 'closed' as const },
      }
      server = await framework.start(options, {
        async chat(id) {
          handled++
          return { id }
        },
        async *stream() {
          yield 'text'
        },
      })
    })
    afterEach(async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      await shutdown()
    })

    const ask = (tenant: string) =>
      fetch(`http://127.0.0.1:${portOf(server)}/chats/c1`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tenant-id': tenant, 'x-user-id': 'ada' },
        body: '{"text":"hi"}',
      })

    async function expectRefusal(response: Response, status: number, code: string) {
      expect(response.status).toBe(status)
      expect(response.headers.get('content-type')).toContain('application/problem+json')
      const body = (await response.json()) as Record<string, unknown>
      expect(body).toMatchObject({ type: `urn:spanmeter:problem:${code}`, status, code })
      expect(body.detail).toMatch(/^cannot .+; .+/)
      expect(body.decision_id).toBe(response.headers.get('spanmeter-decision'))
      expect(handled).toBe(0)
      return body
    }

    it('lets a request through whose budget has room, and says nothing of it', async () => {
      const response = await ask('free')
      expect([response.status, handled]).toEqual([200, 1])
      expect(response.headers.get('budget-warning')).toBeNull()
    })

    it('refuses with 402 what a retry does not help', async () => {
      const response = await ask('spent')
      const body = await expectRefusal(response, 402, 'budget-exceeded')
      expect(body).toMatchObject({
        ...{ budget: 'tenant-month', scope: { tenant: 'spent' }, unit: 'usd', limit: '10', committed: '10' },
        ...{ resets_at: new Date(RESETS_AT).toISOString(), 'violated-policies': ['tenant-month'] },
      })
      expect(response.headers.get('x-should-retry')).toBe('false')
      expect(response.headers.get('retry-after')).toBeNull()
      expect(response.headers.get('ratelimit')).toMatch(/^"tenant-month";r=0;t=\d+$/)
    })

    it('refuses with 429 while calls under way hold what is left', async () => {
      const response = await ask('busy')
      await expectRefusal(response, 429, 'budget-held')
      expect([response.headers.get('retry-after'), response.headers.get('x-should-retry')]).toEqual([
        '2',
        'true',
      ])
    })

    it('refuses with 503 where the budget is closed without the collector', async () => {
      leases.fail = true
      const response = await ask('free')
      await expectRefusal(response, 503, 'enforcement-unavailable')
      expect(response.headers.get('retry-after')).toBe('2')
    })

    it('warns from 80 percent on', async () => {
      const response = await ask('near')
      expect([response.status, handled]).toEqual([200, 1])
      expect(response.headers.get('budget-warning')).toBe('"tenant-month";pct=84')
      expect(response.headers.get('ratelimit-policy')).toBe('"tenant-month";q=10000000;qu="micro-usd"')
      expect(response.headers.get('ratelimit')).toMatch(/^"tenant-month";r=1600000;t=\d+$/)
    })
  })
}
