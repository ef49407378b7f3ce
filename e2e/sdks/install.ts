/**
 * Installs the SDKs and the Nodes that the tests run, when they are not there yet.
 *
 * Invariant: what is installed is what `package-lock.json` says.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** Called by vitest once, before the tests. @throws {Error} where npm fails */
export function setup(): void {
  if (!existsSync(new URL('../../middleware/dist/esm/register.js', import.meta.url))) {
    throw new Error('cannot run the SDKs: the middleware is not built; run npm run build -w middleware first')
  }
  if (existsSync(`${HERE}node_modules/.package-lock.json`)) return
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: HERE,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`cannot install the SDKs in ${HERE}: ${stderr}`)
}
