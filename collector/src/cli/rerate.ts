/**
 * `spanmeter rerate`: shows what stored calls would cost by the prices that hold now, and changes it when told to.
 *
 * Invariant: without `--apply` nothing is written.
 */
import { parseArgs } from 'node:util'
import type { RerateResult } from '../rerate/rerate.ts'
import type { CommandIo } from './command.ts'
import { instant } from './options.ts'
import { CommandError, DEFAULT_URL, request } from './request.ts'

const HELP = `spanmeter rerate: rates stored calls anew, by the prices that hold now

usage: spanmeter rerate --from 2026-03-01 --to 2026-04-01 [--model gpt-5]... [--tenant acme]... [--apply] [--json]

  --from <when>        start: 30m, 24h, 7d, 4w ago, or an ISO date or date-time
  --to <when>          end (exclusive), the same way; default: now
  --model <model>      only calls of this model; repeat it
  --tenant <tenant>    only calls of this tenant; repeat it
  --apply              changes the costs; without it they are only shown
  --json               the answer of the API, for scripts
  --url <address>      the collector (SPANMETER_URL, or ${DEFAULT_URL})
  --help               this text

What the provider billed stays. SPANMETER_TOKEN holds a token of role admin, where the collector asks for one.
`
const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  model: { type: 'string', multiple: true },
  tenant: { type: 'string', multiple: true },
  apply: { type: 'boolean' },
  json: { type: 'boolean' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Runs the command; returns the exit code. */
export async function rerateCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const values = parse(argv)
  if (values.help === true) {
    io.stdout.write(HELP)
    return 0
  }
  if (values.from === undefined) throw wrong('--from is missing')
  const asked = {
    from: dateTime(values.from, io.now()),
    to: values.to === undefined ? new Date(io.now()).toISOString() : dateTime(values.to, io.now()),
    ...(values.model !== undefined && { models: values.model }),
    ...(values.tenant !== undefined && { tenants: values.tenant }),
    apply: values.apply === true,
  }
  const target = {
    url: values.url ?? (io.env.SPANMETER_URL || DEFAULT_URL),
    token: io.env.SPANMETER_TOKEN || undefined,
  }
  const response = await request(target, '/api/v1/rerate', [], asked)
  const result = (await response.json()) as RerateResult
  io.stdout.write(values.json === true ? `${JSON.stringify(result, null, 2)}\n` : table(result, asked.apply))
  return 0
}

function table(
  { calls, changed, hours_left_out: hours, groups, run_id }: RerateResult,
  apply: boolean,
): string {
  const left = hours > 0 ? `${hours} hours are left as they are: spans of them were removed\n` : ''
  if (changed === 0) return `${left}none of ${calls} calls would cost anything else\n`
  const rows = [
    ['tenant', 'provider', 'model', 'calls', 'changed', 'new', 'before', 'after', 'difference'],
    ...groups.map((group) => [
      ...[group.tenant_id || '(none)', group.provider, group.model],
      ...[group.calls, group.changed, group.newly_priced].map(String),
      ...[group.before, group.after, group.difference],
    ]),
  ].map((row) => row.map((cell) => cell.replaceAll(/\p{Cc}/gu, '?')))
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  const cell = (text: string, at: number) =>
    at < 3 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)
  const lines = rows.map((row) => row.map(cell).join('  ').trimEnd())
  const end = apply
    ? `changed ${changed} of ${calls} calls; run ${run_id} in table cost_adjustments`
    : `${changed} of ${calls} calls would change; nothing was written, --apply does so`
  return `${lines.join('\n')}\n${left}${end}\n`
}

function dateTime(text: string, now: number): string {
  const at = Date.parse(instant(text, now))
  if (Number.isNaN(at)) throw wrong(`${text} is no time; write one such as 7d or 2026-03-01`)
  return new Date(at).toISOString()
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS }).values
  } catch (cause) {
    throw wrong((cause as Error).message.split('. ')[0] ?? '', cause)
  }
}

function wrong(reason: string, cause?: unknown): CommandError {
  return new CommandError(`cannot rerate: ${reason}; try spanmeter rerate --help`, 2, { cause })
}
