/**
 * What importing the middleware adds to the start of a process.
 *
 * Invariant: wall time of whole processes, from before they are started until they have ended; with and without the
 * import take turns, and what counts is the median of the differences.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BenchOptions, Figure } from './figure.ts'

export const description: string =
  'Time that importing the middleware adds to the start of a process, against a limit of 60 ms'

/** Milliseconds. */
const LIMIT = 60
const ROUNDS = 15
const ENTRIES = { index: 'index', hono: 'frameworks/hono', register: 'register' } as const

export async function run(report: (figure: Figure) => void, { quick }: BenchOptions): Promise<void> {
  for (const [name, entry] of Object.entries(ENTRIES)) {
    const esm = new URL(`../middleware/dist/esm/${entry}.js`, import.meta.url)
    const cjs = createRequire(import.meta.url).resolve(`../middleware/dist/cjs/${entry}.js`)
    if (!existsSync(esm)) {
      throw new Error('cannot measure the middleware: it is not built; run npm run build -w middleware first')
    }
    const imported = ['--input-type=module', '-e', `import ${JSON.stringify(esm.href)}`]
    limited(`import_time/${name}`, ['--input-type=module', '-e', ''], imported)
    limited(`require_time/${name}`, ['-e', ''], ['-e', `require(${JSON.stringify(cjs)})`])
  }

  function limited(name: string, bare: readonly string[], args: readonly string[]): void {
    const rounds = Array.from({ length: quick ? 3 : ROUNDS }, () => {
      const without = timeOf(bare)
      return timeOf(args) - without
    })
    const value = median(rounds)
    report({ name, value, unit: 'ms', against: `limit of ${LIMIT} ms`, ratio: LIMIT / Math.max(0.01, value) })
  }
}

/** Milliseconds of a process. @throws {Error} where it fails */
function timeOf(args: readonly string[]): number {
  const began = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`cannot import the middleware: ${stderr}`)
  return performance.now() - began
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}
