/**
 * `spanmeter usage`: usage by a dimension, as a table or as JSON.
 *
 * Invariant: the numbers are those of the API; no name in the table can steer the terminal.
 */
import type { UsageBreakdown } from '../api/usage-breakdown.ts'
import type { CommandIo } from './command.ts'
import { readOptions, SHARED_HELP } from './options.ts'
import { request } from './request.ts'

const HELP = `spanmeter usage: what was spent, by whom or on what

usage: spanmeter usage [--by model] [--since 7d] [options]

  --by <dimension>     provider, model, operation, tenant, user, agent, conversation, run, feature,
                       service, environment or meter (model)
  --order <what>       largest first by cost, calls or tokens (cost)
  --limit <n>          entries beside "other" (20)
  --json               the answer of the API, for scripts
${SHARED_HELP}`

/** Runs the command; returns the exit code. */
export async function usageCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const own = {
    by: { type: 'string' },
    order: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  } as const
  const { values, target, parameters } = readOptions('usage', argv, own, io.env, io.now())
  if (values.help === true) {
    io.stdout.write(HELP)
    return 0
  }
  const asked: [string, string][] = [['by', String(values.by ?? 'model')]]
  asked.push(['limit', String(values.limit ?? '20')])
  if (values.order !== undefined) asked.push(['order', String(values.order)])
  const response = await request(target, '/api/v1/usage/breakdown', [...parameters, ...asked])
  const body = (await response.json()) as UsageBreakdown
  io.stdout.write(values.json === true ? `${JSON.stringify(body, null, 2)}\n` : tableText(body))
  return 0
}

/** The answer as a table for people. Pure. */
function tableText(body: UsageBreakdown): string {
  const { period, total, entries, by } = body
  const from = `${period.start.slice(0, 16)} to ${period.end.slice(0, 16)} UTC`
  if (!body.has_data) return `no calls from ${from}\n`
  const whole = new Intl.NumberFormat('en-US')
  const line = (name: string, row: typeof total, share: number | null): string[] => [
    name,
    whole.format(row.calls),
    whole.format(row.input_tokens),
    whole.format(row.output_tokens),
    row.cost === 0 && row.unpriced_calls > 0 ? 'unknown' : dollars(row.cost),
    share === null ? '' : `${(share * 100).toFixed(1)} %`,
  ]
  const rows = [
    [by, 'calls', 'tokens in', 'tokens out', 'cost', 'share'],
    ...entries.map((entry) => line(nameOf(entry, by), entry, entry.cost_share)),
    line('total', total, null),
  ]
  const widths = [0, 1, 2, 3, 4, 5].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  const text = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  text.splice(-1, 0, '-'.repeat(Math.max(...text.map((row) => row.length))))
  const unpriced =
    total.unpriced_calls === 0
      ? []
      : [`calls without a known cost, in no sum: ${whole.format(total.unpriced_calls)}`]
  return [...text, '', from, ...unpriced, ''].join('\n')
}

function nameOf(entry: UsageBreakdown['entries'][number], by: string): string {
  if (entry.other) return `other (${entry.members})`
  const name =
    by === 'model' && entry.key !== null
      ? `${entry.key.provider ?? '-'}/${entry.key.model ?? '-'}`
      : entry.name
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
  const plain = (name ?? '(none)').replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
  return plain.length > 60 ? `${plain.slice(0, 59)}…` : plain
}

/** Cents for large amounts, more digits for small ones, so that nothing that costs looks free. */
function dollars(amount: number): string {
  if (amount === 0) return '$0'
  if (Math.abs(amount) >= 1)
    return `$${amount.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
  return `$${Number(amount.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 12 })}`
}
