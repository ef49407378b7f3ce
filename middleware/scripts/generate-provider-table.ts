/**
 * Writes the table of providers into `docs/providers.md`, between its two markers:
 * `npm run generate -w middleware`.
 *
 * Invariant: every cell comes from the plugins and their fixtures, so the table says what is shown by tests.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Endpoint, Provider } from '../src/providers/provider.ts'
import { PROVIDERS } from '../src/providers/registry.ts'

export const PROVIDER_PAGE: string = fileURLToPath(new URL('../../docs/providers.md', import.meta.url))

const BEGIN = '<!-- providers: generated, do not edit -->'
const END = '<!-- /providers -->'
const FIXTURES = new URL('../fixtures/', import.meta.url)

interface Expected {
  cost?: string | null
  costSource?: string
  /** Over a WebSocket. */
  calls?: Expected[]
}

async function expectedOf(provider: Provider): Promise<Expected[]> {
  const folder = new URL(`${provider.name}/`, FIXTURES)
  const cases = (await readdir(folder)).sort()
  return Promise.all(
    cases.map(async (name) => {
      const text = await readFile(new URL(`${name}/expected.json`, folder), 'utf8')
      return JSON.parse(text) as Expected
    }),
  )
}

const code = (text: string) => `\`${text}\``

function endpointCell(endpoints: readonly Endpoint[]): string {
  const byOperation = new Map<string, string[]>()
  for (const { operation, path, stream, socket } of endpoints) {
    const paths = byOperation.get(operation) ?? []
    paths.push(code(path) + (stream ? ' ⇉' : '') + (socket ? ' ⇄' : ''))
    byOperation.set(operation, paths)
  }
  return [...byOperation].map(([operation, paths]) => `${operation}: ${paths.join(', ')}`).join('<br>')
}

function costCell(expected: readonly Expected[]): string {
  const sources = new Set(
    expected
      .flatMap((one) => one.calls ?? one)
      .flatMap(({ cost, costSource }) => (cost == null ? [] : (costSource ?? 'local'))),
  )
  const words = [
    ...(sources.has('provider') ? ['as billed'] : []),
    ...(sources.has('local') ? ['price book'] : []),
  ]
  return words.length > 0 ? words.join(', then ') : 'unpriced'
}

async function row(provider: Provider): Promise<string> {
  const expected = await expectedOf(provider)
  const hosts = provider.hosts.length > 0 ? provider.hosts.map(code).join('<br>') : 'yours, by `hosts`'
  const cells = [
    code(provider.name),
    hosts,
    endpointCell(provider.endpoints),
    costCell(expected),
    expected.length,
  ]
  return `| ${cells.join(' | ')} |`
}

/** The page with its table as it should be. @throws {Error} where the page has no markers */
export async function generateProviderPage(): Promise<string> {
  const page = await readFile(PROVIDER_PAGE, 'utf8')
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin < 0 || end < begin) {
    throw new Error(
      `cannot write the table of providers into ${PROVIDER_PAGE}: want ${BEGIN} and ${END} in it`,
    )
  }
  const rows = await Promise.all([...PROVIDERS].sort((a, b) => (a.name < b.name ? -1 : 1)).map(row))
  const table = [
    '| provider | hosts | endpoints (⇉ also streamed, ⇄ WebSocket) | cost | cases |',
    '|---|---|---|---|---|',
    ...rows,
  ]
  return `${page.slice(0, begin)}${BEGIN}\n${table.join('\n')}\n${page.slice(end)}`
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(PROVIDER_PAGE, await generateProviderPage())
}
