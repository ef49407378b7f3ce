/**
 * Marks the two builds in `dist` for what they are: `dist/esm` ES modules, `dist/cjs` CommonJS.
 *
 * Invariant: Node decides by the nearest package.json, and so do TypeScript's declarations.
 */
import { writeFile } from 'node:fs/promises'

for (const [folder, type] of [
  ['esm', 'module'],
  ['cjs', 'commonjs'],
] as const) {
  await writeFile(new URL(`../dist/${folder}/package.json`, import.meta.url), `${JSON.stringify({ type })}\n`)
}
