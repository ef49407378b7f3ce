/**
 * What it costs to ask a budget: with a lease in hand, and at a counter in Redis.
 *
 * Invariant: the collector's end is a real server in this process, and what it was asked during the measurement is
 * counted; Redis is a real server, asked over one connection for one atomic step, which is the least that a central
 * counter can do.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createProbe, type Socket } from 'node:net'
import type { LeaseRequest, LeaseResponse } from '@spanmeter/middleware/quota'
import type { BenchOptions, Figure } from './figure.ts'
import { buildMiddleware } from './peers/build-middleware.ts'

export const description: string =
  'time to ask a budget with a lease in hand, against our limit of 2 us and a round trip to Redis (Debian: redis-server)'

const LIMIT_US = 2

export async function run(report: (figure: Figure) => void, { quick }: BenchOptions): Promise<void> {
  const calls = quick ? 50_000 : 500_000
  type Middleware = typeof import('@spanmeter/middleware')
  const { admit, install, shutdown } = (await import(await buildMiddleware())) as Middleware
  const leases = await serveLeases()
  try {
    install({ service: 'bench', endpoint: leases.url, serverSpans: false, limits: { waitMs: 10_000 } })
    const once = async () => (await admit({ tenant: 'acme', user: 'ada', usd: '0.000001' })).settle()
    for (let i = 0; i < 20_000; i++) await once()
    const before = leases.requests()
    const us = await best(50, calls / 50, once)
    report({
      name: 'with_lease',
      value: us,
      unit: 'us/call',
      against: `limit of ${LIMIT_US} us`,
      ratio: LIMIT_US / us,
    })
    const asked = leases.requests() - before
    report({
      name: 'network_calls',
      value: asked,
      unit: 'requests',
      against: `${calls} calls`,
      ratio: calls / (asked + 1),
    })
    const redis = await redisRoundTrip(quick ? 2_000 : 20_000)
    if (redis === undefined) {
      console.error(
        'redis-server is not here: nothing is compared with it; on Debian: apt-get install redis-server',
      )
      return
    }
    report({
      name: 'with_lease_beside_redis',
      value: us,
      unit: 'us/call',
      against: `INCRBY in Redis, ${redis.toFixed(1)} us`,
      ratio: redis / us,
    })
  } finally {
    await shutdown()
    await leases.close()
  }
}

/** Microseconds a call, of the best of some rounds: the rest is other processes'. */
async function best(rounds: number, calls: number, call: () => Promise<void>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    for (let i = 0; i < calls; i++) await call()
    least = Math.min(least, ((performance.now() - begun) * 1_000) / calls)
  }
  return least
}

/** Grants more than the benchmark spends, for longer than it lasts. */
async function serveLeases() {
  let requests = 0
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (piece: Buffer) => {
      text += piece
    })
    request.on('end', () => {
      requests++
      const { seq, accounts } = JSON.parse(text || '{}') as LeaseRequest
      const shared = {
        period: 'month:2126-03-01',
        endsInMs: 3_600_000,
        limit: '1000000',
        status: 'active',
      } as const
      const body: LeaseResponse = {
        ...{ seq, version: '1', ttlMs: 3_600_000, refreshMs: 3_600_000 },
        definitions: [definition('tenant-month', { tenant: '*' }), definition('user-day', { user: '*' })],
        accounts: (accounts ?? []).map(({ lease, budget, subject }) => ({
          ...{ lease, budget, subject, ...shared, committed: '0', held: '0', ceiling: '100000' },
        })),
      }
      response.setHeader('content-type', 'application/json')
      response.end(request.url === '/v1/leases' ? JSON.stringify(body) : '')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function definition(id: string, scope: Record<string, string>) {
  return { id, unit: 'usd', scope, action: 'block', onUnreachable: 'lease', warnAt: 80 } as const
}

/** Microseconds for one `INCRBY`, one after the other; `undefined` where there is no Redis. */
async function redisRoundTrip(count: number): Promise<number | undefined> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined
  const port = await freePort()
  const server = spawn('redis-server', [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
  ])
  try {
    await ready(server)
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    await once(socket, 'connect')
    for (let i = 0; i < 1_000; i++) await increment(socket)
    const us = await best(20, count / 20, () => increment(socket))
    socket.destroy()
    return us
  } finally {
    server.kill()
  }
}

async function increment(socket: Socket): Promise<void> {
  socket.write('*3\r\n$6\r\nINCRBY\r\n$1\r\nb\r\n$1\r\n1\r\n')
  await once(socket, 'data')
}

async function ready(server: ChildProcess): Promise<void> {
  for await (const piece of server.stdout ?? []) if (String(piece).includes('Ready to accept')) return
  throw new Error('cannot start redis-server: it ended; run it by hand to see why')
}

async function freePort(): Promise<number> {
  const probe = createProbe().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
