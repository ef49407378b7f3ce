/**
 * Installs the tools, when they are not there yet.
 *
 * Invariant: what is installed is what `package-lock.json` says.
 */
import { installPackages } from '../sdks/install.ts'

/** Called by vitest once, before the tests. @throws {Error} where npm fails */
export function setup(): void {
  installPackages(new URL('.', import.meta.url))
}
