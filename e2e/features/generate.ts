/**
 * Writes `docs/features.md`.
 *
 * Invariant: what it writes is checked in; a test fails when it is not what the list says.
 */
import { writeFile } from 'node:fs/promises'
import { featuresPage } from './table.ts'

await writeFile(new URL('../../docs/features.md', import.meta.url), featuresPage())
