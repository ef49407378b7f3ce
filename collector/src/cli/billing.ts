/**
 * `spanmeter billing`: what Stripe was told, and another attempt for what it refused.
 *
 * Invariant: it only asks a running collector.
 */
import type { SyncBody, SyncListBody } from '../api/billing-sync.ts'
import { plain, readArguments, targetOf } from './arguments.ts'
import type { CommandIo } from './command.ts'
import { CommandError, DEFAULT_URL, request, type Target } from './request.ts'

const HELP = `spanmeter billing: what Stripe was told of each hour

usage: spanmeter billing [--state rejected] [options]
       spanmeter billing retry [<id>] [options]

  retry [<id>]         sends one hour again, or all that are rejected or drift
  --state <state>      pending, sent, confirmed, rejected, skipped, expired or drift; default: those but confirmed
  --tenant <id>        only of this tenant
  --json               the answers of the API, for scripts
  --url <address>      the collector (SPANMETER_URL, or ${DEFAULT_URL})
  --help               this text

SPANMETER_TOKEN holds the token, where the collector asks for one; to send again its role must be admin.
`
const OPTIONS = {
  state: { type: 'string' },
  tenant: { type: 'string' },
  json: { type: 'boolean' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

type Given = { [name in keyof typeof OPTIONS]?: string | boolean | undefined } & {
  readonly state?: string | undefined
  readonly tenant?: string | undefined
  readonly url?: string | undefined
}

/** Runs the command; returns the exit code. */
export async function billingCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = readArguments<Given>('billing', argv, OPTIONS)
  if (values.help === true) {
    io.stdout.write(HELP)
    return 0
  }
  const target = targetOf(values.url, io.env)
  const [what, id, ...more] = positionals
  if (what === undefined) return await list(values, target, io)
  if (what === 'retry' && more.length === 0) return await retry(id, values, target, io)
  throw new CommandError(
    `cannot billing ${positionals.join(' ')}: it is not known; try spanmeter billing --help`,
    2,
  )
}

async function hoursOf({ state, tenant }: Given, target: Target): Promise<SyncListBody> {
  const asked: [string, string][] = [['limit', '1000']]
  if (state !== undefined) asked.push(['state', state])
  if (tenant !== undefined) asked.push(['tenant_id', tenant])
  return (await (await request(target, '/api/v1/billing/sync', asked)).json()) as SyncListBody
}

async function list(values: Given, target: Target, io: CommandIo): Promise<number> {
  const body = await hoursOf(values, target)
  if (values.json === true) {
    io.stdout.write(`${JSON.stringify(body, null, 2)}\n`)
    return 0
  }
  const { enabled, error, faults, states, hours } = body
  const shown = hours.filter(({ state }) => values.state !== undefined || state !== 'confirmed')
  const sums = states.map(({ state, hours: count }) => `${count} ${state}`).join(', ')
  const lines = [
    enabled ? `hours: ${sums || 'none yet'}` : 'nothing is sent to Stripe; docs/stripe.md says how to',
    ...(error === null ? [] : [`the last look ended early: ${error}`]),
    ...faults.map((fault) => `${fault.meter}: ${fault.error}`),
    ...shown.map(lineOf),
  ]
  io.stdout.write(`${lines.map(plain).join('\n')}\n`)
  return 0
}

async function retry(id: string | undefined, values: Given, target: Target, io: CommandIo): Promise<number> {
  const ids = id === undefined ? await refused(values, target) : [id]
  const again: SyncBody[] = []
  for (const one of ids) {
    const path = `/api/v1/billing/sync/${encodeURIComponent(one)}/retry`
    again.push((await (await request(target, path, [], {})).json()) as SyncBody)
  }
  if (values.json === true) io.stdout.write(`${JSON.stringify(again, null, 2)}\n`)
  else if (again.length === 0) io.stdout.write('nothing is rejected, and nothing drifted\n')
  else io.stdout.write(`${again.map(lineOf).map(plain).join('\n')}\n`)
  return 0
}

async function refused(values: Given, target: Target): Promise<string[]> {
  const states = values.state === undefined ? ['rejected', 'drift'] : [values.state]
  const lists = await Promise.all(states.map((state) => hoursOf({ ...values, state }, target)))
  return lists.flatMap(({ hours }) => hours.map(({ id }) => id))
}

/** One hour in a line. */
function lineOf({ id, hour, tenant_id, meter, state, total, sent, error }: SyncBody): string {
  const amount = `${sent ?? '?'} of ${total}`
  const when = hour.slice(0, 16).replace('T', ' ')
  return `${when}  ${state.padEnd(9)}  ${tenant_id}  ${meter}  ${amount}  ${id}${error === null ? '' : `  ${error}`}`
}
