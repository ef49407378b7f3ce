import { defineConfig } from 'vitest/config'
import { base } from '../../vitest.base.ts'

/** Checks that take long: `*.slow.test.ts` beside the others, and the files of this folder. `.ci/run` runs them. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['*/test/**/*.slow.test.ts', 'e2e/slow/*.test.ts'],
    exclude: [],
    testTimeout: 120_000,
  },
})
