/**
 * Reads the configuration: environment, and a YAML file that `SPANMETER_CONFIG` names.
 *
 * Invariant: pure; what it returns is complete and valid, and a refusal lists every fault with its path.
 * The environment wins over the file.
 */
import { parse } from 'yaml'
import { ConfigError } from './error.ts'
import { type CollectorConfig, schema, VARIABLES } from './schema.ts'

/** Puts both together. `file` is the text of the YAML file. Throws `ConfigError`. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  file?: string,
): CollectorConfig {
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
  for (const [variable, path] of Object.entries(VARIABLES)) {
    const value = environment[variable]
    if (value === undefined || value === '') continue
    set(raw, path, value)
    named.set(path.join('.'), variable)
  }
  const result = schema.safeParse(raw, {
    error: ({ code, input }) =>
      input === undefined && (code === 'invalid_type' || code === 'invalid_union') ? 'is missing' : undefined,
  })
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
