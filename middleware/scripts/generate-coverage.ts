/**
 * Writes `docs/coverage.md`: what the conformance suite covers, counted from its fixtures.
 * `npm run generate -w middleware`.
 *
 * Invariant: every number is a count of cases that the tests run; a row without a case of a kind shows it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Provider } from '../src/providers/provider.ts'
import { HostTable, PROVIDERS } from '../src/providers/registry.ts'
import { TRANSPORTS } from '../test/every-transport.ts'

export const COVERAGE_PAGE: string = fileURLToPath(new URL('../../docs/coverage.md', import.meta.url))
const FIXTURES = new URL('../fixtures/', import.meta.url)

interface Outcome {
  source?: string
  cost?: string | null
  costSource?: string
  error?: string
  reason?: string
  buckets?: unknown
}

interface Expected extends Outcome {
  url?: string
  path?: string
  method?: string
  calls?: (Outcome & { operation: string })[]
}

const KINDS = ['JSON', 'stream', 'WebSocket', 'job begun', 'failed', 'no usage'] as const
type Kind = (typeof KINDS)[number]
interface Row {
  provider: string
  operation: string
  counts: Map<Kind, number>
  costs: Set<string>
}

function kindOf(outcome: Outcome, how: Kind): Kind {
  if (outcome.error !== undefined) return 'failed'
  if (outcome.source === undefined) return 'job begun'
  return outcome.source === 'missing' ? 'no usage' : how
}

function costOf({ cost, costSource, buckets, reason }: Outcome): string | undefined {
  if (cost == null) return reason === 'unpriced_usage' || reason === 'unknown_model' ? 'unpriced' : undefined
  if (costSource === 'provider') return 'as billed'
  return buckets ? 'tokens, by the price book' : 'quantity, by its unit price'
}

/** The operations that a provider's cases are about, and how many there are of each kind. */
function rowsOf(provider: Provider): Row[] {
  const table = new HostTable()
  table.addHost('gateway.test', provider)
  const folder = new URL(`${provider.name}/`, FIXTURES)
  const rows = new Map<string, Row>()
  const add = (operation: string, outcome: Outcome, how: Kind) => {
    const row = rows.get(operation) ?? {
      provider: provider.name,
      operation,
      counts: new Map(),
      costs: new Set(),
    }
    const kind = kindOf(outcome, how)
    row.counts.set(kind, (row.counts.get(kind) ?? 0) + 1)
    const cost = costOf(outcome)
    if (cost !== undefined) row.costs.add(cost)
    rows.set(operation, row)
  }
  for (const name of readdirSync(folder).sort()) {
    const at = (file: string) => new URL(`${name}/${file}`, folder)
    const expected = JSON.parse(readFileSync(at('expected.json')).toString()) as Expected
    if (expected.calls) {
      for (const call of expected.calls) add(call.operation, call, 'WebSocket')
      continue
    }
    const url = new URL(expected.url ?? `https://gateway.test${expected.path}`)
    const operation = table.match(url, expected.method)?.endpoint.operation ?? '?'
    const streamed = existsSync(at('stream.txt')) || existsSync(at('frames.json'))
    add(operation, expected, streamed ? 'stream' : 'JSON')
  }
  return [...rows.values()].sort((a, b) => (a.operation < b.operation ? -1 : 1))
}

/** The page as it should be. */
export function generateCoveragePage(): string {
  const rows = [...PROVIDERS].sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap(rowsOf)
  const total = (kind: Kind) => rows.reduce((sum, { counts }) => sum + (counts.get(kind) ?? 0), 0)
  const all = KINDS.reduce((sum, kind) => sum + total(kind), 0)
  const cells = rows.map(({ provider, operation, counts, costs }) =>
    [
      `\`${provider}\``,
      operation,
      ...KINDS.map((kind) => counts.get(kind) ?? ''),
      [...costs].sort().join('; ') || '',
    ].join(' | '),
  )
  return [
    '# What the conformance suite covers',
    '',
    'Generated from `middleware/fixtures` by `npm run generate`; CI checks that it is current. Cases are answers and',
    'messages that we wrote from the documented wire formats and from the types of the official SDKs.',
    '',
    `${all} calls of ${PROVIDERS.length} providers. Of each case the expected tokens, quantity, error and cost are exact; costs`,
    "of tokens are computed a second time by the price data's own package, those of quantities in an arithmetic of their own.",
    '',
    '**Cut anywhere.** Each answer is read byte by byte, cut in two at every byte (those of 10 kB and more at a part of',
    'their bytes by the slow tests, at every one with `SPANMETER_FULL_MATRIX=1`),',
    'and cut at random places; each WebSocket byte by byte, at random places, in several frames, and compressed with and without a shared window.',
    '',
    '**Transports.** Every case that is no WebSocket is run over each of these, uncompressed, as gzip and as brotli in turns:',
    ...TRANSPORTS.map(({ name }) => `- ${name}`),
    '',
    'WebSockets are opened by the global `WebSocket` (Node 22 and later), undici 6 and 7, `ws`, and a plain `node:http`',
    'upgrade.',
    '',
    '*Failed* are refusals, and errors inside of an answer; *no usage* are answers that do not say what was used, where the',
    'quantity does not follow from the request or from the call itself. A call that only begins a job has no cost. What holds',
    'for a WebSocket that is refused is tested once for all.',
    '',
    `| provider | operation | ${KINDS.join(' | ')} | what it costs |`,
    `|---|---|${KINDS.map(() => '---|').join('')}---|`,
    ...cells.map((row) => `| ${row} |`),
    `| **all** | | ${KINDS.map(total).join(' | ')} | |`,
    '',
  ].join('\n')
}

if (argv[1] === fileURLToPath(import.meta.url)) await writeFile(COVERAGE_PAGE, generateCoveragePage())
