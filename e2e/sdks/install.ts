/**
 * Installs the SDKs and the Nodes that the tests run, when they are not there yet.
 *
 * Invariant: what is installed is what `package-lock.json` says.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Called by vitest once, before the tests. @throws {Error} where npm fails */
export function setup(): void {
  installPackages(new URL('.', import.meta.url))
}

/** Installs what a folder's lock file says, and checks that the middleware is built. @throws {Error} */
export function installPackages(folder: URL): void {
  const here = fileURLToPath(folder)
  if (!existsSync(new URL('../../middleware/dist/esm/register.js', import.meta.url))) {
    throw new Error('cannot run this: the middleware is not built; run npm run build -w middleware first')
  }
  if (existsSync(`${here}node_modules/.package-lock.json`)) return
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`cannot install what is in ${here}: ${stderr}`)
}
