/**
 * The commands: those that ask a running collector, and those that work on its files.
 *
 * Invariant: never touches the process; what it reads and writes is handed in, and it returns the exit code.
 */
import type { Writable } from 'node:stream'
import { TokensFileError } from '../access/tokens-file.ts'
import { ConfigError } from '../config/error.ts'
import type { CollectorConfig } from '../config/schema.ts'
import { alertsCommand } from './alerts.ts'
import { billingCommand } from './billing.ts'
import { checkConfigCommand } from './check-config.ts'
import { doctorCommand } from './doctor.ts'
import { exportCommand } from './export.ts'
import { importCommand } from './import.ts'
import { migrateCommand } from './migrate.ts'
import { quarantineCommand } from './quarantine.ts'
import { CommandError } from './request.ts'
import { rerateCommand } from './rerate.ts'
import { tokenCommand } from './token.ts'
import { usageCommand } from './usage.ts'

/** The outside of a command. */
export interface CommandIo {
  readonly stdout: Writable
  readonly stderr: Writable
  readonly stdoutIsTerminal: boolean
  readonly stderrIsTerminal: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** The collector's configuration, as a start would read it. Throws `ConfigError`. */
  readonly config: () => CollectorConfig
}

/** Lines about the commands for `spanmeter --help`. */
export const COMMANDS_HELP = `  spanmeter usage     what was spent, as a table (spanmeter usage --help)
  spanmeter export    all calls of a period as a file (spanmeter export --help)
  spanmeter import    calls that Langfuse has recorded (spanmeter import --help)
  spanmeter alerts    alerts, and when rules would have fired (spanmeter alerts --help)
  spanmeter billing   what Stripe was told of each hour (spanmeter billing --help)
  spanmeter rerate    rates stored calls anew, shown first (spanmeter rerate --help)
  spanmeter migrate   brings the store up to date, without a start
  spanmeter doctor    looks at everything that a collector needs, and says what to do
  spanmeter check-config  whether the configuration can be used
  spanmeter quarantine  spans that could not be stored, and another attempt (spanmeter quarantine --help)
  spanmeter token     makes, lists, replaces and revokes API tokens (spanmeter token --help)
`

const COMMANDS: Readonly<Record<string, (argv: readonly string[], io: CommandIo) => Promise<number>>> = {
  usage: usageCommand,
  alerts: alertsCommand,
  billing: billingCommand,
  export: exportCommand,
  import: importCommand,
  token: tokenCommand,
  'check-config': checkConfigCommand,
  doctor: doctorCommand,
  rerate: rerateCommand,
  migrate: migrateCommand,
  quarantine: quarantineCommand,
}

/** What people are told in a sentence. */
const KNOWN = [CommandError, ConfigError, TokensFileError]

/**
 * Runs the command that the first argument names.
 *
 * @returns the exit code (0 done, 1 failed, 2 asked wrongly); undefined when it names none
 */
export async function runCommand(argv: readonly string[], io: CommandIo): Promise<number | undefined> {
  const [name = '', ...rest] = argv
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) return undefined
  try {
    return await command(rest, io)
  } catch (error) {
    if (!KNOWN.some((kind) => error instanceof kind)) throw error
    io.stderr.write(`${(error as Error).message}\n`)
    if (error instanceof ConfigError) return 2
    return error instanceof CommandError ? error.exitCode : 1
  }
}
