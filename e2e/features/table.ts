/**
 * The features as a page of the documentation.
 *
 * Invariant: pure; a row is "shown" only by tests that it names.
 */
import type { Feature } from './feature.ts'
import { FEATURES } from './rows.ts'

/** The text of `docs/features.md`. */
export function featuresPage(): string {
  return `# Features

Each row is one feature and the tests that show it; the table is made from a list that a test holds against the tests
themselves (\`npm run generate\`).

| id | feature | shown by |
|---|---|---|
${FEATURES.map(row).join('')}`
}

/** The file and the beginning of the name of a test. */
export function testOf(shown: string): { file: string; name: string } {
  const end = shown.indexOf(': ')
  return { file: shown.slice(0, end), name: shown.slice(end + 2) }
}

function row({ id, what, shown }: Feature): string {
  const tests = shown.map((each) => {
    const { file, name } = testOf(each)
    return `[${name.replaceAll('|', '\\|')}](../${file})`
  })
  return `| ${id} | ${what} | ${tests.join('<br>')} |\n`
}
