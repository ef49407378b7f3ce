/**
 * The options that all commands share: where the collector is, which period, which filters.
 *
 * Invariant: pure; what is wrong with an option is said by its name.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { CommandError, DEFAULT_URL, type Target } from './request.ts'

/** Text of the shared options for `--help`. */
export const SHARED_HELP = `  --since <when>       start: 30m, 24h, 7d, 4w ago, or an ISO date or date-time
  --until <when>       end (exclusive), the same way; default: now
  --period <name>      instead of both: today, week, month, last_month, last_30d, ... (month)
  --timezone <name>    IANA zone of days and dates (UTC)
  --filter <n=value>   only calls of this, such as provider=openai; repeat it
  --url <address>      the collector (SPANMETER_URL, or ${DEFAULT_URL})
  --help               this text

SPANMETER_TOKEN holds the token, where the collector asks for one.
`

const SHARED = {
  since: { type: 'string' },
  until: { type: 'string' },
  period: { type: 'string' },
  timezone: { type: 'string' },
  filter: { type: 'string', multiple: true },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options']

/** What a command was given. */
export interface Given {
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>
  readonly target: Target
  /** The period and the filters as parameters of the API. */
  readonly parameters: readonly (readonly [string, string])[]
}

/** Reads the arguments of a command. @throws {CommandError} with exit code 2 */
export function readOptions(
  command: string,
  argv: readonly string[],
  own: NonNullable<ParseArgsConfig['options']>,
  env: Readonly<Record<string, string | undefined>>,
  now: number,
): Given {
  let values: Given['values']
  try {
    values = parseArgs({ args: [...argv], options: { ...SHARED, ...own }, allowPositionals: false }).values
  } catch (cause) {
    const reason = (cause as Error).message.split('. ')[0]
    throw new CommandError(`cannot ${command}: ${reason}; try spanmeter ${command} --help`, 2, { cause })
  }
  const { since, until, period, timezone, url } = values as Record<string, string | undefined>
  const parameters: [string, string][] = []
  if (period !== undefined && (since !== undefined || until !== undefined))
    throw new CommandError(
      `cannot ${command}: --period does not go with --since and --until; give one of them`,
      2,
    )
  if (period !== undefined) parameters.push(['period', period])
  if (until !== undefined && since === undefined)
    throw new CommandError(`cannot ${command}: --until needs --since`, 2)
  if (since !== undefined) {
    parameters.push(['startDate', instant(since, now)])
    parameters.push(['endDate', until === undefined ? new Date(now).toISOString() : instant(until, now)])
    for (const [name, text] of [['--since', since] as const, ['--until', until] as const])
      if (text !== undefined && duration(text) === undefined && !/^\d{4}-/.test(text))
        throw new CommandError(
          `cannot ${command}: ${name} ${text} is no time; write a length such as 7d (ago), a date such as 2026-03-01 or a date-time`,
          2,
        )
  }
  if (timezone !== undefined) parameters.push(['timezone', timezone])
  for (const filter of (values.filter ?? []) as string[]) {
    const at = filter.indexOf('=')
    if (at < 1)
      throw new CommandError(
        `cannot ${command}: --filter ${filter} is no name=value; write one such as provider=openai`,
        2,
      )
    parameters.push([filter.slice(0, at), filter.slice(at + 1)])
  }
  const token = env.SPANMETER_TOKEN || undefined
  return { values, target: { url: url ?? (env.SPANMETER_URL || DEFAULT_URL), token }, parameters }
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** `7d` as that long ago; dates and date-times are for the API to read. */
export function instant(text: string, now: number): string {
  const length = duration(text)
  return length === undefined ? text : new Date(now - length).toISOString()
}

/** `30m`, `24h`, `7d`, `4w` in milliseconds; undefined for anything else. */
export function duration(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  const length = UNITS[unit]
  return count === undefined || length === undefined ? undefined : Number(count) * length
}
