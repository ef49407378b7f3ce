/**
 * Who may reach a running collector: tokens of the configuration and of the file, origins, the certificate.
 *
 * Invariant: what cannot be read changes nothing, and a start that would be open to other machines by accident
 * does not happen.
 */
import { type Stats, unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ConfigError } from '../config/error.ts'
import type { CollectorConfig } from '../config/schema.ts'
import { isLoopback } from '../guard.ts'
import { AccessControl } from './access-control.ts'
import type { KeptToken } from './token.ts'
import { readTokensFile } from './tokens-file.ts'

/** Certificate and key, PEM. */
export interface TlsFiles {
  readonly cert: Buffer
  readonly key: Buffer
}

/** How often the tokens file is looked at, milliseconds. */
const LOOK_MS = 2000

/** Where the tokens file is. */
export function tokensFileOf({ auth, dataDir }: CollectorConfig): string {
  return resolve(auth.tokensFile ?? join(dataDir, 'tokens.json'))
}

/** Whether everyone needs a token. */
export function tokensRequired({ auth, host }: CollectorConfig): boolean {
  return auth.mode === 'auto' ? !isLoopback(host) : auth.mode === 'tokens'
}

export interface LiveAccessOptions {
  config: CollectorConfig
  now: () => number
  /** Told why somebody was refused. */
  refused: ConstructorParameters<typeof AccessControl>[2]
  /** Told of a tokens file that was changed, and of one that cannot be used. */
  log: { info(fields: object, message: string): void; error(fields: object, message: string): void }
}

/** Reads what the configuration names, as a start does. Throws `ConfigError`. */
export async function checkAccess(config: CollectorConfig): Promise<ReadFiles> {
  const read = await readFiles(config)
  if (read.tokens.length === 0 && tokensRequired(config)) throw new ConfigError([noTokens(config)])
  return read
}

/** Keeps up with the configuration and the files that it names. */
export class LiveAccess {
  readonly control: AccessControl
  origins: ReadonlySet<string>
  tls: TlsFiles | undefined
  #config: CollectorConfig
  readonly #options: LiveAccessOptions
  readonly #look = (now: Stats, before: Stats): void => {
    // where there is no file the first look is told too
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino) void this.#lookAgain()
  }

  /** Reads the files. Throws `ConfigError`. */
  static async open(options: LiveAccessOptions): Promise<LiveAccess> {
    const read = await checkAccess(options.config)
    const access = new LiveAccess(options, read)
    watchFile(tokensFileOf(options.config), { interval: LOOK_MS, persistent: false }, access.#look)
    return access
  }

  private constructor(options: LiveAccessOptions, { tokens, tls }: ReadFiles) {
    this.#options = options
    this.#config = options.config
    this.control = new AccessControl(
      { required: tokensRequired(options.config), tokens },
      options.now,
      options.refused,
    )
    this.origins = new Set(options.config.cors.origins)
    this.tls = tls
  }

  /** Takes a new configuration and reads the files again. Throws `ConfigError` and changes nothing then. */
  async reload(config: CollectorConfig): Promise<void> {
    const { tokens, tls } = await checkAccess(config)
    if ((tls === undefined) !== (this.tls === undefined))
      throw new ConfigError(['tls: cannot be switched on or off while the collector runs; restart it'])
    unwatchFile(tokensFileOf(this.#config), this.#look)
    this.#config = config
    watchFile(tokensFileOf(config), { interval: LOOK_MS, persistent: false }, this.#look)
    this.control.update({ required: tokensRequired(config), tokens })
    this.origins = new Set(config.cors.origins)
    this.tls = tls
  }

  close(): void {
    unwatchFile(tokensFileOf(this.#config), this.#look)
  }

  async #lookAgain(): Promise<void> {
    const { log } = this.#options
    try {
      const tokens = await tokensOf(this.#config)
      this.control.update({ required: tokensRequired(this.#config), tokens })
      log.info({ tokens: tokens.length }, 'the tokens file was changed; its tokens hold from now on')
    } catch (error) {
      log.error({ err: error }, 'cannot use the changed tokens file; the tokens before it still hold')
    }
  }
}

interface ReadFiles {
  tokens: KeptToken[]
  tls: TlsFiles | undefined
}

async function readFiles(config: CollectorConfig): Promise<ReadFiles> {
  const faults: string[] = []
  const fault = (name: string, error: unknown) => faults.push(`${name}: ${(error as Error).message}`)
  const tokens = await tokensOf(config).catch((error: unknown) => void fault('auth.tokensFile', error))
  const { certFile, keyFile } = config.tls
  const files: Record<string, Buffer> = {}
  for (const [key, path] of Object.entries({ certFile, keyFile })) {
    if (path === undefined) continue
    try {
      files[key] = await readFile(path)
    } catch (error) {
      fault(`tls.${key}`, error)
    }
  }
  const { certFile: cert, keyFile: key } = files
  const tls = cert === undefined || key === undefined ? undefined : { cert, key }
  if (faults.length > 0 || tokens === undefined) throw new ConfigError(faults)
  return { tokens, tls }
}

async function tokensOf(config: CollectorConfig): Promise<KeptToken[]> {
  const { tokens } = config.auth
  const ids = new Set(tokens.map(({ id }) => id))
  // what the configuration says of a token holds
  return [...tokens, ...(await readTokensFile(tokensFileOf(config))).filter(({ id }) => !ids.has(id))]
}

function noTokens(config: CollectorConfig): string {
  const where = isLoopback(config.host)
    ? 'auth.mode is tokens'
    : `host ${config.host} can be reached from other machines`
  return `auth.tokens: there is no token, and ${where}; make one with "spanmeter token create --role admin", or say auth.mode: none where something in front of the collector authenticates`
}
