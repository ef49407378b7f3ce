/**
 * The table of addresses in `docs/api.md`, from the OpenAPI text.
 *
 * Invariant: every address of the text is in it; a test fails when the page has another table.
 */
import { createApi, openApiDocument } from '../src/api/app.ts'
import { filterShape } from '../src/query/filters.ts'
import { periodShape } from '../src/query/period-parameters.ts'

interface Operation {
  summary?: string
  parameters?: { name: string; in: string; required?: boolean }[]
  responses: Record<string, { content?: Record<string, unknown> }>
}

const BEGIN = '<!-- addresses: npm run generate -->\n'
const END = '<!-- end of addresses -->\n'

/** The page with the table as it has to be. Throws where the page has no place for it. */
export function withApiTable(page: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from)
    throw new Error(`cannot write the table of addresses: the page lacks ${BEGIN.trim()}`)
  return page.slice(0, from) + BEGIN + apiTable() + page.slice(to)
}

function apiTable(): string {
  const document = openApiDocument(createApi({ reader: {} as never, now: () => new Date() }))
  const rows = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) =>
      row(method, path, operation),
    ),
  )
  return `| address | answers | takes |\n|---|---|---|\n${rows.join('')}`
}

/** Said once, under the heading that tells of files. */
const OF_FILES = ['format', 'bom']

function row(method: string, path: string, { summary = '', parameters = [], responses }: Operation): string {
  const names = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
  const all = (shape: object) => Object.keys(shape).every((name) => names.includes(name))
  const elsewhere = [...Object.keys(periodShape), ...Object.keys(filterShape), ...OF_FILES]
  const own = names.filter((name) => !elsewhere.includes(name))
  const takes = [
    ...(all(periodShape) ? ['[period](#periods)'] : names.filter((name) => name in periodShape).map(code)),
    ...(all(filterShape) ? ['[filters](#filters)'] : names.filter((name) => name in filterShape).map(code)),
    ...own.map(code),
    ...('text/csv' in (responses['200']?.content ?? {}) ? ['[`format`](#files)'] : []),
  ]
  return `| \`${method === 'get' ? '' : `${method.toUpperCase()} `}${path}\` | ${summary} | ${takes.join(', ')} |\n`
}

function code(name: string): string {
  return `\`${name}\``
}
