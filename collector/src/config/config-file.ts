/**
 * The file of the configuration, replaced by one that was sent.
 *
 * Invariant: the file is only ever whole: the old one or the new one, and the old one where the new one cannot be
 * used. Comments and order of what was sent are kept.
 */
import { randomUUID } from 'node:crypto'
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { parseDocument } from 'yaml'
import { type ConfigChanges, compareConfigs } from './changes.ts'
import { ConfigError } from './error.ts'
import { readConfig } from './read.ts'
import { type CollectorConfig, VARIABLES } from './schema.ts'
import { restore } from './secrets.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What replacing needs to know. */
export interface Replacement {
  /** As it holds now. */
  readonly current: CollectorConfig
  /** Reads the file again and takes it over. Throws `ConfigError`. */
  reload(): Promise<ConfigChanges>
  /** Only says what it would change. */
  readonly isTrial: boolean
}

export class ConfigFile {
  readonly #path: string
  readonly #environment: Environment

  /** @param environment what it sets wins over the file and is not written into it */
  constructor(path: string, environment: Environment) {
    this.#path = path
    this.#environment = environment
  }

  /** Puts `text`, YAML or JSON, in the place of the file. Throws `ConfigError`. */
  async replace(text: string, { current, reload, isTrial }: Replacement): Promise<ConfigChanges> {
    const whole = withSecrets(text, current, this.#environment)
    const next = readConfig(this.#environment, whole)
    if (isTrial) return compareConfigs(current, next)
    const before = await this.#text()
    await this.#write(whole)
    try {
      return await reload()
    } catch (error) {
      await this.#write(before)
      throw error
    }
  }

  async #text(): Promise<string> {
    try {
      return await readFile(this.#path, 'utf8')
    } catch (cause) {
      throw this.#fault('read', cause)
    }
  }

  async #write(text: string): Promise<void> {
    try {
      // a link stays one: what it leads to is replaced
      const path = await realpath(this.#path)
      const { mode } = await stat(path)
      const temporary = `${path}.${randomUUID()}`
      try {
        const file = await open(temporary, 'wx', mode)
        try {
          await file.writeFile(text)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    } catch (cause) {
      throw this.#fault('write', cause)
    }
  }

  #fault(verb: string, cause: unknown): ConfigError {
    const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message
    return new ConfigError([
      `SPANMETER_CONFIG: cannot ${verb} the file: ${reason}; let the collector ${verb} it`,
    ])
  }
}

/** The text with what was hidden in it, and without what the environment says. */
function withSecrets(text: string, current: CollectorConfig, environment: Environment): string {
  const document = parseDocument(text)
  // what cannot be read is told with the other faults
  if (document.errors.length > 0) return text
  const others = Object.entries(VARIABLES).filter(([variable]) => environment[variable])
  const ours = others.filter(([, path]) => document.hasIn(path))
  for (const [, path] of ours) document.deleteIn(path)
  const found = restore(document.toJS(), current)
  const unknown = found.filter((one) => !('value' in one))
  if (unknown.length > 0)
    throw new ConfigError(unknown.map(({ path }) => `${path.join('.')}: is hidden; write what it is`))
  if (found.length === 0 && ours.length === 0) return text
  for (const one of found) if ('value' in one) document.setIn(one.path, one.value)
  return String(document)
}
