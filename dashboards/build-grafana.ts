/**
 * Writes the files that Grafana is given.
 *
 * Invariant: what it writes is checked in; a test fails when it is not what the definitions say.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { grafanaFiles } from './src/grafana/files.ts'

for (const [name, text] of grafanaFiles()) {
  const path = fileURLToPath(new URL(`grafana/${name}`, import.meta.url))
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
