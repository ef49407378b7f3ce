/**
 * The types of every question that the API answers with JSON.
 *
 * Invariant: an operation is in the list exactly when a GET of it answers 200 with JSON.
 */
import { createApi } from '../../collector/src/api/app.ts'
import { property, quote, type Schema, typeOf } from './schema-types.ts'

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema: Schema
}
interface Operation {
  readonly operationId: string
  readonly summary?: string
  readonly parameters?: readonly Parameter[]
  readonly responses: Readonly<Record<string, { content?: Record<string, { schema: Schema }> }>>
}
interface Document {
  readonly paths: Readonly<Record<string, { readonly get?: Operation }>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** What a file of these types says at its top. */
const HEADER = `/**
 * Made by \`npm run generate -w client\` from the collector's OpenAPI text; change the API instead.
 */
`

/** Parameters that choose a file format: the client asks for JSON. */
const NOT_HERE = new Set(['format', 'columns'])

/** The text of \`src/api.gen.ts\`. */
export async function apiTypes(): Promise<string> {
  const api = createApi({ reader: {} as never, now: () => new Date(0) })
  const document = (await (await api.request('/openapi.json')).json()) as Document
  const schemas = Object.entries(document.components.schemas)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => `${comment(schema.description)}export type ${name} = ${typeOf(schema)}\n`)
  const operations = Object.entries(document.paths)
    .flatMap(([path, { get }]) => (get ? [{ path, get, answer: jsonOf(get) }] : []))
    .filter(({ answer }) => answer !== undefined)
  const types = operations.map(({ path, get, answer = {} }) => operationType(path, get, answer))
  const paths = operations.map(({ path, get }) => `  ${get.operationId}: ${quote(path)},\n`)
  return [
    HEADER,
    schemas.join('\n'),
    `/** Every question: its parameters and its answer. */\nexport interface Operations {\n${types.join('')}}\n`,
    `/** The address of each question. */\nexport const PATHS = {\n${paths.join('')}} as const\n`,
  ].join('\n')
}

function jsonOf({ responses }: Operation): Schema | undefined {
  return responses['200']?.content?.['application/json']?.schema
}

function operationType(
  path: string,
  { operationId, summary, parameters = [] }: Operation,
  answer: Schema,
): string {
  const given = parameters.filter(({ name, in: place }) => place === 'path' || !NOT_HERE.has(name))
  const lines = given.map(({ name, required, description, schema }) =>
    property(name, parameterType(schema), required === true, description, '      '),
  )
  return [
    `  /** ${summary ?? operationId}: \`GET ${path}\` */\n`,
    `  readonly ${operationId}: {\n`,
    `    readonly parameters: {\n${lines.join('')}    }\n`,
    `    readonly answer: ${typeOf(answer, '    ')}\n  }\n`,
  ].join('')
}

/** A parameter that may be repeated is also taken alone. */
function parameterType(schema: Schema): string {
  if (schema.type !== 'array') return typeOf(schema, '      ')
  const item = typeOf(schema.items ?? {}, '      ')
  return `${item} | ${typeOf(schema, '      ')}`
}

function comment(description: string | undefined): string {
  return description ? `/** ${description} */\n` : ''
}
