/**
 * What commands with words of their own share: their arguments, the collector that they ask, text for a terminal.
 *
 * Invariant: pure; what is wrong is said in a sentence.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { CommandError, DEFAULT_URL, type Target } from './request.ts'

/** Reads options and words. @throws {CommandError} with exit code 2 */
export function readArguments<Values extends object>(
  command: string,
  argv: readonly string[],
  options: NonNullable<ParseArgsConfig['options']>,
): { values: Values; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
    return { values: values as Values, positionals }
  } catch (cause) {
    const reason = (cause as Error).message.split('. ')[0]
    throw new CommandError(`cannot ${command}: ${reason}; try spanmeter ${command} --help`, 2, { cause })
  }
}

/** The collector that `--url` or the environment names. */
export function targetOf(url: string | undefined, env: Readonly<Record<string, string | undefined>>): Target {
  return { url: url ?? (env.SPANMETER_URL || DEFAULT_URL), token: env.SPANMETER_TOKEN || undefined }
}

/** A line without what must not reach a terminal. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
}
