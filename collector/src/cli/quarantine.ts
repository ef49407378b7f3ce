/**
 * `spanmeter quarantine`: looks at what could not be stored, and has it tried again.
 *
 * Invariant: works on the files of the data directory, with the collector running or not; it removes nothing.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Quarantine } from '../spool/quarantine.ts'
import type { CommandIo } from './command.ts'
import { CommandError } from './request.ts'

const HELP = `spanmeter quarantine: spans that ClickHouse or this release refuses

usage: spanmeter quarantine [list] [--json]
       spanmeter quarantine retry <segment>
       spanmeter quarantine retry --all

A collector that runs takes up a retry within seconds, another one at its next start. The data directory is the
one of the configuration.
`

/** Runs the command; returns the exit code. */
export async function quarantineCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parse(argv)
  const [action = 'list', segment, extra] = positionals
  if (values.help === true) {
    io.stdout.write(HELP)
    return 0
  }
  const quarantine = new Quarantine(resolve(io.config().dataDir))
  if (action === 'list' && segment === undefined) {
    const kept = await quarantine.list()
    io.stdout.write(values.json === true ? `${JSON.stringify(kept, null, 2)}\n` : text(kept))
    return 0
  }
  const which = values.all === true ? (await quarantine.list()).map((batch) => batch.segment) : [segment]
  if (action !== 'retry' || extra !== undefined || (segment === undefined) !== (values.all === true))
    throw new CommandError('cannot understand quarantine: see spanmeter quarantine --help', 2)
  for (const one of which) {
    try {
      await quarantine.retry(String(one))
    } catch (error) {
      throw new CommandError((error as Error).message, 1)
    }
    io.stderr.write(`handed back ${one}\n`)
  }
  return 0
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        all: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new CommandError(`cannot understand quarantine: ${(error as Error).message}`, 2)
  }
}

function text(kept: Awaited<ReturnType<Quarantine['list']>>): string {
  if (kept.length === 0) return 'nothing is kept apart\n'
  return kept
    .map(({ segment, since, requests, spans, bytes, reason }) => {
      const what = `${spans} spans of ${requests} requests, ${bytes} bytes`
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
      return `${segment}  ${since}  ${what}\n  ${reason.slice(0, 300).replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')}\n`
    })
    .join('')
}
