/** A collector's end of the leases whose accounts stand as a test says, by tenant. */
import type { AccountReport, AccountState, LeaseRequest, LeaseResponse } from '../../src/quota/protocol.ts'
import { type LocalServer, serve } from '../local-provider.ts'

export const RESETS_AT: number = Date.parse('2126-03-31T22:00:00Z')

/** Tenant → how the account of 10 USD stands. */
const STANDING: Readonly<Record<string, Partial<AccountState>>> = {
  spent: { committed: '10', status: 'limit_reached' },
  busy: { committed: '9', held: '1', status: 'warning' },
  near: { committed: '8.4', ceiling: '1', status: 'warning' },
}

export interface LeaseServer extends LocalServer {
  /** Answers 503 from now on. */
  fail: boolean
}

export async function serveLeases(): Promise<LeaseServer> {
  const server = await serve((_request, response, body) => {
    if (leases.fail) return response.writeHead(503).end()
    const request = JSON.parse(body.toString()) as LeaseRequest
    const answer: LeaseResponse = {
      ...{ seq: request.seq, version: '1', ttlMs: 20_000, refreshMs: 5_000 },
      definitions: [
        {
          ...{ id: 'tenant-month', unit: 'usd', scope: { tenant: '*' }, action: 'block', warnAt: 80 },
          onUnreachable: 'closed',
        },
      ],
      accounts: request.accounts.map(stateOf),
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  const leases: LeaseServer = Object.assign(server, { fail: false })
  return leases
}

function stateOf({ lease, budget, subject }: AccountReport): AccountState {
  return {
    ...{
      lease,
      budget,
      subject,
      period: 'month:2126-03-01',
      endsInMs: 60_000,
      resetsAt: RESETS_AT,
      limit: '10',
    },
    ...{ committed: '0', held: '0', ceiling: '0', status: 'active' },
    ...(STANDING[subject.tenant ?? ''] ?? { ceiling: '5' }),
  }
}
