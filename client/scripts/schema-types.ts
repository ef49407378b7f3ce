/**
 * JSON schemas as TypeScript types.
 *
 * Invariant: pure, and a schema that it does not know stops it: a type is never guessed.
 */

/** As much of a JSON schema as the API uses. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly (string | number | null)[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly description?: string
}

/** The type of a schema; lines after the first one are indented by `indent`. */
export function typeOf(schema: Schema, indent = ''): string {
  if (schema.$ref) return schema.$ref.replace('#/components/schemas/', '')
  if (schema.enum)
    return schema.enum.map((value) => (value === null ? 'null' : quote(String(value)))).join(' | ')
  const kinds = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
  if (kinds.length === 0) throw new Error(`cannot make a type of ${JSON.stringify(schema)}: it names no type`)
  return kinds.map((kind) => typeOfKind(kind, schema, indent)).join(' | ')
}

function typeOfKind(kind: string, schema: Schema, indent: string): string {
  switch (kind) {
    case 'string':
    case 'boolean':
    case 'null':
      return kind
    case 'number':
    case 'integer':
      return 'number'
    case 'array':
      return `readonly ${inParentheses(typeOf(schema.items ?? {}, indent))}[]`
    case 'object':
      return schema.properties
        ? objectOf(schema, indent)
        : `Readonly<Record<string, ${typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties, indent) : 'unknown'}>>`
    default:
      throw new Error(`cannot make a type of "${kind}": the generator does not know it; teach it`)
  }
}

function inParentheses(type: string): string {
  return / \| /.test(type.replaceAll(/\{[\s\S]*\}/g, '')) ? `(${type})` : type
}

function objectOf({ properties = {}, required = [] }: Schema, indent: string): string {
  const lines = Object.entries(properties).map(([name, schema]) =>
    property(name, typeOf(schema, `${indent}  `), required.includes(name), schema.description, `${indent}  `),
  )
  return `{\n${lines.join('')}${indent}}`
}

/** One property with its description. */
export function property(
  name: string,
  type: string,
  required: boolean,
  description: string | undefined,
  indent: string,
): string {
  const comment = description ? `${indent}/** ${description.replaceAll('*/', '*\\/')} */\n` : ''
  return `${comment}${indent}readonly ${/^\w+$/.test(name) ? name : quote(name)}${required ? '' : '?'}: ${type}\n`
}

/** Text as a literal. */
export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
