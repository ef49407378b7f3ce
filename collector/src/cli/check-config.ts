/**
 * `spanmeter check-config`: whether a start or a reload would take the configuration.
 *
 * Invariant: changes nothing and asks nobody; all faults are told, and exit code 2 means that there are some.
 */
import { parseArgs } from 'node:util'
import { checkAccess } from '../access/live-access.ts'
import { withoutSecrets } from '../config/secrets.ts'
import type { CommandIo } from './command.ts'
import { CommandError } from './request.ts'

const HELP = `spanmeter check-config: reads the environment and the file that SPANMETER_CONFIG names, as a start does

usage: spanmeter check-config [--json]

  --json               shows the whole configuration with its defaults, without secrets
  --help               this text

exit codes: 0 it can be used, 2 it cannot; every fault is on standard error
`

/** Runs the command; returns the exit code. */
export async function checkConfigCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const values = options(argv)
  if (values.help === true) {
    io.stdout.write(HELP)
    return 0
  }
  const config = io.config()
  await checkAccess(config)
  if (values.json === true) io.stdout.write(`${JSON.stringify(withoutSecrets(config), null, 2)}\n`)
  else io.stdout.write('the configuration can be used\n')
  return 0
}

function options(argv: readonly string[]) {
  try {
    const known = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const
    return parseArgs({ args: [...argv], options: known }).values
  } catch (cause) {
    const reason = (cause as Error).message.split('. ')[0]
    throw new CommandError(`cannot check-config: ${reason}; try spanmeter check-config --help`, 2, { cause })
  }
}
