/**
 * The commands that ask a running collector: `spanmeter usage` and `spanmeter export`.
 *
 * Invariant: never touches the process; what it reads and writes is handed in, and it returns the exit code.
 */
import type { Writable } from 'node:stream'
import { exportCommand } from './export.ts'
import { CommandError } from './request.ts'
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
}

/** Lines about the commands for `spanmeter --help`. */
export const COMMANDS_HELP = `  spanmeter usage     what was spent, as a table (spanmeter usage --help)
  spanmeter export    all calls of a period as a file (spanmeter export --help)
`

const COMMANDS: Readonly<Record<string, (argv: readonly string[], io: CommandIo) => Promise<number>>> = {
  usage: usageCommand,
  export: exportCommand,
}

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
    if (!(error instanceof CommandError)) throw error
    io.stderr.write(`${error.message}\n`)
    return error.exitCode
  }
}
