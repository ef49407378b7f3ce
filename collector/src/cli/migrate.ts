/**
 * `spanmeter migrate`: brings the store up to date without starting a collector.
 *
 * Invariant: what a start does, and nothing else; several may run at once, on a server.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openStore } from '../write/store.ts'
import type { CommandIo } from './command.ts'
import { CommandError } from './request.ts'

const HELP = `spanmeter migrate: creates the tables of this release, or brings those of an earlier one up to date

usage: spanmeter migrate

A collector does the same when it starts. Before an update of several collectors on one ClickHouse server it can be
run once, by hand or as a job. It takes the store of the configuration: CLICKHOUSE_URL, or the embedded ClickHouse of
the data directory, which no collector may be using then.
`

/** Runs the command; returns the exit code. */
export async function migrateCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  if (options(argv).help === true) {
    io.stdout.write(HELP)
    return 0
  }
  const { dataDir, clickhouse, retention } = io.config()
  const { url, readerUrl } = clickhouse
  let said = ''
  try {
    const store = await openStore({
      dataDir: resolve(dataDir),
      retention,
      ...(url !== undefined && { server: { url, ...(readerUrl !== undefined && { readerUrl }) } }),
      log: (line) => {
        if (/migrated/.test(line)) said += `${line}\n`
        if (/^(filling|filled|cannot fill)/.test(line)) io.stderr.write(`${line}\n`)
      },
    })
    await store.close()
    io.stdout.write(said === '' ? `${store.description}: up to date\n` : `${store.description}\n${said}`)
    return 0
  } catch (cause) {
    throw new CommandError((cause as Error).message, 1, { cause })
  }
}

function options(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: { help: { type: 'boolean', short: 'h' } } }).values
  } catch (cause) {
    const reason = (cause as Error).message.split('. ')[0]
    throw new CommandError(`cannot migrate: ${reason}; try spanmeter migrate --help`, 2, { cause })
  }
}
