/**
 * `spanmeter alerts`: the alerts that there are, and when rules would have fired.
 *
 * Invariant: rules are tried by the collector on what it has stored; nothing is written or told.
 */
import type { AlertBody } from '../api/alert-schema.ts'
import { plain, readArguments, targetOf } from './arguments.ts'
import type { CommandIo } from './command.ts'
import { duration } from './options.ts'
import { CommandError, DEFAULT_URL, request, type Target } from './request.ts'

const HELP = `spanmeter alerts: alerts, and rules before they are switched on

usage: spanmeter alerts [--status firing] [options]
       spanmeter alerts test [--rule <name>] [--since 30d] [options]

  test                 when each rule of the configuration would have fired, from what is stored
  --rule <name>        only this rule
  --since <when>       how far back: 24h, 7d, 4w (30d)
  --status <status>    firing or resolved; default: both
  --json               the answers of the API, for scripts
  --url <address>      the collector (SPANMETER_URL, or ${DEFAULT_URL})
  --help               this text

The configuration is the file that SPANMETER_CONFIG names. SPANMETER_TOKEN holds the token, where the collector
asks for one; to test rules its role must be admin.
`

const OPTIONS = {
  rule: { type: 'string' },
  since: { type: 'string' },
  status: { type: 'string' },
  json: { type: 'boolean' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

interface Given {
  rule?: string | undefined
  since?: string | undefined
  status?: string | undefined
  json?: boolean | undefined
  url?: string | undefined
  help?: boolean | undefined
}

/** Runs the command; returns the exit code. */
export async function alertsCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = readArguments<Given>('alerts', argv, OPTIONS)
  if (values.help === true) {
    io.stdout.write(HELP)
    return 0
  }
  const target = targetOf(values.url, io.env)
  const [what, ...more] = positionals
  if (what === undefined) return await list(values, target, io)
  if (what === 'test' && more.length === 0) return await test(values, target, io)
  throw new CommandError(
    `cannot alerts ${positionals.join(' ')}: it is not known; try spanmeter alerts --help`,
    2,
  )
}

async function list({ status, json }: Given, target: Target, io: CommandIo): Promise<number> {
  const asked: [string, string][] = [['limit', '1000']]
  if (status !== undefined) asked.push(['status', status])
  const response = await request(target, '/api/v1/alerts', asked)
  const body = (await response.json()) as { total: number; alerts: AlertBody[] }
  if (json === true) io.stdout.write(`${JSON.stringify(body, null, 2)}\n`)
  else if (body.total === 0) io.stdout.write('no alerts\n')
  else io.stdout.write(`${body.alerts.map(lineOf).join('\n')}\n`)
  return 0
}

async function test(
  { rule: only, since = '30d', json }: Given,
  target: Target,
  io: CommandIo,
): Promise<number> {
  const range = duration(since)
  if (range === undefined)
    throw new CommandError(`cannot alerts test: --since ${since} is no length; write one such as 30d`, 2)
  const { rules } = io.config().alerts
  const wanted = rules.filter(({ name }) => only === undefined || name === only)
  if (wanted.length === 0) {
    const why =
      only === undefined ? 'the configuration has no rules' : `the configuration has no rule ${only}`
    throw new CommandError(`cannot alerts test: ${why}; add it under alerts.rules in SPANMETER_CONFIG`, 2)
  }
  const results: unknown[] = []
  for (const [index, rule] of wanted.entries()) {
    if (io.stderrIsTerminal)
      io.stderr.write(`\rtrying ${index + 1} of ${wanted.length}: ${rule.name} \u001b[K`)
    const { name: _, ...settings } = rule
    const body = { rule: settings, days: range / 86_400_000 }
    const response = await request(target, '/api/v1/alerts/test', [], body)
    const answer = (await response.json()) as {
      alerts: AlertBody[]
      evaluations: number
      step_seconds: number
    }
    if (io.stderrIsTerminal) io.stderr.write('\r\u001b[K')
    results.push({ rule: rule.name, ...answer })
    if (json === true) continue
    const { alerts, evaluations, step_seconds } = answer
    io.stdout.write(
      `${rule.name} (${rule.kind}): ${alerts.length === 0 ? 'nothing' : count(alerts.length, 'alert')} in ${since}, looked at ${count(evaluations, 'time')}, every ${step_seconds} s\n`,
    )
    for (const alert of alerts) io.stdout.write(`  ${lineOf(alert)}\n`)
  }
  if (json === true) io.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
  return 0
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

/** One alert in a line. */
function lineOf({ status, severity, starts_at, ends_at, title, value, threshold }: AlertBody): string {
  const minute = (instant: string) => instant.slice(0, 16).replace('T', ' ')
  const until = ends_at === null ? 'now'.padEnd(16) : minute(ends_at)
  const text = `${minute(starts_at)} to ${until}  ${severity.padEnd(8)}  ${status.padEnd(8)}  ${title}: ${value} against ${threshold}`
  return plain(text)
}
