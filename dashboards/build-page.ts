/**
 * Writes the page's bundle for the published package.
 *
 * Invariant: run after `tsc`, as its files go beside the compiled sources.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { buildPage } from './src/page/build.ts'

const directory = new URL('dist/page-bundle/', import.meta.url)
const { script, style } = await buildPage()
await mkdir(directory, { recursive: true })
await writeFile(new URL('page.js', directory), script)
await writeFile(new URL('page.css', directory), style)
