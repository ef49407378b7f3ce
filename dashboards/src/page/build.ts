/**
 * Compiles the page's sources into one script and one style.
 *
 * Invariant: nothing is fetched from anywhere, at build time or by the browser: everything is in the two files.
 */
import { fileURLToPath } from 'node:url'
import { build, stop } from 'esbuild'
import type { PageBundle } from './load.ts'

let bundle: Promise<PageBundle> | undefined

/** Builds the page in memory, once per process. Rejects with the compiler's messages. */
export function buildPage(): Promise<PageBundle> {
  // The compiler is a process of its own that would otherwise stay as long as this one.
  bundle ??= compile().finally(() => stop())
  return bundle
}

async function compile(): Promise<PageBundle> {
  const entry = fileURLToPath(new URL('../../viewer/main.tsx', import.meta.url))
  const result = await build({
    entryPoints: { page: entry },
    outdir: '/',
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: ['es2022', 'chrome123', 'firefox128', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  })
  const text = (ending: string) => result.outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ''
  return { script: text('.js'), style: text('.css') }
}
