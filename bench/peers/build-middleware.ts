/**
 * Builds the middleware from its sources, as users install it.
 *
 * Running TypeScript directly would make every closure slower, and an old build would measure what is gone.
 */
import { fileURLToPath } from 'node:url'
import { bundle } from '../../middleware/scripts/bundle.ts'

/** @returns the URL of its entry point */
export async function buildMiddleware(): Promise<string> {
  await bundle(fileURLToPath(new URL('../../middleware/dist', import.meta.url)))
  return new URL('../../middleware/dist/esm/index.js', import.meta.url).href
}
