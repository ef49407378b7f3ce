/**
 * Every key that the configuration has: what its documentation has to name.
 *
 * Invariant: read from the schema, so it cannot differ from what is accepted.
 */
import { z } from 'zod'
import { schema, VARIABLES } from './schema.ts'

/** One thing that can be set. */
export interface ConfigKey {
  /** Names of mappings and the key in the YAML file, with dots between. */
  path: string
  /** As YAML reads it; absent where nothing is set. */
  default: string | undefined
  /** The environment variable that sets it too. */
  variable: string | undefined
}

/** Every key of the file, in the order of the schema; a list counts as one key. */
export function configKeys(): ConfigKey[] {
  const variables = new Map(Object.entries(VARIABLES).map(([name, path]) => [path.join('.'), name]))
  const walk = (node: z.core.JSONSchema.BaseSchema, path: string): ConfigKey[] =>
    node.properties === undefined
      ? [{ path, default: asText(node.default), variable: variables.get(path) }]
      : Object.entries(node.properties).flatMap(([key, child]) =>
          typeof child === 'object' ? walk(child, path === '' ? key : `${path}.${key}`) : [],
        )
  return walk(z.toJSONSchema(schema, { io: 'input' }), '')
}

function asText(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
