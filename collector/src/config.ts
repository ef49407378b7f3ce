/**
 * The collector's configuration: environment, and a YAML file that `SPANMETER_CONFIG` names.
 *
 * Invariant: pure; what it returns is complete and valid, and a refusal lists every fault with its path.
 * The environment wins over the file.
 */
import { parse } from 'yaml'
import { z } from 'zod'

/** A configuration that cannot be used: the process ends with 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** `path: what is wrong`, one each. */
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(`cannot use the configuration:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.faults = faults
  }
}

const clickhouseUrl = z
  .string()
  .refine((text) => /^https?:\/\/[^/]/.test(text) && URL.canParse(text), 'is no http or https URL')

const bytes = z.coerce.number().int().positive()

const schema = z.strictObject({
  port: z.coerce.number().int().min(0).max(65535).default(4318),
  host: z.string().min(1).default('127.0.0.1'),
  dataDir: z.string().min(1).default('.spanmeter'),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  clickhouse: z
    .strictObject({ url: clickhouseUrl.optional(), readerUrl: clickhouseUrl.optional() })
    .prefault({}),
  receive: z
    .strictObject({
      maxBodyBytes: bytes.max(1 << 30).default(16 * 1024 * 1024),
      rememberSpans: z.coerce.number().int().min(1000).max(64_000_000).default(2_000_000),
      rememberMs: z.coerce.number().int().min(1000).max(86_400_000).default(600_000),
    })
    .prefault({}),
  spool: z
    .strictObject({
      maxBytes: bytes.default(1024 * 1024 * 1024),
      maxRows: z.coerce.number().int().min(1).max(500_000).default(20_000),
      maxSegmentBytes: bytes.max(256 * 1024 * 1024).default(64 * 1024 * 1024),
      maxAgeMs: z.coerce.number().int().min(10).max(60_000).default(1000),
    })
    .prefault({}),
})

/** Everything that can be set. */
export type CollectorConfig = z.infer<typeof schema>

/** One thing that can be set. */
export interface ConfigKey {
  /** Names of mappings and the key in the YAML file, with dots between. */
  path: string
  /** As YAML reads it; absent where nothing is set. */
  default: string | undefined
  /** The environment variable that sets it too. */
  variable: string | undefined
}

/** Every key of the file, in the order of the schema: what the documentation has to name. */
export function configKeys(): ConfigKey[] {
  const variables = new Map(Object.entries(ENVIRONMENT).map(([name, path]) => [path.join('.'), name]))
  const walk = (node: z.core.JSONSchema.BaseSchema, path: string): ConfigKey[] =>
    node.properties === undefined
      ? [
          {
            path,
            default: node.default === undefined ? undefined : String(node.default),
            variable: variables.get(path),
          },
        ]
      : Object.entries(node.properties).flatMap(([key, child]) =>
          typeof child === 'object' ? walk(child, path === '' ? key : `${path}.${key}`) : [],
        )
  return walk(z.toJSONSchema(schema, { io: 'input' }), '')
}

/** Environment variable → path in the configuration. */
const ENVIRONMENT: Readonly<Record<string, readonly string[]>> = {
  SPANMETER_PORT: ['port'],
  SPANMETER_HOST: ['host'],
  SPANMETER_DATA_DIR: ['dataDir'],
  SPANMETER_LOG_LEVEL: ['logLevel'],
  CLICKHOUSE_URL: ['clickhouse', 'url'],
  CLICKHOUSE_READER_URL: ['clickhouse', 'readerUrl'],
}

/** Puts both together. `file` is the text of the YAML file. Throws `ConfigError`. */
export function readConfig(environment: Record<string, string | undefined>, file?: string): CollectorConfig {
  const faults: string[] = []
  let raw: Record<string, unknown> = {}
  try {
    const parsed: unknown = file === undefined ? {} : (parse(file) ?? {})
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) raw = parsed as typeof raw
    else faults.push('SPANMETER_CONFIG: the file is no mapping')
  } catch (error) {
    faults.push(`SPANMETER_CONFIG: ${(error as Error).message.split('\n', 1)[0]}`)
  }
  const named = new Map<string, string>()
  for (const [variable, path] of Object.entries(ENVIRONMENT)) {
    const value = environment[variable]
    if (value === undefined || value === '') continue
    set(raw, path, value)
    named.set(path.join('.'), variable)
  }
  const result = schema.safeParse(raw)
  if (!result.success) {
    for (const { path, message } of result.error.issues) {
      const dotted = path.join('.')
      faults.push(`${named.get(dotted) ?? (dotted === '' ? 'configuration' : dotted)}: ${message}`)
    }
  }
  if (faults.length > 0 || !result.success) throw new ConfigError(faults)
  return result.data
}

function set(target: Record<string, unknown>, path: readonly string[], value: string): void {
  const [head = '', ...rest] = path
  if (rest.length === 0) {
    target[head] = value
    return
  }
  const inner = target[head]
  const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {}
  target[head] = next
  set(next, rest, value)
}
