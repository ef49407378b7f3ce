import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { generateProviderPage, PROVIDER_PAGE } from '../scripts/generate-provider-table.ts'

it('the table of providers in the documentation is what the generator makes of plugins and fixtures', async () => {
  expect(await readFile(PROVIDER_PAGE, 'utf8')).toBe(await generateProviderPage())
})
