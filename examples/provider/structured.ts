/**
 * Answers that are not prose: the call of a tool, an object of a schema.
 *
 * Invariant: what a schema asks for is what the answer has, so that a client's own validation accepts it.
 */
import type { Scenario } from './scenario.ts'

type Schema = Readonly<Record<string, unknown>>

/** The tool that the model calls, by name: the scenario asks for it, and its result is not there yet. */
export function calledTool(body: Record<string, unknown>, scenario: Scenario): string | undefined {
  const { tools, messages } = body
  if (scenario.call !== 1 || !Array.isArray(tools) || !Array.isArray(messages)) return undefined
  if (messages.some((message) => message?.role === 'tool')) return undefined
  const name: unknown = tools[0]?.function?.name
  return typeof name === 'string' ? name : undefined
}

/** An object of the schema that a `json_schema` format names, as JSON. @param format of chat or of responses */
export function schemaAnswer(format: unknown): string | undefined {
  const { type, json_schema: nested, schema } = (format ?? {}) as Record<string, Schema | undefined>
  if ((type as unknown) !== 'json_schema') return undefined
  return JSON.stringify(sample((nested?.schema ?? schema ?? {}) as Schema))
}

function sample(schema: Schema): unknown {
  const { type, properties, items, enum: choices, anyOf } = schema
  if (Array.isArray(choices)) return choices[0]
  if (Array.isArray(anyOf)) return sample(anyOf[0])
  if (type === 'object') {
    const fields = Object.entries((properties ?? {}) as Record<string, Schema>)
    return Object.fromEntries(fields.map(([name, field]) => [name, sample(field)]))
  }
  if (type === 'array') return [sample((items ?? {}) as Schema)]
  if (type === 'number' || type === 'integer') return 7
  if (type === 'boolean') return true
  return type === 'null' ? null : 'a word'
}
