import { defineConfig } from 'vitest/config'
import { base } from '../../vitest.base.ts'

/** Checks that need a Debian package; `.ci/run` installs it. Not part of `npm test`. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['e2e/debian/*.test.ts'] },
})
