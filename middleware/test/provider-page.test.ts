import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { COVERAGE_PAGE, generateCoveragePage } from '../scripts/generate-coverage.ts'
import { generateProviderPage, PROVIDER_PAGE } from '../scripts/generate-provider-table.ts'

it('the table of providers in the documentation is what the generator makes of plugins and fixtures', async () => {
  expect(await readFile(PROVIDER_PAGE, 'utf8')).toBe(await generateProviderPage())
})

it('the page about coverage counts the fixtures as they are, and every operation has a provider', async () => {
  const page = generateCoveragePage()
  expect(await readFile(COVERAGE_PAGE, 'utf8')).toBe(page)
  expect(page).not.toContain('| ? |')
})
