/**
 * Writes `src/api.gen.ts` from the collector's OpenAPI text.
 *
 * Invariant: what it writes is checked in; a test fails when it is not what the API says.
 */
import { writeFile } from 'node:fs/promises'
import { apiTypes } from './api-types.ts'

await writeFile(new URL('../src/api.gen.ts', import.meta.url), await apiTypes())
