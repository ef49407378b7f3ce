/**
 * The table of what was run, between two marks in `docs/sdks.md`.
 *
 * Invariant: it is what the run counted; `UPDATE=1` writes it, and otherwise it must not differ.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { expect } from 'vitest'
import type { NodeVersion, Sdk } from './matrix.ts'

const PAGE = new URL('../../docs/sdks.md', import.meta.url)
const BEGIN = '<!-- begin: written by npm run sdks -w e2e -->'
const END = '<!-- end -->'

/** @param countOf requests that were made and metered; `undefined` where the SDK does not run on that Node */
export function renderTable(
  sdks: readonly Sdk[],
  nodes: readonly NodeVersion[],
  countOf: (sdk: Sdk, node: NodeVersion) => number | undefined,
): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const lines = sdks.map((sdk) =>
    row([`\`${sdk.title}\``, sdk.version, ...nodes.map((node) => String(countOf(sdk, node) ?? '—'))]),
  )
  const head = ['SDK', 'version', ...nodes.map(({ version }) => `Node ${version}`)]
  return [row(head), row(head.map(() => '---')), ...lines].join('\n')
}

/** Puts the table into the page, or checks that it is there. */
export async function writeOrCompare(table: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8')
  const begin = page.indexOf(BEGIN) + BEGIN.length
  const wanted = `${page.slice(0, begin)}\n\n${table}\n\n${page.slice(page.indexOf(END))}`
  if (process.env.UPDATE) await writeFile(PAGE, wanted)
  else expect(page).toBe(wanted)
}
