import { defineConfig } from 'vitest/config'

// No `module`: what is left to Node itself must be a file that Node can load, and some packages keep code
// for bundlers only behind that condition (@opentelemetry/api).
// And no `import`: it would hold for `require` too, and `import` has it by itself.
const conditions = ['@spanmeter/source', 'node']

/** Workspace packages resolve to their sources, so nothing needs building before the tests. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['*/src/**/*.test.ts', '*/test/**/*.test.ts'],
    // `.ci/run` runs them: e2e/slow/vitest.config.ts
    exclude: ['**/node_modules/**', '**/*.slow.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // one more than the cores: much of a test is waiting for a process
    maxWorkers: 3,
  },
})
