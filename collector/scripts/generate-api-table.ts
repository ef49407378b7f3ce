/** Writes the table of addresses into `docs/api.md`. */
import { readFile, writeFile } from 'node:fs/promises'
import { withApiTable } from './api-table.ts'

const page = new URL('../../docs/api.md', import.meta.url)
await writeFile(page, withApiTable(await readFile(page, 'utf8')))
